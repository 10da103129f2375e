"""Runs the rules over an observation, and says which of them could not judge it and why."""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from pgconn.config.policy import Policy
from pgconn.model import Value
from pgconn.model.finding import SEVERITIES, Finding, NotJudged
from pgconn.observe import Observation
from pgconn.text.quantities import show_count

Judge = Callable[[Observation, Policy], Iterator[Finding]]
Need = Literal["slots", "sessions", "states", "blockers", "samples", "settings", "files", "counters", "host"]


class Rule(Value, frozen=True, kw_only=True):
    """A pure function of what was seen, what it needs of that, and the thresholds of the policy that it rests on."""

    function: Judge
    needs: tuple[Need, ...]
    thresholds: tuple[str, ...]

    def __call__(self, observation: Observation, policy: Policy) -> Iterator[Finding]:
        """What it finds, whether its needs are met or not."""
        return self.function(observation, policy)

    @property
    def name(self) -> str:
        """The name of its module."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def page(self) -> str:
        """What it means, and why that matters: the docstring of its module."""
        return inspect.getdoc(sys.modules[self.function.__module__]) or ""

    @property
    def speaks(self) -> str:
        """When it finds something: the docstring of its function."""
        return inspect.getdoc(self.function) or ""


class Judgement(Value, frozen=True, kw_only=True):
    """What the rules found, the most severe first, and the rules that could not judge."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]


def rule(*, needs: tuple[Need, ...] = (), thresholds: tuple[str, ...] = ()) -> Callable[[Judge], Rule]:
    """Declare a function `(Observation, Policy) -> Iterator[Finding]` to be the rule of its module."""
    return lambda function: Rule(function=function, needs=needs, thresholds=thresholds)


def run(rules: Iterable[Rule], observation: Observation, policy: Policy, *, bounds: bool = False) -> Judgement:
    """What these rules find; with `bounds` also where a session that may hold a slot is taken for one that does.

    A rule that lacks something does not run. One that sees only a part runs all the same: what it finds is true, and
    only where it finds nothing it has not judged.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for one in rules:
        needs = [need for need in one.needs if not (bounds and need == "slots")]
        missing = {need: why for need in needs if (why := _MISSING[need](observation))}
        found = list(one(observation, policy)) if missing.keys() <= _PARTS else []
        findings += found
        if missing and not found:
            not_judged.append(NotJudged(rule=one.name, why="; ".join(missing.values())))
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Judgement(findings=tuple(findings), not_judged=tuple(not_judged))


NEEDS: Final[dict[Need, str]] = {
    "slots": "to see which sessions hold slots",
    "sessions": "to see the sessions of other roles",
    "states": "to see their states",
    "blockers": "to know which session blocks others",
    "samples": "several samples",
    "settings": "the settings of the server",
    "files": "the configuration files",
    "counters": "the counters of the databases",
    "host": "the machine that the server runs on",
}
"""Each need in words."""


def _hidden(observation: Observation) -> str | None:
    hidden = observation.now.hidden_sessions
    verb = "is" if hidden == 1 else "are"
    return f"{show_count(hidden, 'session')} of other roles {verb} hidden from this role" if hidden else None


def _bounds(observation: Observation) -> str | None:
    return None if observation.now.slots.exact else "this role may not see which sessions hold slots"


def _stateless(observation: Observation) -> str | None:
    on = observation.now.instance.track_activities
    return None if on else "track_activities is off, so sessions show no state"


def _unasked_blockers(observation: Observation) -> str | None:
    waiting = sum(1 for s in observation.now.sessions if s.wait_event_type == "Lock" and s.blocked_by is None)
    return f"the blockers of {show_count(waiting, 'waiting session')} were not asked for" if waiting else None


def _lacks(what: str, why: str) -> Callable[[Observation], str | None]:
    return lambda observation: why if getattr(observation, what) is None else None


_PARTS: Final = frozenset(("sessions", "states", "blockers"))
"""Needs that are met in part where something is missing."""

_MISSING: Final[dict[Need, Callable[[Observation], str | None]]] = {
    "slots": _bounds,
    "sessions": _hidden,
    "states": _stateless,
    "blockers": _unasked_blockers,
    "samples": lambda observation: "there is only one sample" if len(observation.snapshots) < 2 else None,
    "settings": _lacks("settings", "the settings of the server were not asked for"),
    "files": _lacks("files", "the configuration files were not asked for, or this role may not read them"),
    "counters": _lacks("counters", "the counters of the databases were not asked for"),
    "host": _lacks("host", "nothing is known of the machine that the server runs on"),
}
"""Why a need is not met; None where it is."""
