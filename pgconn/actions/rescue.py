"""Room for one connection when nobody can ask the server: end idle backends, one by one, until it lets us in.

The plan is pure: two looks at the server's processes in, victims and spared out. Carrying it out knocks at the door all
the while, so that the slot of a backend that leaves is ours before the application's next client takes it.
"""

import time
from collections.abc import Callable, Collection
from typing import Final

from pgconn.actions.connect_race import Knocking
from pgconn.actions.protections import roles_of_tools
from pgconn.host import end, is_running
from pgconn.host.titles import possible_users
from pgconn.model.process import CLIENT, WALSENDER, HostSnapshot, Postmaster, Process
from pgconn.model.session import IDLE, STARTING
from pgconn.model.termination import Outcome, Spared, Victim
from pgconn.model.value import Value
from pgconn.server import Server
from pgconn.text.quantities import show_duration

SUPERUSER: Final = "postgres"
_HEAD_START: Final = 0.2  # seconds of knocking before the first is asked to leave, in case a slot is free by now
_PATIENCE: Final = 1.0  # seconds of knocking after a backend has left, before the next one is asked to
_SLOWEST: Final = 10.0  # seconds; either lasts longer where the server is slow to answer those who knock
_FAREWELL: Final = 5.0  # seconds that a backend is given to leave
_PAUSE: Final = 0.01


class RescuePlan(Value, frozen=True, kw_only=True):
    """Who may be ended, in this order, and who is left alone; `superusers` are the roles taken for such."""

    postmaster: Postmaster
    superusers: tuple[str, ...]
    include_superusers: bool
    at_most: int
    candidates: tuple[Process, ...]
    victims: tuple[Victim, ...]
    spared: tuple[Spared, ...]


def plan_rescue(
    first: HostSnapshot,
    second: HostSnapshot,
    *,
    superusers: Collection[str] = (),
    include_superusers: bool = False,
    at_most: int = 10,
) -> RescuePlan:
    """Whom two looks show idle and without work between, the longest-lived first, and whom they spare."""
    assumed = tuple(sorted({SUPERUSER, second.postmaster.owner, *superusers}))
    feared = frozenset() if include_superusers else frozenset(assumed)
    before = {process.pid: process for process in first.processes}
    judged = [
        (process, _why_spared(process, before.get(process.pid), feared))
        for process in sorted(second.processes, key=lambda process: (process.started, process.pid))
        if process.title.backend_type in (CLIENT, WALSENDER, None)
    ]
    candidates = tuple(process for process, why in judged if why is None)
    return RescuePlan(
        postmaster=second.postmaster,
        superusers=assumed,
        include_superusers=include_superusers,
        at_most=at_most,
        candidates=candidates,
        victims=tuple(_victim(process, second.taken_at.timestamp()) for process in candidates),
        spared=tuple(Spared(pid=process.pid, why=why) for process, why in judged if why is not None),
    )


def carry_out(
    plan: RescuePlan, connect: Callable[[], Server], tell: Callable[[Outcome], None]
) -> tuple[Server | None, tuple[Outcome, ...]]:
    """Ask one candidate after the other to leave until a connection is let in; each is checked again right before.

    `connect` raises Refused while there is no slot. Without a server in the answer nothing led in.
    """
    outcomes: list[Outcome] = []
    with Knocking(connect) as knocking:
        _knock_on(knocking, _HEAD_START)
        for candidate in plan.candidates:
            asked = sum(1 for outcome in outcomes if outcome.result in ("terminated", "alive"))
            if knocking.answered or asked >= plan.at_most:
                break
            outcomes.append(_ask_to_leave(plan.postmaster, candidate, knocking))
            tell(outcomes[-1])
        server = knocking.result()
    return server, tuple(outcomes)


def _ask_to_leave(postmaster: Postmaster, candidate: Process, knocking: Knocking) -> Outcome:
    """End one backend, and go on knocking until we are in, or its slot has gone to somebody else."""
    sent, detail = end(postmaster, candidate)
    if sent != "sent":
        return Outcome(pid=candidate.pid, backend_start=candidate.backend_start, result=sent, detail=detail)
    left = _wait(lambda: not is_running(candidate), _FAREWELL)
    if left:
        _knock_on(knocking, _PATIENCE)
    return Outcome(
        pid=candidate.pid,
        backend_start=candidate.backend_start,
        result="terminated" if left else "alive",
        detail="" if left else f"it was asked to leave and is there after {_FAREWELL:g} s",
    )


def _knock_on(knocking: Knocking, seconds: float) -> None:
    """Wait until we are in, or until so much time is over and those who knocked in it were turned away."""
    began = time.monotonic()
    if not _wait(lambda: knocking.answered, seconds):
        _wait(lambda: knocking.answered or knocking.in_vain_since(began), _SLOWEST - seconds)


def _wait(until: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _why_spared(process: Process, before: Process | None, feared: frozenset[str]) -> str | None:
    """Why a process is left alone, or None for one that may end."""
    title = process.title
    if title.backend_type is None:
        return "its title cannot be read"
    if title.backend_type == WALSENDER:
        return "it is a walsender"
    if title.state == STARTING:
        return "it has not logged in yet"
    if title.state is None:
        return "its title tells no state"
    if title.state != IDLE:
        return f"it is {title.state}"
    roles = possible_users(title)
    for role in roles:
        if role in feared:
            return f"its role {role} is taken for a superuser"
        if role in roles_of_tools():
            return f"its role {role} is that of a tool for backups or replication"
    if before is None or before.started != process.started:
        return "it came between the two looks"
    if (before.text, before.work) != (process.text, process.work):
        return "it worked between the two looks"
    return None


def _victim(process: Process, now: float) -> Victim:
    title = process.title
    age = show_duration(max(0.0, now - process.started))
    return Victim(
        pid=process.pid,
        backend_start=process.backend_start,
        user=title.user,
        database=title.database,
        client_addr=title.client_addr,
        state=title.state,
        reason=f"idle at both looks and without work between; connected for {age}",
    )
