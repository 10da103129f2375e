"""The CONNECTION LIMITs of a server."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.fences import Fenced, Fences
from pgconn.render.blocks import Block, Cell, Column, Heading, Placeholder, Row, Step, Steps, Table
from pgconn.render.views import VIEWS, View, ViewOptions, rows_from
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_COLUMNS: Final = (
    *Column.texts("kind", "name"),
    *Column.counts("limit", "used", "free"),
    *Column.texts("before", "fenced since"),
)


def fences_blocks(document: Fences, options: ViewOptions) -> Iterator[Block]:
    """Every limit, fences of ours first."""
    rows = tuple(map(_row, document.fences))
    ours = sum(1 for fence in document.fences if fence.set_at is not None)
    yield Heading(text=f"{document.server}: {_count(len(rows), ours)}")
    if rows:
        yield Table.of(_COLUMNS, rows)
    if ours:
        undo = shell_command("pgconn", "fence", "--undo", *options.named_journal)
        yield Steps(steps=(Step(command=undo, why="restore what was set before the last one"),))


def _count(limits: int, ours: int) -> str:
    if not limits:
        return "no role that logs in and no database has a CONNECTION LIMIT"
    return f"{show_count(limits, 'CONNECTION LIMIT')}, {show_count(ours, 'fence')} to undo"


def _row(fence: Fenced) -> Row:
    none = Placeholder(text="(none)")
    limit: Cell = none if fence.limit is None else fence.limit
    numbers = fence.scope, fence.name, limit, fence.used, fence.free
    if fence.set_at is None:
        return *numbers, None, None
    before: Cell = none if fence.before is None else str(fence.before)
    changed = "" if fence.standing else f"; not {fence.set_to} any more"
    return *numbers, before, f"{fence.set_at:%Y-%m-%d %H:%M} by {fence.set_by}{changed}"


VIEWS[Fences] = View(blocks=fences_blocks, rows=lambda one: rows_from(Fenced, one.fences))
