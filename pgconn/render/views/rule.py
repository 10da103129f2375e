"""The answer of a rule that others made."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Reason, Sizing
from pgconn.render.blocks import Block, Fact, Facts, Heading, Mood, Notes, Step, Steps
from pgconn.text.units import shown

_VERDICTS: Final = ("promised", "all_at_work")


def rule_blocks(sizing: Sizing) -> Iterator[Block]:
    """Each number with the rule's reason, then what it promises the machine."""
    reasons = {reason.name: reason for reason in sizing.reasons}
    at_work = reasons["all_at_work"]
    rule = sizing.inputs["rule"].value
    facts = [
        Fact(label=name, text=f"{shown(reason.value):<8} {reason.why}")
        for name, reason in reasons.items()
        if name not in _VERDICTS
    ]
    yield Heading(text=sizing.verdict)
    yield Facts(facts=(*facts, Fact(label="all at work", text=at_work.why, mood=_mood(at_work, sizing))))
    yield Notes.of((*sizing.notes, f"{rule} is quoted here to the letter, not advised"))
    yield Steps(steps=(Step(command="pgconn size", why="the answer of pgconn, which counts what sessions take"),))


def _mood(taken: Reason, sizing: Sizing) -> Mood:
    return "critical" if isinstance(taken.value, int) and taken.value > sizing.memory["ram"] else "good"
