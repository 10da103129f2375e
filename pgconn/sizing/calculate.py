"""From what is given and detected to the whole answer."""

from collections.abc import Iterator

from pgconn.documents.sizing import Number, Range, Reason, Sizing
from pgconn.sizing.choices import Choices
from pgconn.sizing.comparing import differences
from pgconn.sizing.decision import Decision, direct, load_of, pooled, room_of, worth_having
from pgconn.sizing.measured import HIGH, LIKELY, LOW, MIB
from pgconn.sizing.pooler import Pooler
from pgconn.sizing.pools import as_sizes
from pgconn.sizing.queue import wait
from pgconn.sizing.reasons.memory import memory_reasons, promised
from pgconn.sizing.reasons.pools import pool_reasons
from pgconn.sizing.reasons.settings import further_settings
from pgconn.sizing.reasons.slots import slot_reasons, threshold
from pgconn.sizing.request import Basis, Request, resolve
from pgconn.sizing.verdict import remedies, verdict, warnings

NOTHING: Request = Request()

Settings = dict[str, int | float | str | bool]

_SETTINGS = (
    "max_connections",
    "superuser_reserved_connections",
    "reserved_connections",
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "autovacuum_work_mem",
    "effective_cache_size",
)


def size(
    given: Request,
    detected: Request = NOTHING,
    *,
    choices: Choices | None = None,
    current: Settings | None = None,
    notes: tuple[str, ...] = (),
) -> Sizing:
    """What the server and its pools should be set to; `current` and `notes` are what a look at a server brought."""
    basis = resolve(given, detected, choices or Choices())
    asked = pooled(basis) if basis.pooler else direct(basis)
    plan = asked
    if not asked.fits and basis.services and not basis.pooler:
        between = pooled(basis)
        plan = between if between.fits else asked
    pools = as_sizes(basis.services, plan.pools, basis.surge, load_of(basis))
    further = tuple(further_settings(basis, int(plan.room.budget.shared_buffers) * MIB))
    reasons = (
        *slot_reasons(basis, plan),
        *memory_reasons(basis, plan),
        *pool_reasons(basis, plan, pools),
        *further,
    )
    return Sizing(
        inputs=basis.inputs,
        settings=_settings(reasons, further),
        memory=_memory(plan),
        slots=_slots(basis, plan),
        pools=pools,
        pgbouncer=_pgbouncer(basis, plan.pooler),
        fits=asked.fits,
        binding=asked.binding,
        verdict=verdict(basis, asked, plan),
        limits=asked.limits | ({"demand": asked.demand} if asked.demand else {}),
        ranges=_ranges(basis, plan),
        load=_load(basis, plan),
        differences=tuple(differences(basis, plan)),
        current=current or {},
        notes=(*remedies(basis, asked), *warnings(basis, plan), *_lower(plan, current or {}), *notes),
        reasons=reasons,
    )


def _lower(plan: Decision, current: Settings) -> Iterator[str]:
    """What to mind before a number that is there is lowered."""
    now = int(current.get("max_connections", 0))
    if 0 < plan.connections < now:
        yield f"max_connections is {now} now: lower it only where you know the peak; what is seen is one moment"


def _settings(reasons: tuple[Reason, ...], further: tuple[Reason, ...]) -> Settings:
    """PostgreSQL's settings by name, those of slots and memory first."""
    values: dict[str, Number] = {reason.name: reason.value for reason in reasons}
    names = (*(name for name in _SETTINGS if name in values), *(reason.name for reason in further))
    return {name: value for name in names if (value := values[name]) is not None}


def _memory(plan: Decision) -> dict[str, int]:
    """The RAM in bytes, and its parts, which add up to it; what is not spoken for is the system's cache."""
    spent = plan.room.budget
    parts = {
        "shared": spent.shared,
        "system": spent.os_reserve,
        "maintenance": spent.maintenance,
        "backends": plan.connections * plan.room.session,
        "queries": promised(plan) if plan.connections else 0.0,
    }
    taken = {name: round(part * MIB) for name, part in parts.items()}
    ram = round(spent.ram * MIB)
    return {"ram": ram, **taken, "page_cache": ram - sum(taken.values())}


def _slots(basis: Basis, plan: Decision) -> dict[str, int]:
    choices = basis.choices
    return {
        "max_connections": plan.connections,
        "superuser_reserved": basis.superuser_reserved,
        "reserved": basis.reserved,
        "provider_reserved": basis.provider_reserved,
        "superusers": basis.superusers,
        "usable": plan.usable,
        "alert": threshold(plan.usable, choices.utilisation),
        "page": threshold(plan.usable, choices.page_at),
        "for_pools": plan.for_pools,
        "memory_allows": plan.limits["memory"],
    }


def _pgbouncer(basis: Basis, found: Pooler | None) -> dict[str, int | str]:
    """Its settings by name, and what its service and its server need."""
    if found is None:
        return {}
    return {
        "pool_mode": "transaction",
        "max_client_conn": found.max_client_conn,
        "default_pool_size": found.default_pool_size,
        "reserve_pool_size": found.reserve_pool_size,
        "max_db_connections": found.max_db_connections,
        "processes": basis.processes,
        "server_connections": found.worst_case,
        "LimitNOFILE": found.limit_nofile,
    }


def _ranges(basis: Basis, plan: Decision) -> dict[str, Range]:
    """How far the answer would move with other sessions than the cautious ones that it assumes."""
    active, most = worth_having(basis)
    ranges = {"active": Range(low=max(1, active // 2), likely=active, high=most)}
    if basis.session_memory is None:
        rooms = [room_of(basis, active=plan.room.queries.active, footprint=each) for each in (HIGH, LIKELY, LOW)]
        low, likely, high = (room.connections() for room in rooms)
        ranges["memory_allows"] = Range(low=low, likely=likely, high=high)
        sizes = [round(room.session * MIB) for room in reversed(rooms)]
        ranges["session"] = Range(low=sizes[0], likely=sizes[1], high=sizes[2])
    if plan.connections and plan.pooler is None:
        low, high = (plan.room.work_mem(plan.connections, share).value * MIB for share in (1.0, 0.25))
        value = plan.work_mem.value * MIB
        ranges["work_mem"] = Range(low=min(low, value), likely=value, high=max(high, value))
    return ranges


def _load(basis: Basis, plan: Decision) -> dict[str, float | None]:
    """The load on one shared pool, and on the pools as they are; empty where it is unknown."""
    load = load_of(basis)
    if load is None:
        return {}
    least = load.least(1)
    shared = wait(load.tps, load.hold, plan.pooler.server_target if plan.pooler else least)
    return {
        "tps": load.tps,
        "hold": load.hold,
        "busy_connections": round(shared.offered, 6),
        "shared_pool": float(least),
        "shared_p99_wait": shared.p99_wait,
    }
