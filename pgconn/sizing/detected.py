"""What a look at a server and its machine tells a sizing, and what it could not tell."""

from typing import Any, Final

from pgconn.model.machine import Machine, Traffic, Tuning
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Value
from pgconn.sizing.choices import Choices
from pgconn.sizing.measured import LOW, MIB
from pgconn.sizing.request import Request
from pgconn.text.quantities import show_count, show_size

_ENOUGH: Final = 1000  # transactions; an average of fewer tells nothing
_WARM: Final = 5  # sessions looked at; of fewer, one that was just opened may be the largest


class Found(Value, frozen=True, kw_only=True):
    """What was detected, the settings as they are now, and what could not be detected and why."""

    request: Request
    current: dict[str, int | float | str | bool]
    notes: tuple[str, ...]


def found(
    snapshot: Snapshot, tuning: Tuning, traffic: Traffic, machine: Machine | None, choices: Choices | None = None
) -> Found:
    """What all of it tells; `machine` is None where we are not on the server's own host."""
    choices = choices or Choices()
    told: dict[str, Any] = {
        "pg_version": snapshot.instance.major,
        "hash_mem_multiplier": tuning.hash_mem_multiplier,
        "max_locks_per_transaction": tuning.max_locks_per_transaction,
        "autovacuum_max_workers": tuning.autovacuum_max_workers,
        "sessions": snapshot.slots.used,
        "sessions_active": sum(1 for session in snapshot.holders if session.state == "active"),
        "superusers": snapshot.slots.superusers,
        "databases": max(1, tuning.databases),
    }
    if snapshot.capacity.provider_reserved:
        told["provider_reserved"] = snapshot.capacity.provider_reserved
    if snapshot.instance.provider is not None:
        told["provider"] = snapshot.instance.provider
    if tuning.tables < choices.tables:
        told["tables"] = tuning.tables
    if tuning.huge_pages_on is not None:
        told["huge_pages"] = tuning.huge_pages_on
    clients = sum(1 for session in snapshot.sessions if session.backend_type == "client backend")
    notes = [
        *_of_machine(told, tuning, machine, clients),
        *_of_traffic(told, traffic, choices),
        *_of_sessions(snapshot),
    ]
    if tuning.jit:
        notes.append("jit is on: each session that compiles keeps 69MB until it ends; the answer takes it for off")
    return Found(request=Request(**told), current=_current(snapshot, tuning), notes=tuple(notes))


def _of_machine(told: dict[str, Any], tuning: Tuning, machine: Machine | None, clients: int) -> list[str]:
    """Adds what the machine tells, and says what it did not."""
    if machine is None:
        lacks = "the RAM, the cores and the memory of sessions are not to be seen from here: give --ram and --cores"
        return [f"{lacks}, or run it on the database host"]
    told |= {"ram": machine.ram, "cores": machine.cores}
    if machine.limit is not None:
        told["container"] = machine.limit
    if tuning.huge_pages_on is None and machine.huge_pages is not None:
        told["huge_pages"] = tuning.huge_pages != "off" and machine.huge_pages > 0
    if len(machine.sessions) < _WARM:
        seen = show_count(len(machine.sessions), "session")
        if len(machine.sessions) >= clients:
            return [f"there are {seen} to look at, and {_WARM} are needed to go by their memory"]
        return [f"the memory of {seen} could be read, and {_WARM} are needed to go by it: run it as root or postgres"]
    largest = max(machine.sessions)
    if largest < LOW.base_mib * MIB:
        return [f"the sessions own {show_size(largest)} at most, as fresh ones do: the answer takes them for warm ones"]
    told["session_memory"] = largest
    return []


def _of_traffic(told: dict[str, Any], traffic: Traffic, choices: Choices) -> list[str]:
    """Adds the load, as far as the counters of the server know it."""
    if traffic.active_seconds is None or traffic.idle_in_transaction_seconds is None:
        return ["the hold time is counted from PostgreSQL 14 on: give --tps and --hold"]
    since = f"since {traffic.since:%Y-%m-%d %H:%M}"
    if traffic.transactions < _ENOUGH or traffic.seconds <= 0:
        return [f"{traffic.transactions} transactions {since} tell no load: give --tps and --hold"]
    held = traffic.active_seconds + traffic.idle_in_transaction_seconds
    if held <= 0:
        return []
    average = traffic.transactions / traffic.seconds
    told |= {"tps": round(average * choices.peak, 3), "hold": max(1e-6, round(held / traffic.transactions, 6))}
    told["busy"] = round(min(1.0, max(0.05, traffic.active_seconds / held)), 3)
    times = f"the load is {choices.peak:g} times the average of {average:.3g} transactions a second"
    busy = f"{traffic.active_seconds / traffic.seconds:.2g} sessions were at work on average"
    return [f"{times} {since}, when {busy}: give --tps where the peak is known"]


def _of_sessions(snapshot: Snapshot) -> list[str]:
    notes = []
    if snapshot.hidden_sessions:
        notes.append(f"{snapshot.hidden_sessions} sessions are hidden from this role: GRANT pg_monitor to it")
    if snapshot.instance.standby:
        notes.append("this is a standby: its max_connections may not be below that of its primary")
    if snapshot.pooler:
        notes.append("this is seen through a pooler, which hides how many clients there are")
    return notes


def _current(snapshot: Snapshot, tuning: Tuning) -> dict[str, int | float | str | bool]:
    """The settings as they are, by PostgreSQL's names."""
    capacity = snapshot.capacity
    values: dict[str, int | float | str | bool | None] = {
        "max_connections": capacity.max_connections,
        "superuser_reserved_connections": capacity.superuser_reserved,
        "reserved_connections": capacity.reserved if capacity.reserved_role else None,
        "shared_buffers": tuning.shared_buffers,
        "work_mem": tuning.work_mem,
        "maintenance_work_mem": tuning.maintenance_work_mem,
        "autovacuum_work_mem": tuning.autovacuum_work_mem,
        "effective_cache_size": tuning.effective_cache_size,
        "idle_in_transaction_session_timeout": tuning.idle_in_transaction_session_timeout,
        "idle_session_timeout": tuning.idle_session_timeout,
        "huge_pages": tuning.huge_pages,
        "jit": tuning.jit,
    }
    return {name: value for name, value in values.items() if value is not None}
