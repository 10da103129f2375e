"""What was changed on a server, or would be, and the CONNECTION LIMITs that stand."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.changes import Changes, Fenced, Fences
from pgconn.model.change import CONNECTION_LIMIT, NO_LIMIT, Changed, Setting
from pgconn.render.blocks import Block, Cell, Column, Heading, Note, Notes, Placeholder, Row, Step, Steps, Table
from pgconn.render.views import VIEWS, View, ViewOptions, rows_from
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_RESULTS: Final = {
    "planned": "not done",
    "done": "done",
    "for_new_sessions": "for new sessions",
    "waits_for_restart": "waits for a restart",
    "overridden": "has no effect",
    "unchanged": "was so already",
    "gone": "is gone",
}


def changes_blocks(document: Changes, options: ViewOptions) -> Iterator[Block]:
    """Each change with what it was and is; of a plan also what it does and the SQL."""
    columns = ("where", "what", "was", "then" if document.dry_run else "is", "result")
    rows = tuple(
        (change.place, change.setting, _value(change, change.before), _value(change, change.after), _outcome(change))
        for change in document.changes
    )
    yield Heading(text=_headline(document))
    if rows:
        yield Table.of(Column.texts(*columns), rows)
    yield Notes(notes=tuple(_notes(document)))
    yield Steps(steps=tuple(_steps(document, options)))


def _headline(document: Changes) -> str:
    verb = "put back" if document.undo else "change" if document.dry_run else "changed"
    verb = f"would {verb}" if document.dry_run else verb
    count = sum(1 for change in document.changes if change.result not in ("unchanged", "gone"))
    if not count:
        return f"{document.server}: nothing to change"
    return f"{document.server}: {verb} {show_count(count, 'setting')}"


def _value(change: Changed, value: Setting) -> Cell:
    if value is None:
        return Placeholder(text="(not set)")
    if change.setting == CONNECTION_LIMIT and value == str(NO_LIMIT):
        return Placeholder(text="(no limit)")
    return value


def _outcome(change: Changed) -> str:
    word = _RESULTS[change.result]
    return f"{word}: {change.detail}" if change.detail else word


def _notes(document: Changes) -> Iterator[Note]:
    if document.dry_run and document.changes:
        yield from (Note(text=effect) for change in document.changes for effect in change.effects)
        does = tuple(line for change in document.changes for line in change.sql.splitlines())
        undoes = tuple(line for change in document.changes for line in change.undo.splitlines())
        yield Note(text="this would run:", lines=does)
        yield Note(text="and this would put it back:", lines=undoes)
    elif document.journal and not document.dry_run:
        yield Note(text=f"what was there before is kept in {document.journal}")


def _steps(document: Changes, options: ViewOptions) -> Iterator[Step]:
    if document.dry_run or document.undo or not document.journal:
        return
    named = options.named_journal
    if any(change.setting == CONNECTION_LIMIT for change in document.changes):
        yield Step(command=shell_command("pgconn", "fence", "--undo", *named), why="put it back")
        yield Step(
            command=shell_command("pgconn", "fence", "--list", *named),
            why="see which roles and databases are near their limit",
        )
    else:
        yield Step(command=shell_command("pgconn", "settings", "undo", *named), why="put it back")


VIEWS[Changes] = View(blocks=changes_blocks, rows=lambda one: rows_from(Changed, one.changes))


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
