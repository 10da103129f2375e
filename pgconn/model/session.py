"""A row of pg_stat_activity."""

import operator
from collections.abc import Iterable
from typing import Final

import msgspec

from pgconn.model import Moment, Value
from pgconn.model.client_name import split_client

ACTIVE = "active"
IDLE = "idle"
IDLE_IN_TRANSACTION = "idle in transaction"
ABORTED = "idle in transaction (aborted)"
STARTING = "starting"
DISABLED = "disabled"
LOCAL = "local"
AUTOVACUUM_WORKER = "autovacuum worker"


class Session(Value, frozen=True, kw_only=True):
    """One process with a session; ages are seconds on the server's clock, what may not be seen is None.

    `client_addr` is an address, or "local" for a client of the Unix socket. `holds_slot` is None where the
    role may not see what kind of process it is. `blocked_by` and `holds_advisory_lock` are None where they were not
    asked. `has_xid` says whether its transaction has written; `replication` that its role has REPLICATION, and
    `monitors` that its role was granted pg_monitor itself. `pooled_client` is the client that a pooler has put behind
    the application_name, which is without it here: it is the one that was served last, where the session is free.
    """

    pid: int
    backend_start: Moment | None = None
    backend_type: str | None = None
    user: str | None = None
    superuser: bool | None = None
    database: str | None = None
    application_name: str | None = None
    client_addr: str | None = None
    state: str | None = None
    state_change: Moment | None = None
    state_seconds: float | None = None
    transaction_seconds: float | None = None
    query_seconds: float | None = None
    wait_event_type: str | None = None
    wait_event: str | None = None
    blocked_by: tuple[int, ...] | None = None
    query: str | None = None
    has_xid: bool | None = None
    replication: bool | None = None
    monitors: bool | None = None
    holds_advisory_lock: bool | None = None
    holds_slot: bool | None = None
    hidden: bool = False
    pooled_client: str | None = None

    def __post_init__(self) -> None:
        if self.pooled_client is None and self.application_name and " - " in self.application_name:
            application, client = split_client(self.application_name)
            if client is not None:
                msgspec.structs.force_setattr(self, "application_name", application)
                msgspec.structs.force_setattr(self, "pooled_client", client)

    @property
    def may_hold_slot(self) -> bool:
        """Whether it holds a place of max_connections, or might, for all that we may see."""
        return self.holds_slot is not False

    @property
    def shows_state(self) -> bool:
        """Whether its state may be seen: not of others without pg_read_all_stats, nor without track_activities."""
        return self.state != DISABLED and (self.state is not None or not self.hidden)


class VirtualTransaction(Value, frozen=True, kw_only=True):
    """A process that holds a virtual transaction id, as pg_locks shows it to everybody.

    `holds_slot` is None before 17, where the id does not tell, not even whether it is a walsender's.
    """

    pid: int
    holds_slot: bool | None
    is_walsender: bool = False


def of_clients(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """The sessions with a slot, a database or a walsender's place, without the server's own processes."""
    return tuple(s for s in sessions if s.holds_slot or s.database is not None or s.backend_type == "walsender")


def sorted_by(sessions: Iterable[Session], column: str) -> tuple[Session, ...]:
    """Sorted by a column: ages with the oldest first, names by the alphabet, what is unknown last."""
    name = _COLUMNS[column]
    known = [session for session in sessions if getattr(session, name) is not None]
    unknown = [session for session in sessions if getattr(session, name) is None]
    known.sort(key=operator.attrgetter("pid"))
    known.sort(key=operator.attrgetter(name), reverse=name.endswith("_seconds"))
    return (*known, *unknown)


_COLUMNS: Final = {
    "age": "state_seconds",
    "transaction": "transaction_seconds",
    "query": "query_seconds",
    "start": "backend_start",
    "pid": "pid",
    "user": "user",
    "app": "application_name",
    "database": "database",
    "ip": "client_addr",
    "state": "state",
}
