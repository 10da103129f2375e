"""What ending a session costs: `free` begins with the least impact and ends with the most."""

import re
from enum import IntEnum
from typing import Final

from pgconn.config.policy import DEFAULT, Policy
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, Session
from pgconn.model.snapshot import Snapshot
from pgconn.text.quantities import show_count, show_duration

# What a pool sends when a connection comes back to it, or the end of a transaction.
_RELEASED: Final = re.compile(
    r"\s*(?:discard all|reset all|rollback|abort|commit|end|deallocate all|close all|unlisten \*"
    r"|select pg_advisory_unlock_all\(\))\s*(?:\Z|;)",
    re.IGNORECASE,
)


class Impact(IntEnum):
    """From the least on: a slot that is not used, one of a pool, and then what is lost with a transaction."""

    LEAKED = 0
    POOLED = 1
    ABORTED = 2
    HAS_READ = 3
    HAS_WRITTEN = 4
    ACTIVE = 5


def impact(session: Session, snapshot: Snapshot) -> Impact | None:
    """What is lost with a session; None for a state that tells nothing."""
    if session.state == IDLE:
        return Impact.LEAKED if looks_leaked(session, snapshot) else Impact.POOLED
    if session.state == ABORTED:
        return Impact.ABORTED
    if session.state == IDLE_IN_TRANSACTION:
        return Impact.HAS_READ if session.has_xid is False else Impact.HAS_WRITTEN
    return Impact.ACTIVE if session.state == ACTIVE else None


def looks_leaked(session: Session, snapshot: Snapshot, policy: Policy = DEFAULT) -> bool:
    """Whether it was used at the beginning of its life and never again, and did not go back to a pool."""
    if session.backend_start is None or session.state_seconds is None:
        return False
    if session.query is not None and _RELEASED.match(session.query):
        return False
    lived = (snapshot.taken_at - session.backend_start).total_seconds()
    return lived > 0 and session.state_seconds >= policy.leaked_idle_share * lived


def reason(session: Session, snapshot: Snapshot, blocks: tuple[int, ...]) -> str:
    """What a session is, in one line, with the sessions that it blocks."""
    age = show_duration(session.state_seconds or 0.0)
    held = f"; blocks {show_count(len(blocks), 'session')} ({_listed(blocks)})" if blocks else ""
    match impact(session, snapshot):
        case Impact.LEAKED:
            return f"idle for {age}, nearly all its life: looks leaked{held}"
        case Impact.POOLED:
            return f"idle for {age}{held}"
        case Impact.ABORTED:
            return f"aborted for {age}, can only roll back{held}"
        case Impact.HAS_READ:
            return f"in a transaction, idle for {age}, has written nothing{held}"
        case Impact.HAS_WRITTEN:
            return f"in a transaction, idle for {age}, loses what it wrote{held}"
        case Impact.ACTIVE:
            return f"active for {show_duration(session.query_seconds or 0.0)}, its statement fails{held}"
    return f"{session.state or 'in a state that cannot be seen'}{held}"


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
