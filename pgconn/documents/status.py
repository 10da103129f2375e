"""How many connections can still be opened and which clients hold the slots; made from a snapshot and its findings."""

from typing import Literal

import msgspec

from pgconn.model import Moment, Value
from pgconn.model.breakdown import Breakdown, Pivot, break_down, pivot
from pgconn.model.finding import Finding
from pgconn.model.slots import Limit, Slots, Walsenders
from pgconn.model.snapshot import Snapshot

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
    pooler_product: str | None = None
    role: RoleFacts
    slots: Slots
    walsenders: Walsenders
    hidden_sessions: int
    by: Breakdown
    pivot: Pivot | None
    limits: tuple[Limit, ...]
    findings: tuple[Finding, ...]


def status(
    snapshot: Snapshot, findings: tuple[Finding, ...], *, recorded: bool = False, by: tuple[str, ...] = ()
) -> Status:
    """The status of a snapshot with what the rules found in it."""
    holders = snapshot.holders
    return Status(
        taken_at=snapshot.taken_at,
        server=server_facts(snapshot),
        entered_by="recording" if recorded else snapshot.entered_by,
        pooler=snapshot.pooler,
        pooler_product=snapshot.pooler_product,
        role=msgspec.convert(snapshot.role, RoleFacts, from_attributes=True),
        slots=snapshot.slots,
        walsenders=snapshot.walsenders,
        hidden_sessions=snapshot.hidden_sessions,
        by=break_down(holders),
        pivot=pivot(holders, by) if by else None,
        limits=snapshot.limits,
        findings=findings,
    )


def server_facts(snapshot: Snapshot) -> ServerFacts:
    """The server of a snapshot, as the documents name it."""
    instance = {
        name: getattr(snapshot.instance, name) for name in snapshot.instance.__struct_fields__ if name != "taken_at"
    }
    return ServerFacts(
        **instance, host=snapshot.address.host, port=snapshot.address.port, database=snapshot.address.database
    )
