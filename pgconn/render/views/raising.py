"""What raising max_connections costs, and how it is done."""

from collections.abc import Iterator, Sequence
from typing import Final

from pgconn.documents.raising import Raising
from pgconn.documents.sizing import Reason
from pgconn.render.blocks import Block, Fact, Facts, Heading, Item, Listing, Row
from pgconn.render.views import VIEWS, Rows, View, ViewOptions
from pgconn.text.units import shown

_ADVICE: Final = {
    "raise": "raise it",
    "pooler": "a pooler is cheaper",
    "both": "raise it a little, and put a pooler before it",
}
_COSTS: Final = {"textbook": "by the rule", "warm": "in use", "idle": "unused", "shared_memory": "at once"}
_TITLES: Final = ("what", "name", "value", "why", "source")


def raising_blocks(document: Raising, _: ViewOptions) -> Iterator[Block]:
    """The verdict and the memory, what it needs, what a pooler needs instead, and what to do, step by step."""
    slots = document.slots
    moves = (
        Item(text=f"{one.action}{f': {one.why}' if one.why else ''}", command=one.sql or one.command or "")
        for one in document.moves
    )
    known = (Item(text=f"{one.value}: {one.why}") for one in document.reasons if one.name != "advice")
    yield Heading(text=f"max_connections {slots['from']} to {slots['to']}: {_ADVICE[document.advice]}")
    yield Facts(facts=tuple(_facts(document)))
    yield Listing(title="to raise it, step by step:", items=tuple(moves), numbered=True)
    yield Listing(title="to know:", items=tuple(known))


def raising_rows(document: Raising) -> Rows:
    """The document as one table, numbers raw."""
    parts = {"cost": document.costs, "need": document.needs, "pooler": document.pooler, "reason": document.reasons}
    rows: list[Row] = [("slots", name, number, None, None) for name, number in document.slots.items()]
    rows += [
        (part, reason.name, reason.value, reason.why, reason.source)
        for part, reasons in parts.items()
        for reason in reasons
    ]
    rows += [("move", move.action, move.sql or move.command, move.why, None) for move in document.moves]
    return Rows(columns=_TITLES, rows=rows)


def _facts(document: Raising) -> Iterator[Fact]:
    slots = document.slots
    (advice,) = (reason.why for reason in document.reasons if reason.name == "advice")
    yield Fact(label="because", text=advice, mood="" if document.fits is not False else "critical")
    yield Fact(label="slots", text=f"applications get {slots['usable']} instead of {slots['usable_before']}")
    for cost in document.costs:
        yield Fact(label=_COSTS[cost.name], text=f"{shown(cost.value)}: {cost.why}")
    if document.holds is not None:
        text = f"holds {document.holds} sessions with their queries"
        yield Fact(label="memory", text=text, mood="" if document.fits else "critical")
    yield Fact(label="restart", text="needed, the standbys first; it ends every session", mood="warning")
    yield from _group("to grant", document.needs)
    yield from _group("a pooler", document.pooler)


def _group(label: str, reasons: Sequence[Reason]) -> Iterator[Fact]:
    """The reasons one below the other, the label before the first."""
    for number, reason in enumerate(reasons):
        counted = f"{reason.name.replace('_', ' ')} {shown(reason.value)}: {reason.why}"
        text = f"{reason.why}: {reason.value}" if isinstance(reason.value, str) else counted
        yield Fact(label="" if number else label, text=text)


VIEWS[Raising] = View(blocks=raising_blocks, rows=raising_rows)
