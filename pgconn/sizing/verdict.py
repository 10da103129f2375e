"""Whether what was asked for fits, in words, and what would make it fit."""

from collections.abc import Iterator
from typing import Final

import msgspec

from pgconn.sizing.decision import GIVEN, Decision, kept, load_of, room_of
from pgconn.sizing.measured import GIB, MIB, page_tables_mib
from pgconn.sizing.pools import peak_of
from pgconn.sizing.request import Basis
from pgconn.text.quantities import show_count, show_size

_MOST_GIB: Final = 4096
_NOTABLE: Final = 0.1  # of the RAM


def verdict(basis: Basis, asked: Decision, plan: Decision) -> str:
    """One or two sentences."""
    ram = show_size(basis.ram)
    if asked.fits:
        return _fits(basis, asked, ram)
    if not plan.connections:
        return (
            f"does NOT fit: {ram} hold {show_count(asked.limits['memory'], 'warm session')},"
            f" and {kept(basis)} slots are reserved"
        )
    if plan is not asked:
        return (
            f"{_demand(basis, asked)}. With PgBouncer between, as below, max_connections {plan.connections} is enough"
        )
    if asked.pooler and asked.pooler.worst_case > asked.for_pools:
        opened = show_count(asked.pooler.worst_case, "connection")
        return f"does NOT fit: PgBouncer's pools may open {opened}, and {asked.for_pools} are below the alert"
    if not asked.pooler and asked.demand > asked.connections:
        return _demand(basis, asked)
    return _too_many(basis, asked, ram)


def _fits(basis: Basis, asked: Decision, ram: str) -> str:
    work_mem = show_size(asked.work_mem.value * MIB)
    if asked.pooler:
        return f"fits: {asked.clients} clients share {asked.pooler.worst_case} server connections at most"
    if basis.services:
        opened = peak_of(basis.services, asked.pools, basis.surge)
        used = f"{opened} connections while a deploy rolls stay below the alert at"
        return f"fits: {used} {int(basis.choices.utilisation * asked.usable + 1e-9)} of {asked.usable}"
    return f"fits: {ram} hold {asked.connections} sessions with {work_mem} of work_mem"


def _demand(basis: Basis, asked: Decision) -> str:
    """What the applications ask for, against what there is."""
    steady = sum(service.steady(service.pool or 1) for service in basis.services)
    against = basis.max_connections or basis.choices.default_connections
    default = "" if basis.max_connections else " by default"
    times = f", {steady / against:.3g} times the {against} that there are{default}" if steady > against else ""
    deploy = f", {asked.clients} while a deploy rolls" if asked.clients != steady else ""
    if basis.services:
        who = f"{steady} connections of applications{times}{deploy}"
    elif asked.clients:
        who = f"{asked.clients} connections for this load"
    else:
        who = f"{basis.sessions} sessions"
    beside = f" and {basis.choices.direct} beside them" if basis.inputs["direct"].origin == "given" else ""
    limit = _limit(basis, asked)
    return f"does NOT fit: {who}{beside} need max_connections {asked.demand}, and {limit}"


def _limit(basis: Basis, asked: Decision) -> str:
    binding = asked.binding
    most = asked.limits.get(binding, asked.connections)
    return {
        "memory": f"the memory of {show_size(basis.ram)} holds {most}",
        "cpu": f"more than {most} cost more than they bring",
        "provider": f"{basis.provider or 'the provider'} allows {most}",
    }.get(binding, f"{asked.connections} were given")


def _too_many(basis: Basis, asked: Decision, ram: str) -> str:
    given = basis.max_connections or asked.connections
    if asked.binding == "provider":
        return f"max_connections {given} does NOT fit: {_limit(basis, asked)}"
    left, unit = asked.room.left(given), asked.room.queries.unit
    need = unit * asked.room.queries.takers(given) * basis.choices.work_mem_least / basis.choices.work_mem_safety
    leave = (
        f"leave {show_size(left * MIB)} for queries that need" if left > 0 else "leave nothing for queries that need"
    )
    enough = f", and behind PgBouncer {asked.demand} are enough" if asked.pooler else ""
    return (
        f"max_connections {given} does NOT fit into {ram}: {given} warm sessions {leave}"
        f" {show_size(need * MIB)}; {asked.connections} fit{enough}"
    )


def remedies(basis: Basis, asked: Decision) -> Iterator[str]:
    """What would make it fit, the cheapest first."""
    wanted = basis.max_connections if asked.demand <= asked.connections else asked.demand
    if wanted is None and not asked.connections:
        wanted = kept(basis) + 1
    if asked.fits or wanted is None:
        return
    if not basis.huge_pages and asked.binding == "memory":
        with_pages = room_of(basis, active=asked.room.queries.active, huge_pages=True).connections()
        if with_pages >= wanted:
            yield f"with huge pages {with_pages} sessions fit, which is enough: huge_pages and vm.nr_hugepages"
    if asked.binding == "memory" and (needed := ram_for(basis, wanted, asked.room.queries.active)) is not None:
        yield f"{wanted} sessions need {needed}GB of RAM" + (" without huge pages" if not basis.huge_pages else "")
    if basis.services and any(asked.pools):
        sizes = ", ".join(f"{s.app} {p}" for s, p in zip(basis.services, asked.pools, strict=True))
        yield f"without a pooler these pools would fit: {sizes}"


def _more_than_needed(basis: Basis) -> Iterator[str]:
    """The pools that are larger than the load asks for."""
    load = load_of(basis)
    if load is None:
        return
    least = load.least(sum(service.holders() for service in basis.services))
    for service in basis.services:
        if service.pool is not None and service.pool > least:
            yield f"{service.app}: a pool of {least} is enough for this load, and {service.pool} were asked for"


def ram_for(basis: Basis, connections: int, active: int | None = None) -> int | None:
    """The fewest whole GiB that hold so many sessions, or None where no machine has them; `active` as in room_of."""
    low, high = 0, _MOST_GIB
    while low + 1 < high:
        middle = (low + high) // 2
        larger = msgspec.structs.replace(basis, ram=middle * GIB)
        low, high = (low, middle) if room_of(larger, active=active).connections() >= connections else (middle, high)
    return high if high < _MOST_GIB else None


def warnings(basis: Basis, plan: Decision) -> Iterator[str]:
    """What holds, but only just, or only under a condition."""
    if not plan.connections:
        return
    if basis.max_connections is not None and plan.binding == GIVEN and basis.max_connections > basis.choices.ceiling:
        yield f"more than {basis.choices.ceiling} connections cost more than they bring: use a pooler"
    if not plan.room.fits_all_at_once(plan.connections, plan.work_mem.value):
        yield f"if all {plan.connections} sessions run a query at once, the memory is not enough, also without a cache"
    tables = plan.connections * page_tables_mib(plan.room.budget.shared_buffers, huge_pages=basis.huge_pages)
    if tables > _NOTABLE * plan.room.budget.ram:
        yield f"page tables of {plan.connections} sessions take {show_size(tables * MIB)}, and nothing with huge pages"
    if plan.pooler is None:
        yield from _more_than_needed(basis)
    if basis.superusers:
        yield f"superusers hold {show_count(basis.superusers, 'slot')} that applications could have"
    if basis.jit:
        yield "jit costs 69MB in each session that compiled: jit = off for pools is cheaper than more RAM"
