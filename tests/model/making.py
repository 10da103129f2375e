"""Snapshots made by hand: a healthy server, and what differs from it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from pgconn.model.instance import Address, Capacity, ConnectionLimit, Instance, Role
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, LOCAL, STARTING, Session
from pgconn.model.snapshot import Snapshot

NOW: Final = datetime(2026, 3, 1, 3, 12, 45, tzinfo=UTC)

INSTANCE: Final = Instance(
    version="16.4 (Debian 16.4-1)",
    major=16,
    cluster_name=None,
    standby=False,
    started_at=NOW - timedelta(days=3),
    provider=None,
    track_activities=True,
    taken_at=NOW,
)
ROLE: Final = Role(name="watcher", superuser=False, sees_all_sessions=True, may_use_reserved=False, backend_pid=999)
CAPACITY: Final = Capacity(
    max_connections=30,
    superuser_reserved=3,
    reserved=2,
    reserved_role=True,
    provider_reserved=0,
    max_wal_senders=5,
)
USABLE: Final = 25
"""Slots of `CAPACITY` that an ordinary role may take."""


def session(pid: int = 100, **different: Any) -> Session:
    """A client that has been idle for a second."""
    usual = Session(
        pid=pid,
        backend_start=NOW - timedelta(minutes=5),
        backend_type="client backend",
        user="app",
        superuser=False,
        database="shop",
        application_name="web",
        client_addr="10.0.0.7",
        state=IDLE,
        state_change=NOW - timedelta(seconds=1),
        state_seconds=1.0,
        wait_event_type="Client",
        wait_event="ClientRead",
        query="select 1",
        holds_slot=True,
    )
    return msgspec.structs.replace(usual, **different)


def sessions(count: int, start: int = 100, **different: Any) -> tuple[Session, ...]:
    """So many clients alike, with pids from `start` on."""
    return tuple(session(start + number, **different) for number in range(count))


def walsender(pid: int = 900, **different: Any) -> Session:
    """A standby's connection, which holds no slot."""
    usual = {"backend_type": "walsender", "state": ACTIVE, "database": None, "user": "replica", "holds_slot": False}
    usual |= {"wait_event_type": "Activity", "wait_event": "WalSenderMain", "query": "START_REPLICATION 0/3000000"}
    return session(pid, **usual | different)


def snapshot(*found: Session, capacity: Capacity = CAPACITY, **different: Any) -> Snapshot:
    """A server with these sessions."""
    usual = Snapshot(
        taken_at=NOW,
        entered_by="slot",
        pooler=False,
        address=Address(host="db1", port=5432, database="shop"),
        instance=INSTANCE,
        role=ROLE,
        capacity=capacity,
        own_slots=1,
        sessions=found,
        connection_limits=(),
    )
    return msgspec.structs.replace(usual, **different)


def limit(scope: str = "role", name: str = "app", most: int = 5, *, counts_walsenders: bool = False) -> ConnectionLimit:
    """A CONNECTION LIMIT."""
    return ConnectionLimit(scope=scope, name=name, limit=most, counts_walsenders=counts_walsenders)


def shop() -> Snapshot:
    """A server in trouble, with something of everything that a status shows."""
    return snapshot(
        *sessions(9, 201, application_name="checkout-api", state_seconds=3 * 3600.0, query="select 1 from carts"),
        *sessions(6, 301, client_addr="10.0.0.8", state_seconds=12.0),
        session(401, state=ACTIVE, state_seconds=4.0, query_seconds=4.0, wait_event_type=None, wait_event=None),
        session(
            402,
            user="orders",
            state=IDLE_IN_TRANSACTION,
            state_seconds=700.0,
            transaction_seconds=701.5,
            query="update stock set n = n - 1 where id = 7",
        ),
        session(
            403,
            user="orders",
            state=ACTIVE,
            state_seconds=690.0,
            transaction_seconds=690.0,
            query_seconds=690.0,
            wait_event_type="Lock",
            wait_event="transactionid",
            blocked_by=(402,),
            query="update stock set n = n - 1 where id = 7",
        ),
        session(404, user="orders", application_name="import", state=ABORTED, state_seconds=61.0, query="select 1/0"),
        session(405, user="postgres", superuser=True, application_name="psql", client_addr=LOCAL, database="postgres"),
        session(406, application_name="", user="metrics", database="postgres", query=None),
        Session(pid=407, backend_type="client backend", state=STARTING, holds_slot=True),
        walsender(501, application_name="standby1"),
        Session(pid=601, backend_type="checkpointer", holds_slot=False),
        connection_limits=(limit(name="orders", most=3), limit("database", "shop", 100)),
    )


NAMES: Final = st.one_of(st.none(), st.sampled_from(("", "web", "api", "10.0.0.7", "naïve", "数据")))
SESSIONS: Final[st.SearchStrategy[Session]] = st.builds(
    Session,
    pid=st.integers(1, 4_000_000),
    backend_type=st.sampled_from((None, "client backend", "walsender", "parallel worker")),
    user=NAMES,
    superuser=st.sampled_from((None, False, True)),
    database=NAMES,
    application_name=NAMES,
    client_addr=st.sampled_from((None, LOCAL, "10.0.0.7", "10.0.0.8", "::1")),
    state=st.sampled_from((None, ACTIVE, IDLE, IDLE_IN_TRANSACTION, ABORTED, STARTING)),
    state_seconds=st.one_of(st.none(), st.floats(0, 1e7)),
    holds_slot=st.sampled_from((None, False, True)),
)


def pids(found: Iterable[Session]) -> list[int]:
    """Which sessions these are."""
    return [session.pid for session in found]
