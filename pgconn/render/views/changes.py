"""What was changed on a server, or would be, and the limits that stand, as pages."""

from collections.abc import Iterator
from pathlib import Path

from pgconn.documents.changes import Changes
from pgconn.documents.fences import Fenced, Fences
from pgconn.model.change import CONNECTION_LIMIT, NO_LIMIT, Changed, Setting
from pgconn.render.page import Cell, Column, Page, Placeholder, Section, Step, Table
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_RESULTS = {
    "planned": "not done",
    "done": "done",
    "for_new_sessions": "for new sessions",
    "waits_for_restart": "waits for a restart",
    "overridden": "has no effect",
    "unchanged": "was so already",
    "gone": "is gone",
}


def page_of(document: Changes | Fences, journal: Path | None) -> Page:
    """The page of either; `journal` is the file that was named for it."""
    return changes_page(document, journal) if isinstance(document, Changes) else fences_page(document, journal)


def changes_page(document: Changes, journal: Path | None) -> Page:
    """Each change with what it was and is; of a plan also what it does and the SQL."""
    rows = tuple(
        (change.place, change.setting, _value(change, change.before), _value(change, change.after), _outcome(change))
        for change in document.changes
    )
    columns = ("where", "what", "was", "then" if document.dry_run else "is", "result")
    table = Table(columns=tuple(map(_column, columns)), sections=(Section(title=None, rows=rows),))
    return Page(
        headline=_headline(document),
        table=table if rows else None,
        notes=tuple(_notes(document)),
        steps=tuple(_steps(document, journal)),
    )


def fences_page(document: Fences, journal: Path | None) -> Page:
    """Every limit, fences of ours first."""
    columns = (
        Column(title="kind"),
        Column(title="name"),
        Column(title="limit", kind="count"),
        Column(title="used", kind="count"),
        Column(title="free", kind="count"),
        Column(title="before"),
        Column(title="fenced since"),
    )
    rows = tuple(map(_fence, document.fences))
    ours = sum(1 for fence in document.fences if fence.set_at is not None)
    undo = shell_command("pgconn", "fence", "--undo", *_journal(journal))
    return Page(
        headline=f"{document.server}: {_count(len(rows), ours)}",
        table=Table(columns=columns, sections=(Section(title=None, rows=rows),)) if rows else None,
        steps=(Step(command=undo, why="put back what was there before the last one"),) if ours else (),
    )


def _count(limits: int, ours: int) -> str:
    if not limits:
        return "no role that logs in and no database has a CONNECTION LIMIT"
    return f"{show_count(limits, 'CONNECTION LIMIT')}, {show_count(ours, 'fence')} to undo"


def _column(title: str) -> Column:
    return Column(title=title)


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


def _notes(document: Changes) -> Iterator[str]:
    if document.dry_run:
        for change in document.changes:
            yield from change.effects
        if document.changes:
            yield "this would run:"
            yield from (f"  {line}" for change in document.changes for line in change.sql.splitlines())
            yield "and this would put it back:"
            yield from (f"  {line}" for change in document.changes for line in change.undo.splitlines())
    elif document.journal:
        yield f"what was there before is kept in {document.journal}"


def _steps(document: Changes, journal: Path | None) -> Iterator[Step]:
    if document.dry_run or document.undo or not document.journal:
        return
    command = "fence" if any(change.setting == CONNECTION_LIMIT for change in document.changes) else "settings"
    undo = ("--undo",) if command == "fence" else ("undo",)
    yield Step(command=shell_command("pgconn", command, *undo, *_journal(journal)), why="put it back")
    if command == "fence":
        yield Step(
            command=shell_command("pgconn", "fence", "--list", *_journal(journal)), why="see who comes up to a limit"
        )


def _journal(journal: Path | None) -> tuple[str, ...]:
    return ("--journal", str(journal)) if journal is not None else ()


def _fence(fence: Fenced) -> tuple[Cell, ...]:
    none = Placeholder(text="(none)")
    limit: Cell = none if fence.limit is None else fence.limit
    numbers = fence.scope, fence.name, limit, fence.used, fence.free
    if fence.set_at is None:
        return *numbers, None, None
    before: Cell = none if fence.before is None else str(fence.before)
    changed = "" if fence.standing else f"; not {fence.set_to} any more"
    return *numbers, before, f"{fence.set_at:%Y-%m-%d %H:%M} by {fence.set_by}{changed}"
