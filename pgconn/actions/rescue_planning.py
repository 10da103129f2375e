"""Which idle backends may end so that one connection gets in: two scans of the server's processes in, a plan out."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from pgconn.actions.protections import roles_of_tools
from pgconn.host.titles import possible_users
from pgconn.model import Value
from pgconn.model.process import CLIENT, WALSENDER, HostSnapshot, Postmaster, Process
from pgconn.model.session import IDLE, STARTING
from pgconn.model.termination import Spared, Victim
from pgconn.text.quantities import show_duration

_SUPERUSER: Final = "postgres"  # the bootstrap superuser's usual name; titles do not tell which roles are superusers
_Replica = tuple[str, str | None]
"""A role and an address."""


class RescuePlan(Value, frozen=True, kw_only=True):
    """Which backends may end, in this order, and which are spared; `superusers` are the roles taken for such."""

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
    """The backends that two scans show idle and without work between, the longest-lived first, and the spared."""
    assumed = tuple(sorted({_SUPERUSER, second.postmaster.owner, *superusers}))
    feared = frozenset() if include_superusers else frozenset(assumed)
    before = {process.pid: process for process in first.processes}
    standbys = frozenset(_replicas(second.processes))
    judged = [
        (process, _why_spared(process, before.get(process.pid), feared, standbys))
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


def _replicas(processes: Iterable[Process]) -> Iterator[_Replica]:
    """From where and as which roles walsenders were asked for; a standby's slotsync worker comes the same way."""
    for process in processes:
        if process.title.backend_type == WALSENDER:
            yield from ((role, process.title.client_addr) for role in possible_users(process.title))


def _why_spared(
    process: Process, before: Process | None, feared: frozenset[str], standbys: frozenset[_Replica]
) -> str | None:
    """Why a process is spared, or None for one that may end."""
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
        if (role, title.client_addr) in standbys:
            return f"a walsender serves {role} at its address: it may be a standby's slotsync worker"
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
