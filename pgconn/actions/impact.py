"""What ending a session costs: `free` begins with the least impact and ends with the most."""

import re
from enum import IntEnum
from typing import Final

from pgconn.actions.pooled import Pooled, Pools
from pgconn.config.policy import DEFAULT, Policy
from pgconn.data.losses import losses
from pgconn.model import Moment
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, STARTING, Session
from pgconn.model.snapshot import Snapshot
from pgconn.text.quantities import show_count, show_duration

# What a pool sends when a connection comes back to it, or the end of a transaction.
_RELEASED: Final = re.compile(
    r"\s*(?:discard all|reset all|rollback|abort|commit|end|deallocate all|close all|unlisten \*"
    r"|select pg_advisory_unlock_all\(\))\s*(?:\Z|;)",
    re.IGNORECASE,
)


class Impact(IntEnum):
    """From the least on: a slot that nobody uses, one of a pool, and then what is lost with a transaction."""

    FREE = 0
    LEAKED = 1
    FREE_OR_LOGGED_IN = 2
    POOLED = 3
    ABORTED = 4
    HAS_READ = 5
    HAS_WRITTEN = 6
    WAITS = 7
    ACTIVE = 8


class Losses:
    """What is lost with each session of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._taken_at = snapshot.taken_at
        self._pools = Pools(snapshot.sessions)

    def impact(self, session: Session) -> Impact | None:
        """What is lost with a session; None for a state that tells nothing."""
        if session.state == IDLE:
            pooled = self._pools.of(session)
            if pooled is not None:
                return _OF_POOLERS.get(pooled, Impact.POOLED)
            return Impact.LEAKED if looks_leaked(session, self._taken_at) else Impact.POOLED
        if session.state == ABORTED:
            return Impact.ABORTED
        if session.state == IDLE_IN_TRANSACTION:
            return Impact.HAS_READ if session.has_xid is False else Impact.HAS_WRITTEN
        if session.state != ACTIVE:
            return None
        return Impact.WAITS if _waits(session) else Impact.ACTIVE

    def reason(self, session: Session, blocks: tuple[int, ...]) -> str:
        """What a session is, in one line, with the sessions that it blocks."""
        held = f"; blocks {show_count(len(blocks), 'session')} ({_listed(blocks)})" if blocks else ""
        return f"{self._reason(session)}{held}"

    def effect(self, session: Session) -> str:
        """What its end does to its client."""
        if _serves_no_client(session):
            kind = session.backend_type or ""
            return f"{kind}: {losses().processes.get(kind, 'what the server does without it is not known here')}"
        if session.state == IDLE:
            pooled = self._pools.of(session)
            return "idle: the next use fails once (57P01)" if pooled is None else f"idle, {_POOLED[pooled]}"
        if session.state == STARTING:
            return "logging in: its login fails"
        impact = self.impact(session)
        if impact is Impact.WAITS:
            return f"active, {_waits(session)}: that fails, nothing is rolled back"
        return _EFFECTS[impact]

    def _reason(self, session: Session) -> str:
        age = show_duration(session.state_seconds or 0.0)
        if _serves_no_client(session):
            return f"{session.backend_type}, {session.state}" if session.state else f"{session.backend_type}"
        if session.state == IDLE and (pooled := self._pools.of(session)) is not None:
            return f"idle for {age}, {_POOLED[pooled]}"
        match self.impact(session):
            case Impact.LEAKED:
                return f"idle for {age}, nearly all its life: looks leaked"
            case Impact.POOLED:
                return f"idle for {age}"
            case Impact.ABORTED:
                return f"aborted for {age}, can only roll back"
            case Impact.HAS_READ:
                return f"in a transaction, idle for {age}, has written nothing"
            case Impact.HAS_WRITTEN:
                return f"in a transaction, idle for {age}, loses what it wrote"
            case Impact.WAITS:
                return f"active for {show_duration(session.query_seconds or 0.0)}, {_waits(session)}: that fails"
            case Impact.ACTIVE:
                return f"active for {show_duration(session.query_seconds or 0.0)}, its statement fails"
        return "still logging in" if session.state == STARTING else session.state or "in a state that cannot be seen"


_OF_POOLERS: Final = {Pooled.FREE: Impact.FREE, Pooled.FREE_OR_LOGGED_IN: Impact.FREE_OR_LOGGED_IN}
_JUST_LOGGED_IN: Final = "a client of Pgpool-II has just logged in and asked nothing: that one is disconnected"
_POOLED: Final = {
    Pooled.FREE: "free in a pooler: no client notices",
    Pooled.FREE_OR_LOGGED_IN: f"free in a pooler: no client notices, unless {_JUST_LOGGED_IN}",
    Pooled.RETURNED: f"free in a pool: no client notices, unless it is the application's own, or {_JUST_LOGGED_IN}",
    Pooled.UNUSED: "has asked nothing yet: no client notices if its pooler opened it, else its client is disconnected",
    Pooled.NEXT: "free in pgagroal: the next client that is handed it fails once (57P01)",
    Pooled.LENT: "in use by a pooler's client: that client is disconnected (57P01)",
    Pooled.PERHAPS: "from a pooler: no client notices if it pools by transaction, else its client is disconnected",
}
_EFFECTS: Final = {
    Impact.ABORTED: "aborted: nothing is lost",
    Impact.HAS_READ: "in a transaction: it fails, nothing written",
    Impact.HAS_WRITTEN: "in a transaction: what it wrote is rolled back",
    Impact.ACTIVE: "active: its statement fails and is rolled back",
    None: "in another state",
}


def _serves_no_client(session: Session) -> bool:
    return session.backend_type not in (None, "client backend")


def _waits(session: Session) -> str | None:
    """What an active session waits for, where it loses nothing but the waiting."""
    if session.wait_event_type != "IPC" or session.has_xid is not False:
        return None
    return losses().waits.get(session.wait_event or "")


def looks_leaked(session: Session, now: Moment, policy: Policy = DEFAULT) -> bool:
    """Whether it was used at the beginning of its life and never again, and did not go back to a pool."""
    if session.backend_start is None or session.state_seconds is None:
        return False
    if session.query is not None and _RELEASED.match(session.query):
        return False
    lived = (now - session.backend_start).total_seconds()
    return lived > 0 and session.state_seconds >= policy.leaked_idle_share * lived


def waiting_for(snapshot: Snapshot) -> dict[int, tuple[int, ...]]:
    """The process ids that wait for each session, directly or behind one another."""
    behind: dict[int, set[int]] = {}
    for session in snapshot.sessions:
        for pid in session.blocked_by or ():
            behind.setdefault(pid, set()).add(session.pid)
    return {pid: tuple(sorted(_all_behind(pid, behind))) for pid in behind}


def _all_behind(pid: int, behind: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    left = [pid]
    while left:
        new = behind.get(left.pop(), set()) - found - {pid}
        found |= new
        left += new
    return found


def _listed(pids: tuple[int, ...]) -> str:
    return ", ".join(map(str, pids[:5])) + (", …" if len(pids) > 5 else "")
