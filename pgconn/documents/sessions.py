"""The sessions one by one, and how they are made from a snapshot."""

from typing import Literal

import msgspec

from pgconn.documents.status import EnteredBy, ServerFacts, server_facts
from pgconn.model import Moment, Value
from pgconn.model.session import Session
from pgconn.model.snapshot import Snapshot
from pgconn.text.redaction import redact as redacted


class SessionRow(Value, frozen=True, kw_only=True):
    """One session, as the `sessions` document shows it.

    `pooled_client` is the client that a pooler has put behind the application_name, which is shown without it.
    """

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
    pooled_client: str | None = None


class Sessions(Value, frozen=True, kw_only=True, tag_field="kind", tag="sessions"):
    """The sessions one by one; `matched` counts those that `--limit` left out too."""

    version: Literal[1] = 1
    taken_at: Moment
    server: ServerFacts
    entered_by: EnteredBy
    pooler: bool
    pooler_product: str | None = None
    hidden_sessions: int
    matched: int
    sessions: tuple[SessionRow, ...]


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
        server=server_facts(snapshot),
        entered_by="recording" if recorded else snapshot.entered_by,
        pooler=snapshot.pooler,
        pooler_product=snapshot.pooler_product,
        hidden_sessions=snapshot.hidden_sessions,
        matched=len(chosen),
        sessions=tuple(_row(session, redact=redact) for session in chosen[: limit or None]),
    )


def _row(session: Session, *, redact: bool) -> SessionRow:
    row = msgspec.convert(session, SessionRow, from_attributes=True)
    return msgspec.structs.replace(row, query=redacted(row.query)) if redact and row.query else row
