"""Whether what was asked for fits, in words, and what would make it fit."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pgconn.sizing.decision import Decision, load_of, room_of
from pgconn.sizing.measured import GIB, MIB, page_tables_mib
from pgconn.sizing.pools import peak_of
from pgconn.sizing.request import SizingInput
from pgconn.text.quantities import show_count, show_size

_MOST_GIB: Final = 4096
_NOTABLE: Final = 0.1  # of the RAM


def verdict(known: SizingInput, asked: Decision, plan: Decision) -> str:
    """One or two sentences."""
    ram = show_size(known.ram)
    if asked.fits:
        return _fits(known, asked, ram)
    if not plan.connections:
        return (
            f"does NOT fit: {ram} hold {show_count(asked.limits.memory, 'warm session')},"
            f" and {asked.slots.kept} slots are reserved"
        )
    if plan is not asked:
        return (
            f"{_demand(known, asked)}. With PgBouncer between, as below, max_connections {plan.connections} is enough"
        )
    if asked.pooler and asked.pooler.server_connections > asked.slots.for_pools:
        opened = show_count(asked.pooler.server_connections, "connection")
        return f"does NOT fit: PgBouncer's pools may open {opened}, and {asked.slots.for_pools} are below the alert"
    if not asked.pooler and asked.demand > asked.connections:
        return _demand(known, asked)
    return _too_many(known, asked, ram)


def _fits(known: SizingInput, asked: Decision, ram: str) -> str:
    work_mem = show_size(asked.work_mem.value * MIB)
    if asked.pooler:
        return f"fits: {asked.clients} clients share {asked.pooler.server_connections} server connections at most"
    if known.services:
        opened = peak_of(known.services, asked.pools, known.surge)
        used = f"{opened} connections while a deploy rolls stay below the alert at"
        return f"fits: {used} {asked.slots.alert} of {asked.slots.usable}"
    return f"fits: {ram} hold {asked.connections} sessions with {work_mem} of work_mem"


def _demand(known: SizingInput, asked: Decision) -> str:
    """What the applications ask for, against what there is."""
    steady = sum(service.steady(service.pool or 1) for service in known.services)
    against = known.max_connections or known.assumptions.default_connections
    default = "" if known.max_connections else " by default"
    times = f", {steady / against:.3g} times the {against} that there are{default}" if steady > against else ""
    deploy = f", {asked.clients} while a deploy rolls" if asked.clients != steady else ""
    if known.services:
        who = f"{steady} connections of applications{times}{deploy}"
    elif asked.clients:
        who = f"{asked.clients} connections for this load"
    else:
        who = f"{known.sessions} sessions"
    beside = f" and {known.assumptions.direct} beside them" if known.direct_given else ""
    limit = _limit(known, asked)
    return f"does NOT fit: {who}{beside} need max_connections {asked.demand}, and {limit}"


def _limit(known: SizingInput, asked: Decision) -> str:
    binding = asked.binding
    most = asked.limits.known().get(binding, asked.connections)
    return {
        "memory": f"the memory of {show_size(known.ram)} holds {most}",
        "cpu": f"more than {most} cost more than they bring",
        "provider": f"{known.provider or 'the provider'} allows {most}",
    }.get(binding, f"{asked.connections} were given")


def _too_many(known: SizingInput, asked: Decision, ram: str) -> str:
    given = known.max_connections or asked.connections
    if asked.binding == "provider":
        return f"max_connections {given} does NOT fit: {_limit(known, asked)}"
    left, need = asked.room.left(given), asked.room.least(given)
    remainder = (
        f"leave {show_size(left * MIB)} for queries that need" if left > 0 else "leave nothing for queries that need"
    )
    enough = f", and behind PgBouncer {asked.demand} are enough" if asked.pooler else ""
    return (
        f"max_connections {given} does NOT fit into {ram}: {given} warm sessions {remainder}"
        f" {show_size(need * MIB)}; {asked.connections} fit{enough}"
    )


def remedies(known: SizingInput, asked: Decision) -> Iterator[str]:
    """What would make it fit, the cheapest first."""
    wanted = known.max_connections if asked.demand <= asked.connections else asked.demand
    if wanted is None and not asked.connections:
        wanted = asked.slots.kept + 1
    if asked.fits or wanted is None:
        return
    if not known.huge_pages and asked.binding == "memory":
        with_pages = room_of(known, active=asked.room.queries.active, huge_pages=True).connections()
        if with_pages >= wanted:
            yield f"with huge pages {with_pages} sessions fit, which is enough: huge_pages and vm.nr_hugepages"
    if asked.binding == "memory" and (needed := ram_for(known, wanted, asked.room.queries.active)) is not None:
        yield f"{wanted} sessions need {needed}GB of RAM" + (" without huge pages" if not known.huge_pages else "")
    if known.services and any(asked.pools):
        sizes = ", ".join(f"{s.app} {p}" for s, p in zip(known.services, asked.pools, strict=True))
        yield f"without a pooler these pools would fit: {sizes}"


def _more_than_needed(known: SizingInput) -> Iterator[str]:
    """The pools that are larger than the load asks for."""
    load = load_of(known)
    if load is None:
        return
    least = load.least(sum(service.holders() for service in known.services))
    for service in known.services:
        if service.pool is not None and service.pool > least:
            yield f"{service.app}: a pool of {least} is enough for this load, and {service.pool} were asked for"


def ram_for(known: SizingInput, connections: int, active: int | None = None) -> int | None:
    """The fewest whole GiB that hold so many sessions, or None where no machine has them; `active` as in room_of."""
    low, high = 0, _MOST_GIB
    while low + 1 < high:
        middle = (low + high) // 2
        larger = msgspec.structs.replace(known, ram=middle * GIB)
        low, high = (low, middle) if room_of(larger, active=active).connections() >= connections else (middle, high)
    return high if high < _MOST_GIB else None


def warnings(known: SizingInput, plan: Decision) -> Iterator[str]:
    """What holds, but only just, or only under a condition."""
    if not plan.connections:
        return
    if (
        known.max_connections is not None
        and plan.binding == "given"
        and known.max_connections > known.assumptions.ceiling
    ):
        yield f"more than {known.assumptions.ceiling} connections cost more than they bring: use a pooler"
    if not plan.room.fits_all_at_once(plan.connections, plan.work_mem.value):
        yield f"if all {plan.connections} sessions run a query at once, the memory is not enough, also without a cache"
    tables = plan.connections * page_tables_mib(plan.room.budget.shared_buffers, huge_pages=known.huge_pages)
    if tables > _NOTABLE * plan.room.budget.ram:
        yield f"page tables of {plan.connections} sessions take {show_size(tables * MIB)}, and nothing with huge pages"
    if plan.pooler is None:
        yield from _more_than_needed(known)
    if known.superusers:
        yield f"superusers hold {show_count(known.superusers, 'slot')} that applications could have"
    if known.jit:
        yield "jit costs 69MB in each session that compiled: jit = off for pools is cheaper than more RAM"
