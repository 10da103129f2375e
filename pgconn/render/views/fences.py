"""The CONNECTION LIMITs of a server."""

from typing import Final

from pgconn.documents.fences import Fenced, Fences
from pgconn.render.blocks import Blocks, Cell, Column, Heading, Placeholder, Row, Step, Steps, Table, shown
from pgconn.render.options import ViewOptions
from pgconn.render.rows import Rows, rows_of
from pgconn.render.views import VIEWS, View
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_COLUMNS: Final = (
    Column(title="kind"),
    Column(title="name"),
    Column(title="limit", kind="count"),
    Column(title="used", kind="count"),
    Column(title="free", kind="count"),
    Column(title="before"),
    Column(title="fenced since"),
)


def fences_blocks(document: Fences, options: ViewOptions) -> Blocks:
    """Every limit, fences of ours first."""
    rows = tuple(map(_row, document.fences))
    ours = sum(1 for fence in document.fences if fence.set_at is not None)
    undo = shell_command("pgconn", "fence", "--undo", *options.named_journal)
    steps = (Step(command=undo, why="put back what was there before the last one"),) if ours else ()
    return shown(
        Heading(text=f"{document.server}: {_count(len(rows), ours)}"),
        Table.of(_COLUMNS, rows) if rows else None,
        Steps(steps=steps),
    )


def fences_rows(document: Fences) -> Rows:
    """Every field of each limit."""
    return rows_of(Fenced, document.fences)


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


VIEWS[Fences] = View(blocks=fences_blocks, rows=fences_rows)
