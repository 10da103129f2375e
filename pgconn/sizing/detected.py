"""What a look at a server and its machine tells a sizing, and what it could not tell."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pgconn.data.versions import version
from pgconn.documents.sizing import Values
from pgconn.model import Value
from pgconn.model.instance import Instance
from pgconn.model.process import Machine, Traffic, Tuning
from pgconn.model.snapshot import Snapshot
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.measured import LOW, MIB
from pgconn.sizing.request import NOTHING, Request
from pgconn.text.quantities import show_count, show_size
from pgconn.text.units import Bytes, Duration

_ENOUGH: Final = 1000  # transactions; an average of fewer tells nothing
_WARM: Final = 5  # sessions looked at; of fewer, one that was just opened may be the largest
_SIZES: Final = ("shared_buffers", "work_mem", "maintenance_work_mem", "autovacuum_work_mem", "effective_cache_size")
_TIMES: Final = ("idle_in_transaction_session_timeout", "idle_session_timeout")


class Found(Value, frozen=True, kw_only=True):
    """What was detected, the settings as they are now, and what could not be detected and why."""

    request: Request = NOTHING
    current: Values = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()


def found(
    snapshot: Snapshot,
    tuning: Tuning,
    traffic: Traffic,
    machine: Machine | None,
    assumptions: Assumptions | None = None,
) -> Found:
    """What all of it tells; `machine` is None where we are not on the server's own host."""
    assumptions = assumptions or Assumptions()
    clients = sum(1 for session in snapshot.sessions if session.backend_type == "client backend")
    server = Request(
        pg_version=snapshot.instance.major,
        hash_mem_multiplier=tuning.hash_mem_multiplier,
        max_locks_per_transaction=tuning.max_locks_per_transaction,
        autovacuum_max_workers=tuning.autovacuum_max_workers,
        sessions=snapshot.slots.used,
        sessions_active=sum(1 for session in snapshot.holders if session.state == "active"),
        superusers=snapshot.slots.superusers,
        databases=max(1, tuning.databases),
        provider_reserved=snapshot.capacity.provider_reserved or None,
        provider=snapshot.instance.provider,
        tables=tuning.tables if tuning.tables < assumptions.tables else None,
        huge_pages=tuning.huge_pages_on,
    )
    of_machine, on_machine = _of_machine(tuning, machine, clients)
    of_traffic, on_traffic = _of_traffic(traffic, assumptions)
    return Found(
        request=server.over(of_machine).over(of_traffic),
        current=_current(snapshot, tuning),
        notes=(*on_machine, *on_traffic, *_of_sessions(snapshot, tuning)),
    )


def _of_machine(tuning: Tuning, machine: Machine | None, clients: int) -> tuple[Request, tuple[str, ...]]:
    """What the machine tells, and what it does not."""
    if machine is None:
        lacks = "the RAM, the cores and the memory of sessions are not to be seen from here: give --ram and --cores"
        return NOTHING, (f"{lacks}, or run it on the database host",)
    largest, note = _largest(machine.sessions, clients)
    huge_pages = None if machine.huge_pages is None else tuning.huge_pages != "off" and machine.huge_pages > 0
    request = Request(
        ram=machine.ram, cores=machine.cores, container=machine.limit, huge_pages=huge_pages, session_memory=largest
    )
    return request, (note,) if note else ()


def _largest(sessions: tuple[int, ...], clients: int) -> tuple[int | None, str]:
    """The memory of the largest session, or why it is not gone by."""
    if len(sessions) < _WARM:
        seen = show_count(len(sessions), "session")
        if len(sessions) >= clients:
            return None, f"there are {seen} to look at, and {_WARM} are needed to go by their memory"
        needed = f"and {_WARM} are needed to go by it: run it as root or postgres"
        return None, f"the memory of {seen} could be read, {needed}"
    largest = max(sessions)
    if largest < LOW.base_mib * MIB:
        seen = f"the sessions own {show_size(largest)} at most"
        return None, f"{seen}, as fresh ones do: the answer takes them for warm ones"
    return largest, ""


def _of_traffic(traffic: Traffic, assumptions: Assumptions) -> tuple[Request, tuple[str, ...]]:
    """The load, as far as the counters of the server know it."""
    active, idle = traffic.active_seconds, traffic.idle_in_transaction_seconds
    if active is None or idle is None:
        return NOTHING, ("the hold time is counted from PostgreSQL 14 on: give --tps and --hold",)
    since = f"since {traffic.since:%Y-%m-%d %H:%M}"
    if traffic.transactions < _ENOUGH or traffic.seconds <= 0:
        return NOTHING, (f"{traffic.transactions} transactions {since} tell no load: give --tps and --hold",)
    held = active + idle
    if held <= 0:
        return NOTHING, ()
    average = traffic.transactions / traffic.seconds
    request = Request(
        tps=round(average * assumptions.peak, 3),
        hold=max(1e-6, round(held / traffic.transactions, 6)),
        busy=round(min(1.0, max(0.05, active / held)), 3),
    )
    times = f"the load is {assumptions.peak:g} times the average of {average:.3g} transactions a second"
    busy = f"{active / traffic.seconds:.2g} sessions were at work on average"
    return request, (f"{times} {since}, when {busy}: give --tps where the peak is known",)


def _of_sessions(snapshot: Snapshot, tuning: Tuning) -> Iterator[str]:
    if snapshot.hidden_sessions:
        yield f"{snapshot.hidden_sessions} sessions are hidden from this role: GRANT pg_monitor to it"
    if snapshot.instance.standby:
        yield "this is a standby: its max_connections may not be below that of its primary"
    if snapshot.pooler:
        yield "this is seen through a pooler, which hides how many clients there are"
    yield from _of_version(snapshot.instance, tuning)
    if tuning.jit:
        yield "jit is on: each session that compiles keeps 69MB until it ends; the answer takes it for off"


def _of_version(instance: Instance, tuning: Tuning) -> Iterator[str]:
    """That the version of the server is past its end, and what became less in it."""
    known, locks = version(instance.major), tuning.max_locks_per_transaction
    if known.ends is not None and instance.taken_at.date() > known.ends:
        yield f"PostgreSQL {instance.major} reached its end of life on {known.ends}: it gets no more fixes"
    if known.locks_held < 1 and locks < known.max_locks_per_transaction:
        fewer = f"{1 - known.locks_held:.0%} fewer locks than until 18"
        default = f"the default of PostgreSQL {instance.major} is {known.max_locks_per_transaction}"
        yield f"max_locks_per_transaction is {locks}, with which there is room for {fewer}; {default}"


def _current(snapshot: Snapshot, tuning: Tuning) -> Values:
    """The settings as they are, by PostgreSQL's names."""
    capacity = snapshot.capacity
    sizes = {name: size for name in _SIZES if (size := getattr(tuning, name)) is not None}
    times = {name: time for name in _TIMES if (time := getattr(tuning, name)) is not None}
    return {
        "max_connections": capacity.max_connections,
        "superuser_reserved_connections": capacity.superuser_reserved,
        **({"reserved_connections": capacity.reserved} if capacity.reserved_role else {}),
        **{name: Bytes(size) for name, size in sizes.items()},
        **{name: Duration(time) for name, time in times.items()},
        "huge_pages": tuning.huge_pages,
        "jit": tuning.jit,
    }
