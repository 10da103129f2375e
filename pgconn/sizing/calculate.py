"""From what is given and detected to the whole answer."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pgconn.data.settings import known_setting
from pgconn.data.versions import version
from pgconn.documents.sizing import PoolSize, Range, Reason, Sizing, Values
from pgconn.errors import WrongUsage
from pgconn.sizing.assumptions import IDLE_IN_TRANSACTION, RANDOM_PAGE_COST, Assumptions
from pgconn.sizing.decision import (
    Decision,
    active_number,
    demand_number,
    direct,
    load_of,
    pooled,
    room_of,
    worth_having,
)
from pgconn.sizing.detected import Found
from pgconn.sizing.measured import GIB, HIGH, LIKELY, LOW, MIB, floored, rounded
from pgconn.sizing.number import number
from pgconn.sizing.pools import as_sizes, pool_number
from pgconn.sizing.provider import require_ram
from pgconn.sizing.queue import wait
from pgconn.sizing.request import NOTHING, Request, SizingInput, inputs_of, resolve
from pgconn.sizing.rules_of_thumb import by_rule, differences
from pgconn.sizing.verdict import remedies, verdict, warnings
from pgconn.text.units import Bytes, Seconds

_HUGE_FROM: Final = 2 * GIB


def further_settings(known: SizingInput, shared_buffers: float) -> Iterator[Reason]:
    """Each with its value as PostgreSQL takes it, times in seconds; `shared_buffers` in MiB."""
    yield number("idle_in_transaction_session_timeout", Seconds(IDLE_IN_TRANSACTION[known.workload]))
    since_14 = ("idle_session_timeout", "client_connection_check_interval") if known.pg_version >= 14 else ()
    for name in (*since_14, "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"):
        yield number(name, _wise(name))
    if floored(shared_buffers) >= _HUGE_FROM:
        yield number("huge_pages", "try")
    if not known.jit:
        yield number("jit" if version(known.pg_version).jit else "jit_by_default", False, name="jit")
    if known.storage is not None:
        yield number("random_page_cost", RANDOM_PAGE_COST[known.storage], storage=known.storage)


def _wise(name: str) -> int:
    """The value that does no harm anywhere, in its unit."""
    setting = known_setting(name)
    return Seconds(setting.wise_number) if setting.unit else setting.wise_number


Numbers = dict[str, Reason]

_SETTINGS: Final = (
    *("max_connections", "superuser_reserved_connections", "reserved_connections", "shared_buffers", "work_mem"),
    *("maintenance_work_mem", "autovacuum_work_mem", "effective_cache_size"),
)
_MEMORY: Final = ("shared", "system", "maintenance", "backends", "queries")
_SLOTS: Final = (
    *("superuser_reserved", "reserved", "provider_reserved", "superusers"),
    *("usable", "alert", "page", "for_pools"),
)
_POOL_SIZES: Final = ("max_client_conn", "default_pool_size", "reserve_pool_size", "max_db_connections")


def size(
    given: Request,
    detected: Request = NOTHING,
    *,
    assumptions: Assumptions | None = None,
    current: Values | None = None,
    notes: tuple[str, ...] = (),
) -> Sizing:
    """What the server and its pools should be set to; `current` and `notes` are what a look at a server brought."""
    known, current = resolve(given, detected, assumptions or Assumptions()), current or {}
    asked = pooled(known) if known.pooler else direct(known)
    plan = asked
    if not asked.fits and known.services and not known.pooler:
        between = pooled(known)
        plan = between if between.fits else asked
    pools = as_sizes(known.services, plan.pools, known.surge, load_of(known))
    further = tuple(further_settings(known, plan.room.budget.shared_buffers))
    reasons = (*_numbers(known, plan, pools), *further)
    numbers = {reason.name: reason for reason in reasons}
    names = (*(name for name in _SETTINGS if name in numbers), *(setting.name for setting in further))
    return Sizing(
        inputs=inputs_of(given, detected, known),
        settings={name: value for name in names if (value := numbers[name].value) is not None},
        memory=_memory(plan, numbers),
        slots=_slots(plan, current),
        pools=pools,
        pgbouncer=_pgbouncer(known, numbers),
        fits=asked.fits,
        binding=asked.binding,
        verdict=verdict(known, asked, plan),
        limits=_limits(asked),
        ranges=_ranges(known, plan),
        load=_load(known, plan),
        differences=tuple(differences(known, plan)),
        current=current,
        notes=(
            *remedies(known, asked),
            *warnings(known, plan),
            *_lower(plan, current),
            *_not_yet(plan, current),
            *notes,
        ),
        reasons=reasons,
    )


def answer_by(rule: str | None, given: Request, found: Found) -> Sizing:
    """The answer by our model, or by a rule that others made."""
    require_ram(given, found.request)
    if rule is not None:
        return by_rule(rule, given, found.request)
    return size(given, found.request, current=found.current, notes=found.notes)


def chain(sizing: Sizing, name: str) -> Sizing:
    """The sizing with no other reasons than those behind one name, itself first; WrongUsage for another name."""
    known = {reason.name: reason for reason in sizing.reasons}
    if name not in known:
        raise WrongUsage(f"there is no {name!r} to explain", hint=f"there is {', '.join(known)}")
    names = [name]
    for one in names:
        names += (other for other in known[one].rests_on if other in known and other not in names)
    return msgspec.structs.replace(sizing, reasons=tuple(known[one] for one in names))


def _numbers(known: SizingInput, plan: Decision, pools: tuple[PoolSize, ...]) -> Iterator[Reason]:
    """Every number that the model made: slots, memory, pools, the load and the pooler."""
    room, slots, load = plan.room, plan.slots, load_of(known)
    if plan.demand:
        yield demand_number(known, plan)
    yield active_number(known)
    if plan.connections:
        yield plan.number(known.max_connections)
        yield from slots.numbers(plan.limits.memory)
    yield from room.budget.numbers()
    yield from room.numbers()
    if plan.connections:
        yield from room.numbers_of(plan.connections)
    if known.services and not plan.pooler:
        yield number("for_pools", slots.for_pools, slots, rests_on=("alert",) if plan.connections else ())
    for pool in pools:
        yield pool_number(pool, slots.for_pools, is_pooled=plan.pooler is not None, is_loaded=load is not None)
    if load is not None:
        yield load.number()
    if plan.pooler:
        yield from plan.pooler.numbers(active=None if load else worth_having(known)[0])


def _lower(plan: Decision, current: Values) -> Iterator[str]:
    """What to mind before a number that is there is lowered."""
    now = int(current.get("max_connections", 0))
    if 0 < plan.connections < now:
        yield f"max_connections is {now} now: lower it only where you know the peak; what is seen is one moment"


def _not_yet(plan: Decision, current: Values) -> Iterator[str]:
    """That the pooler's numbers are for more slots than the server has."""
    now = _usable_now(plan, current)
    if plan.pooler and plan.connections and now is not None and now < plan.pooler.server_connections:
        raised = f"the pooler's numbers are for max_connections {plan.connections}"
        yield (
            f"{raised}, and the server has {current['max_connections']}, {now} of them usable: raise it first; until "
            f"then --emit with --live writes for {now}"
        )


def _usable_now(plan: Decision, current: Values) -> int | None:
    """What ordinary roles can open on the server that was looked at."""
    if "max_connections" not in current:
        return None
    kept = sum(int(current.get(name, 0)) for name in ("superuser_reserved_connections", "reserved_connections"))
    return max(0, int(current["max_connections"]) - kept - plan.slots.provider_reserved)


def _memory(plan: Decision, numbers: Numbers) -> dict[str, int]:
    """The RAM in bytes, and its parts, which add up to it; what is not spoken for is the system's cache."""
    taken = {name: numbers[name].value if name in numbers else 0 for name in _MEMORY}
    sizes = {name: Bytes(value) for name, value in taken.items() if isinstance(value, int)}
    ram = rounded(plan.room.budget.ram)
    return {"ram": ram, **sizes, "page_cache": Bytes(ram - sum(sizes.values()))}


def _slots(plan: Decision, current: Values) -> dict[str, int]:
    kept = {name: getattr(plan.slots, name) for name in _SLOTS}
    now = _usable_now(plan, current)
    seen = {} if now is None else {"usable_now": now}
    return {"max_connections": plan.connections, **kept, "memory_allows": plan.limits.memory, **seen}


def _pgbouncer(known: SizingInput, numbers: Numbers) -> dict[str, int | str]:
    """Its settings by name, and what its service and its server need."""
    if "default_pool_size" not in numbers:
        return {}
    sizes = {name: int(numbers[name].value or 0) for name in (*_POOL_SIZES, "server_connections", "LimitNOFILE")}
    opened, files = sizes.pop("server_connections"), sizes.pop("LimitNOFILE")
    settings: dict[str, int | str] = {"pool_mode": "transaction", **sizes, "processes": known.processes}
    return settings | {"server_connections": opened, "LimitNOFILE": files}


def _ranges(known: SizingInput, plan: Decision) -> dict[str, Range]:
    """How far the answer would move with other sessions than the cautious ones that it assumes."""
    active, most = worth_having(known)
    ranges = {"active": Range(low=max(1, active // 2), likely=active, high=most)}
    if known.session_memory is None:
        rooms = [room_of(known, active=plan.room.queries.active, footprint=each) for each in (HIGH, LIKELY, LOW)]
        low, likely, high = (room.connections() for room in rooms)
        ranges["memory_allows"] = Range(low=low, likely=likely, high=high)
        sizes = [rounded(room.session) for room in reversed(rooms)]
        ranges["session"] = Range(low=sizes[0], likely=sizes[1], high=sizes[2])
    if plan.connections and plan.pooler is None:
        low, high = (plan.room.work_mem(plan.connections, share).value * MIB for share in (1.0, 0.25))
        value = floored(plan.work_mem.value)
        ranges["work_mem"] = Range(low=Bytes(min(low, value)), likely=value, high=Bytes(max(high, value)))
    return ranges


def _limits(asked: Decision) -> dict[str, int]:
    """What each concern allows, and what is asked for."""
    return {str(name): most for name, most in asked.limits.known().items()} | (
        {"demand": asked.demand} if asked.demand else {}
    )


def _load(known: SizingInput, plan: Decision) -> dict[str, float | None]:
    """The load on one shared pool, and on the pools as they are; empty where it is unknown."""
    load = load_of(known)
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
