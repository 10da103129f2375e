"""Which clients hold the slots, and how many connections can still be opened."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from pgconn.config.policy import Policy
from pgconn.documents.status import ServerFacts, Status
from pgconn.model.breakdown import DIMENSIONS, Counts, Pivot
from pgconn.render.blocks import (
    Bar,
    Block,
    Column,
    Fact,
    Facts,
    Findings,
    Heading,
    Placeholder,
    Row,
    Section,
    Step,
    Steps,
    Table,
)
from pgconn.render.views import TITLES, VIEWS, Rows, View, ViewOptions, label

_COUNTED: Final = ("sessions", "active", "idle", "idle_in_transaction", "aborted", "oldest_idle_seconds")
_SHOWN: Final = ("superusers_in_slots", "sessions_hidden", "end_of_life")
"""Rules whose mere hints are shown too: what they find changes how the rest is to be read."""
_COUNTS: Final = (
    *Column.counts("sessions", "active", "idle", "in tx", "aborted"),
    Column(title="oldest idle", short="oldest", kind="age"),
)


def status_blocks(status: Status, options: ViewOptions) -> Iterator[Block]:
    """The slots first, then who holds them, then what to type next."""
    yield from seen(status, options)
    yield Steps(steps=next_steps(status))


def seen(status: Status, options: ViewOptions) -> Iterator[Block]:
    """What was seen: the slots, what the rules found, and who holds them."""
    found = (finding for finding in status.findings if finding.severity != "info" or finding.rule in _SHOWN)
    yield Heading(text=headline(status.server, status.pooler, status.pooler_product))
    yield Facts(facts=tuple(_facts(status, options.policy)))
    yield Findings(findings=tuple(found))
    yield from _pivot_table(status.pivot) if status.pivot else _table(status)


def status_rows(status: Status) -> Rows:
    """The groups of sessions; without `--by` with the numbers of slots in the same columns."""
    if status.pivot:
        rows = ((*row.values, *_counted(row)) for row in status.pivot.rows)
        return Rows(columns=(*status.pivot.columns, *_COUNTED), rows=rows)
    return Rows(columns=("by", "value", *_COUNTED), rows=_rows(status))


def headline(server: ServerFacts, pooler: bool, product: str | None = None) -> str:
    """One line that says which server this is."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    parts = [f"PostgreSQL {server.version.split(' ')[0]} at {host}:{server.port}"]
    if server.cluster_name:
        parts.append(f"cluster {server.cluster_name}")
    if server.provider:
        parts.append(server.provider)
    if server.standby:
        parts.append("standby")
    if pooler:
        parts.append("seen through a pooler" + (f" ({product})" if product else ""))
    return ", ".join(parts)


def next_steps(status: Status) -> tuple[Step, ...]:
    """The two or three commands that fit what was found, but the one that was just given.

    What shows hidden sessions is always among them: until then the others see little.
    """
    recorded = status.entered_by == "recording"
    usual = [Step(command="pgconn sessions", why="list the sessions one by one")]
    if not recorded:
        usual.append(Step(command="pgconn record FILE", why="keep this moment for later"))
    steps: dict[str, Step] = {}
    reveals = ""
    for rule, remedy in ((finding.rule, remedy) for finding in status.findings for remedy in finding.remedies):
        if remedy.command and not (status.pivot and remedy.command.startswith("pgconn status --by ")):
            steps.setdefault(remedy.command, Step(command=remedy.command, why=remedy.action))
        elif remedy.sql and not recorded:
            steps.setdefault(remedy.sql, Step(command=remedy.sql, why=f"{remedy.action} (SQL)"))
            reveals = remedy.sql if rule == "sessions_hidden" else reveals
    for step in usual:
        if len(steps) < 2:
            steps.setdefault(step.command, step)
    shown = tuple(steps.values())[:3]
    return shown if not reveals or steps[reveals] in shown else (*shown[:2], steps[reveals])


def _facts(status: Status, policy: Policy) -> list[Fact]:
    slots, free = status.slots, status.slots.free
    most, least = ("", "") if slots.exact else ("at most ", "at least ")
    bar = Bar(used=slots.used, whole=slots.usable, warning=policy.slots_warning, critical=policy.slots_critical)
    facts = [
        Fact(label="slots", text=f"{most}{slots.used} of {slots.usable} used ({slots.used_ratio:.0%})", bar=bar),
        Fact(label="can open", text=_can_open(status, least), mood="critical" if free.ordinary == 0 else ""),
        Fact(label="reserved", text=_reserved(status), mood="quiet"),
    ]
    if slots.authenticating:
        clients = f"clients that hold a slot and have not logged in yet: {slots.authenticating}"
        facts.append(Fact(label="starting", text=clients))
    if not status.server.track_activities:
        facts.append(
            Fact(label="note", text="track_activities is off: sessions show no state and no age", mood="warning")
        )
    if status.entered_by == "recording":
        facts.append(Fact(label="recorded", text=f"{status.taken_at:%Y-%m-%d %H:%M:%S %Z}", mood="quiet"))
    if status.entered_by == "walsender":
        facts.append(
            Fact(label="entered by", text="a walsender's place, which max_connections does not count", mood="warning")
        )
    return facts


def _can_open(status: Status, bound: str) -> str:
    free = status.slots.free
    parts = [f"ordinary role {bound}{free.ordinary} more"]
    if status.slots.reserved_role:
        parts.append(f"pg_use_reserved_connections {bound}{free.reserved_role}")
    parts.append(f"superuser {bound}{free.superuser}")
    return ", ".join(parts)


def _reserved(status: Status) -> str:
    slots = status.slots
    parts = [f"superusers {slots.superuser_reserved}"]
    if slots.reserved:
        parts.append(f"pg_use_reserved_connections {slots.reserved}")
    if slots.provider_reserved:
        parts.append(f"{status.server.provider or 'the provider'} {slots.provider_reserved}")
    return ", ".join(parts) + f", of max_connections {slots.max_connections}"


def _table(status: Status) -> Iterator[Table]:
    groups = {column: getattr(status.by, column) for column in DIMENSIONS}
    sections = tuple(
        Section(title=TITLES[column], rows=tuple((label(column, one.value), *_counts(one)) for one in found))
        for column, found in groups.items()
    )
    if all(groups.values()):
        yield Table(columns=(Column(title=""), *_COUNTS), sections=sections)


def _pivot_table(pivot: Pivot) -> Iterator[Table]:
    rows = tuple(
        (*(label(column, value) for column, value in zip(pivot.columns, row.values, strict=True)), *_counts(row))
        for row in pivot.rows
    )
    if rows:
        yield Table.of((*Column.texts(*map(TITLES.__getitem__, pivot.columns)), *_COUNTS), rows)


def _counts(counts: Counts) -> Row:
    states = (counts.active, counts.idle, counts.idle_in_transaction, counts.aborted)
    shown = (Placeholder(text="?") if count is None else count for count in states)
    return counts.sessions, *shown, counts.oldest_idle_seconds


def _rows(status: Status) -> Iterator[Sequence[object]]:
    slots = msgspec.structs.asdict(status.slots)
    free = msgspec.structs.asdict(slots.pop("free"))
    for name, number in (slots | {f"free_{kind}": number for kind, number in free.items()}).items():
        yield "slots", name, number
    yield "walsenders", "max", status.walsenders.max
    yield "walsenders", "used", status.walsenders.used
    for limit in status.limits:
        yield f"{limit.scope} limit", limit.name, limit.limit
        yield f"{limit.scope} limit used", limit.name, limit.used
    for column in DIMENSIONS:
        for group in getattr(status.by, column):
            yield column, group.value, *_counted(group)


def _counted(counts: Counts) -> tuple[object, ...]:
    return tuple(getattr(counts, name) for name in _COUNTED)


VIEWS[Status] = View(blocks=status_blocks, rows=status_rows)
