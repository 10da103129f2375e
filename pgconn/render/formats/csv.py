"""A document as one table of comma-separated values; numbers raw, ages in seconds, no cell a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from pgconn.documents.changes import Changes
from pgconn.documents.fences import Fenced, Fences
from pgconn.documents.processes import Processes, ProcessRow
from pgconn.documents.protections import Protected
from pgconn.documents.raising import Raising
from pgconn.documents.readiness import Readiness, Way
from pgconn.documents.sessions import SessionRow, Sessions
from pgconn.documents.settings import SettingRow, Settings
from pgconn.documents.sizing import Sizing
from pgconn.documents.status import Status
from pgconn.documents.termination import Termination
from pgconn.model.breakdown import DIMENSIONS
from pgconn.model.change import Changed
from pgconn.model.protection import Protection
from pgconn.model.termination import Victim
from pgconn.model.value import Value
from pgconn.text.harmless import harmless_csv

_SETTING = (*(name for name in SettingRow.__struct_fields__ if name != "advice"), "severity", "message", "better")
_COUNTS = ("sessions", "active", "idle", "idle_in_transaction", "aborted", "oldest_idle_seconds")


def write_csv(document: Value) -> str:
    """The document as CSV with a header; a status without `--by` puts the numbers of slots into the same columns."""
    if isinstance(document, Sessions):
        return _table(SessionRow.__struct_fields__, (_session(row) for row in document.sessions))
    if isinstance(document, Status) and document.pivot:
        rows = ((*row.values, *(getattr(row, name) for name in _COUNTS)) for row in document.pivot.rows)
        return _table((*document.pivot.columns, *_COUNTS), rows)
    if isinstance(document, Status):
        return _table(("by", "value", *_COUNTS), _status(document))
    if isinstance(document, Processes):
        return _table(ProcessRow.__struct_fields__, map(_values, document.processes))
    if isinstance(document, Readiness):
        return _table(Way.__struct_fields__, map(_values, document.ways))
    if isinstance(document, Changes):
        return _table(Changed.__struct_fields__, map(_values, document.changes))
    if isinstance(document, Fences):
        return _table(Fenced.__struct_fields__, map(_values, document.fences))
    if isinstance(document, Settings):
        return _table(_SETTING, map(_setting, document.settings))
    if isinstance(document, Termination):
        return _termination(document)
    if isinstance(document, Protected):
        return _table(Protection.__struct_fields__, map(_values, document.protections))
    from pgconn.render.views import explanation, pool as pooling, raising, sizing

    if isinstance(document, Sizing):
        return _table(*sizing.rows_of(document))
    if isinstance(document, Raising):
        return _table(*raising.rows_of(document))
    if (told := explanation.rows_of(document) or pooling.rows_of(document)) is not None:
        return _table(*told)
    raise TypeError(f"a {type(document).__name__} has no table")


def _status(status: Status) -> Iterable[Sequence[object]]:
    slots = cast("dict[str, object]", msgspec.to_builtins(status.slots))
    free = cast("dict[str, object]", slots.pop("free"))
    for name, number in (slots | {f"free_{kind}": number for kind, number in free.items()}).items():
        yield "slots", name, number
    yield "walsenders", "max", status.walsenders.max
    yield "walsenders", "used", status.walsenders.used
    for limit in status.limits:
        yield f"{limit.scope} limit", limit.name, limit.limit
        yield f"{limit.scope} limit used", limit.name, limit.used
    for column in DIMENSIONS:
        for group in getattr(status.by, column):
            yield column, group.value, *(getattr(group, name) for name in _COUNTS)


def _termination(document: Termination) -> str:
    """The victims with what became of each."""
    results = {(outcome.pid, outcome.backend_start): outcome.result for outcome in document.outcomes}
    rows = ((*_values(victim), results.get((victim.pid, victim.backend_start))) for victim in document.victims)
    return _table((*Victim.__struct_fields__, "result"), rows)


def _setting(row: SettingRow) -> Sequence[object]:
    advice = row.advice
    said = (advice.severity, advice.message, advice.better) if advice is not None else (None, None, None)
    return *(getattr(row, name) for name in _SETTING[:-3]), *said


def _values(value: Value) -> Sequence[object]:
    """The fields of a value as JSON would hold them; several texts are joined."""
    fields = cast("dict[str, object]", msgspec.to_builtins(value))
    return ["; ".join(map(str, field)) if isinstance(field, list | tuple) else field for field in fields.values()]


def _session(row: SessionRow) -> Sequence[object]:
    values = cast("dict[str, object]", msgspec.to_builtins(row))
    values["blocked_by"] = " ".join(map(str, row.blocked_by)) if row.blocked_by else None
    return list(values.values())


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        padded = [*row, *[None] * (len(header) - len(row))]
        writer.writerow(map(_written, padded))
    return out.getvalue()


def _written(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return harmless_csv(cell) if isinstance(cell, str) else cell
