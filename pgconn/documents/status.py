"""The JSON contract: one object a run, of one of these kinds. docs/contracts.md explains them."""

from typing import Literal

import msgspec

from pgconn.model.breakdown import Breakdown, Pivot, break_down, pivot
from pgconn.model.finding import Finding
from pgconn.model.refusal import Refusal
from pgconn.model.session import Session
from pgconn.model.slots import Limit, Slots, Walsenders
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Action, Cost, CriteriaShown, Outcome, Refill, Spared, Victim
from pgconn.model.value import Moment, Value
from pgconn.text.redaction import redact as redacted

EnteredBy = Literal["slot", "walsender", "recording"]


class ServerFacts(Value, frozen=True, kw_only=True):
    """The server that was asked, or recorded."""

    version: str
    major: int
    host: str
    port: int
    database: str
    cluster_name: str | None
    standby: bool
    started_at: Moment
    provider: str | None
    track_activities: bool


class RoleFacts(Value, frozen=True, kw_only=True):
    """Who asked, and what that role may see and take."""

    name: str
    superuser: bool
    sees_all_sessions: bool
    may_use_reserved: bool


class Status(Value, frozen=True, kw_only=True, tag_field="kind", tag="status"):
    """Who holds the slots, and how many connections can still be opened."""

    version: Literal[1] = 1
    taken_at: Moment
    server: ServerFacts
    entered_by: EnteredBy
    pooler: bool
    role: RoleFacts
    slots: Slots
    walsenders: Walsenders
    hidden_sessions: int
    by: Breakdown
    pivot: Pivot | None
    limits: tuple[Limit, ...]
    findings: tuple[Finding, ...]


class SessionRow(Value, frozen=True, kw_only=True):
    """One session, as the `sessions` document shows it."""

    pid: int
    backend_start: Moment | None
    backend_type: str | None
    user: str | None
    database: str | None
    application_name: str | None
    client_addr: str | None
    state: str | None
    state_seconds: float | None
    transaction_seconds: float | None
    query_seconds: float | None
    wait_event_type: str | None
    wait_event: str | None
    blocked_by: tuple[int, ...] | None
    query: str | None


class Sessions(Value, frozen=True, kw_only=True, tag_field="kind", tag="sessions"):
    """The sessions one by one; `matched` counts those that `--limit` left out too."""

    version: Literal[1] = 1
    taken_at: Moment
    server: ServerFacts
    entered_by: EnteredBy
    pooler: bool
    hidden_sessions: int
    matched: int
    sessions: tuple[SessionRow, ...]


class Termination(Value, frozen=True, kw_only=True, tag_field="kind", tag="termination"):
    """Which sessions were chosen to end, which were spared, and what became of each.

    `frees` is how many slots the plan gives back, `wanted` how many were asked for, and `freed` how many sessions
    left. A victim without an outcome was not reached, because the run was interrupted. `costs` says what that takes
    from whom, and `refill` how fast they came back, where that was watched. `status` is what the server said
    afterwards, where it was asked.
    """

    version: Literal[1] = 1
    taken_at: Moment
    command: str = "rescue"
    action: Action = "terminate"
    dry_run: bool
    pooler: bool = False
    hidden_sessions: int = 0
    criteria: CriteriaShown
    victims: tuple[Victim, ...]
    spared: tuple[Spared, ...]
    costs: tuple[Cost, ...] = ()
    frees: int | None = None
    wanted: int | None = None
    outcomes: tuple[Outcome, ...]
    freed: int
    refill: tuple[Refill, ...] = ()
    status: Status | None = None


class Failure(Value, frozen=True, kw_only=True, tag_field="kind", tag="error"):
    """What went wrong, what to do about it, the exit code, and the refusal where a connection was turned away."""

    version: Literal[1] = 1
    message: str
    hint: str | None
    exit: int
    refusal: Refusal | None = None


def status(
    snapshot: Snapshot, findings: tuple[Finding, ...], *, recorded: bool = False, by: tuple[str, ...] = ()
) -> Status:
    """The status of a snapshot with what the rules found in it."""
    holders = snapshot.holders
    return Status(
        taken_at=snapshot.taken_at,
        server=_server_facts(snapshot),
        entered_by="recording" if recorded else snapshot.entered_by,
        pooler=snapshot.pooler,
        role=msgspec.convert(snapshot.role, RoleFacts, from_attributes=True),
        slots=snapshot.slots,
        walsenders=snapshot.walsenders,
        hidden_sessions=snapshot.hidden_sessions,
        by=break_down(holders),
        pivot=pivot(holders, by) if by else None,
        limits=snapshot.limits,
        findings=findings,
    )


def sessions(
    snapshot: Snapshot,
    chosen: tuple[Session, ...],
    *,
    limit: int | None = None,
    redact: bool = False,
    recorded: bool = False,
) -> Sessions:
    """The chosen sessions of a snapshot, the first `limit` of them, or all where it is 0 or None."""
    return Sessions(
        taken_at=snapshot.taken_at,
        server=_server_facts(snapshot),
        entered_by="recording" if recorded else snapshot.entered_by,
        pooler=snapshot.pooler,
        hidden_sessions=snapshot.hidden_sessions,
        matched=len(chosen),
        sessions=tuple(_row(session, redact=redact) for session in chosen[: limit or None]),
    )


def _row(session: Session, *, redact: bool) -> SessionRow:
    row = msgspec.convert(session, SessionRow, from_attributes=True)
    return msgspec.structs.replace(row, query=redacted(row.query)) if redact and row.query else row


def _server_facts(snapshot: Snapshot) -> ServerFacts:
    instance = {
        name: getattr(snapshot.instance, name) for name in snapshot.instance.__struct_fields__ if name != "taken_at"
    }
    return ServerFacts(
        **instance, host=snapshot.address.host, port=snapshot.address.port, database=snapshot.address.database
    )
