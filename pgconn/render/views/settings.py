"""The settings that concern connections, as a page."""

from collections.abc import Sequence
from pathlib import Path

from pgconn.documents.changes import Changes
from pgconn.documents.settings import SettingRow, Settings
from pgconn.model.finding import SEVERITIES, Finding
from pgconn.model.setting import Advice
from pgconn.render.page import Cell, Column, Page, Placeholder, Section, Step, Table
from pgconn.render.views.changes import changes_page
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_TAKES = {"restart": "restart", "reload": "reload", "new_sessions": "login", "never": "never"}
_COLUMNS = (
    Column(title="setting"),
    Column(title="value"),
    Column(title="default"),
    Column(title="changes at"),
    Column(title="better", detail=True),
    Column(title="comes from", detail=True),
)


def page_of(document: Changes | Settings, journal: Path | None) -> Page:
    """The page of either; `journal` is the file that was named for it."""
    return changes_page(document, journal) if isinstance(document, Changes) else settings_page(document)


def settings_page(document: Settings) -> Page:
    """What to change and why, a row a setting, the hints, and what roles and databases have of their own."""
    advised = [(row, row.advice) for row in document.settings if row.advice is not None]
    grave = [(row, advice) for row, advice in advised if advice.severity != "info"]
    grave.sort(key=lambda one: SEVERITIES.index(one[1].severity))
    hints = [f"{row.name}: {advice.message}" for row, advice in advised if advice.severity == "info"]
    own = [
        f"{one.scope} {one.name}{f' in {one.within}' if one.within else ''} has its own {one.setting}: {one.value}"
        for one in document.own_values
    ]
    return Page(
        headline=f"{document.server}: {_count(len(grave), len(hints))}",
        findings=(*map(_fatal, document.will_not_start), *(_finding(row, advice) for row, advice in grave)),
        table=Table(columns=_COLUMNS, sections=(Section(title=None, rows=tuple(map(_row, document.settings))),)),
        notes=(*(["hints:", *(f"  {hint}" for hint in hints)] if hints else []), *own),
        steps=_steps(grave, document.provider),
    )


def _fatal(reason: str) -> Finding:
    message = f"the server will not start again with its files: {reason}"
    return Finding(rule="settings", severity="critical", subject="configuration files", message=message)


def _finding(row: SettingRow, advice: Advice) -> Finding:
    then = f", then {row.next_value}" if row.next_value is not None else ""
    return Finding(
        rule="settings",
        severity=advice.severity,
        subject=row.name,
        message=f"{row.name} is {row.value or 'empty'}{then}: {advice.message}",
    )


def _count(grave: int, hints: int) -> str:
    return f"{show_count(grave, 'setting')} to change, {show_count(hints, 'hint')}"


def _row(row: SettingRow) -> tuple[Cell, ...]:
    value = row.value if row.next_value is None else f"{row.value}, then {row.next_value}"
    better = row.advice.better if row.advice is not None else None
    default = None if row.default == row.value else _text(row.default)
    return row.name, _text(value), default, _TAKES[row.takes], better, _origin(row)


def _text(value: str | None) -> Cell:
    return value or Placeholder(text="(empty)")


def _origin(row: SettingRow) -> Cell:
    if row.file is not None:
        return f"{row.file.rpartition('/')[2]}:{row.line}"
    return Placeholder(text="default") if row.source == "default" else row.source


def _steps(grave: Sequence[tuple[SettingRow, Advice]], provider: str | None) -> tuple[Step, ...]:
    """The commands that set what is better, the gravest first."""
    better = [f"{row.name}={advice.better}" for row, advice in grave if advice.better is not None]
    if not better:
        return ()
    why = "set what is better, and ask" if provider is None else f"refused, but tells the way that works at {provider}"
    return (Step(command=shell_command("pgconn", "settings", "apply", *better), why=why),)
