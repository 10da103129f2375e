"""The settings that concern connections, what to change, and why."""

from collections.abc import Iterator, Sequence
from typing import Final

from pgconn.documents.settings import SettingRow, Settings
from pgconn.model.finding import SEVERITIES, Finding
from pgconn.model.setting import Advice
from pgconn.render.blocks import (
    Block,
    Cell,
    Column,
    Findings,
    Heading,
    Note,
    Notes,
    Placeholder,
    Row,
    Step,
    Steps,
    Table,
)
from pgconn.render.views import VIEWS, Rows, View, ViewOptions
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

_TAKES: Final = {"restart": "restart", "reload": "reload", "new_sessions": "login", "never": "never"}
_COLUMNS: Final = (
    *Column.texts("setting", "value", "default", "changes at"),
    Column(title="better", place="detail"),
    Column(title="comes from", place="detail"),
)
_FIELDS: Final = tuple(name for name in SettingRow.__struct_fields__ if name != "advice")


def settings_blocks(document: Settings, _: ViewOptions) -> Iterator[Block]:
    """What to change and why, a row a setting, the hints, and what roles and databases have of their own."""
    advised = [(row, row.advice) for row in document.settings if row.advice is not None]
    grave = [(row, advice) for row, advice in advised if advice.severity != "info"]
    grave.sort(key=lambda one: SEVERITIES.index(one[1].severity))
    hints = tuple(f"{row.name}: {advice.message}" for row, advice in advised if advice.severity == "info")
    count = f"{show_count(len(grave), 'setting')} to change, {show_count(len(hints), 'hint')}"
    yield Heading(text=f"{document.server}: {count}")
    found = (*map(_fatal, document.will_not_start), *(_finding(row, advice) for row, advice in grave))
    yield Findings(findings=(*found, *document.findings))
    yield Table.of(_COLUMNS, map(_row, document.settings))
    yield Notes(notes=tuple(_notes(document, hints)))
    yield Steps(steps=_steps(grave, document.provider))


def settings_rows(document: Settings) -> Rows:
    """Every field of each setting, with the advice beside it."""
    return Rows(columns=(*_FIELDS, "severity", "message", "better"), rows=map(_fields, document.settings))


def _fields(row: SettingRow) -> Sequence[object]:
    advice = row.advice
    advised = (advice.severity, advice.message, advice.better) if advice is not None else ()
    return *(getattr(row, name) for name in _FIELDS), *advised


def _notes(document: Settings, hints: tuple[str, ...]) -> Iterator[Note]:
    if hints:
        yield Note(text="hints:", lines=hints)
    for one in document.own_values:
        within = f" in {one.within}" if one.within else ""
        yield Note(text=f"{one.scope} {one.name}{within} has its own {one.setting}: {one.value}")


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


def _row(row: SettingRow) -> Row:
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
    why = (
        "set what is better, and ask"
        if provider is None
        else f"not possible at {provider}; shows the provider's own way"
    )
    return (Step(command=shell_command("pgconn", "settings", "apply", *better), why=why),)


VIEWS[Settings] = View(blocks=settings_blocks, rows=settings_rows)
