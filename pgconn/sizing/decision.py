"""Which max_connections, and which pools: what the machine holds against what the applications ask for."""

import math
from typing import Final

import msgspec

from pgconn.model.value import Value
from pgconn.sizing.choices import NODES, SPINDLES, WORK_MEM_MOST
from pgconn.sizing.demand import needed_connections
from pgconn.sizing.measured import HIGH, MIB, Footprint
from pgconn.sizing.memory import Habits, Queries, Room, WorkMem, budget
from pgconn.sizing.pooler import Pooler, pooler, server_connections
from pgconn.sizing.pools import Load, fewest, for_pools, peak_of, sized
from pgconn.sizing.request import Basis

DEFAULT: Final = "default"
GIVEN: Final = "given"
DEMAND: Final = "demand"


class Decision(Value, frozen=True, kw_only=True):
    """One answer: `limits` are what each concern allows, `demand` what is asked for, `binding` the one that decides.

    `connections` holds in any case, and is 0 where nothing does; `fits` says whether what was asked for does too.
    """

    connections: int
    binding: str
    fits: bool
    limits: dict[str, int]
    demand: int
    clients: int  # sessions of applications while every deploy rolls at once, each pool as large as asked for or needed
    room: Room
    work_mem: WorkMem
    usable: int
    for_pools: int
    pools: tuple[int, ...]
    pooler: Pooler | None


def kept(basis: Basis) -> int:
    """The slots that are kept from applications, and those that superusers' sessions were seen to take from them."""
    return basis.superuser_reserved + basis.reserved + basis.provider_reserved + basis.superusers


def load_of(basis: Basis) -> Load | None:
    """The load, where it is known."""
    if basis.tps is None or basis.hold is None:
        return None
    choices = basis.choices
    return Load(tps=basis.tps, hold=basis.hold, p99_wait=choices.p99_wait, utilisation=choices.utilisation)


def worth_having(basis: Basis) -> tuple[int, int]:
    """How many sessions at work at once are worth having: the rule's number, and the most that still help."""
    if basis.cores is None:
        return basis.choices.unknown_active, 2 * basis.choices.unknown_active
    arms = SPINDLES[basis.storage] if basis.storage else 0
    active = max(1, math.ceil(basis.choices.per_core * basis.cores) + arms)
    return active, max(active, math.ceil(basis.choices.most_per_core * basis.cores))


def room_of(
    basis: Basis, *, active: int | None = None, huge_pages: bool | None = None, footprint: Footprint = HIGH
) -> Room:
    """How much room the machine has for sessions, of which `active` work at once, or a share where it is None."""
    spent = budget(
        basis.ram / MIB,
        basis.choices,
        container=basis.in_container,
        desktop=basis.workload == "desktop",
        autovacuum_workers=basis.autovacuum_max_workers,
    )
    habits = Habits(
        tables=basis.tables,
        prepared=basis.prepared,
        jit=basis.jit,
        huge_pages=basis.huge_pages if huge_pages is None else huge_pages,
        max_locks_per_transaction=basis.max_locks_per_transaction,
        measured=None if basis.session_memory is None else basis.session_memory / MIB,
    )
    queries = Queries(
        nodes=NODES[basis.workload],
        hash_mem_multiplier=basis.hash_mem_multiplier,
        active_share=basis.choices.active_share,
        active=active,
        parallel=basis.parallel,
    )
    session = habits.session(spent.shared_buffers, footprint)
    return Room(
        budget=spent, session=session, queries=queries, choices=basis.choices, most=WORK_MEM_MOST[basis.workload]
    )


def _needed(basis: Basis, sessions: int) -> int:
    return needed_connections(sessions, kept(basis), basis.choices.utilisation, basis.choices.round_to)


def direct(basis: Basis) -> Decision:
    """The answer when every session of an application is a connection of the server."""
    load = load_of(basis)
    clients = peak_of(basis.services, fewest(basis.services, load), basis.surge)
    if not basis.services and load is not None:
        clients = load.least(1)
    seen = _needed(basis, basis.sessions) if basis.sessions else 0
    demand = max(seen, _needed(basis, clients + basis.choices.direct) if clients else 0)
    decided = _decided(basis, room_of(basis), demand=demand, clients=clients)
    pools = sized(basis.services, decided.for_pools, basis.surge, load)
    return msgspec.structs.replace(decided, pools=tuple(pools))


def pooled(basis: Basis) -> Decision:
    """The answer when a PgBouncer stands between: the server gets what it can work on, clients what they ask for."""
    load, choices = load_of(basis), basis.choices
    target = load.least(1) if load else server_connections(worth_having(basis)[0], choices.busy)
    reserve = math.ceil(choices.reserve_pool * target)
    demand = _needed(basis, target + reserve + choices.direct)
    pools = _before_a_pooler(basis, load)
    clients = peak_of(basis.services, pools, basis.surge) or basis.max_connections or choices.default_connections
    decided = _decided(basis, room_of(basis, active=target), demand=demand, clients=clients, may_shrink=True)
    between = pooler(
        decided.for_pools,
        target,
        clients,
        choices,
        processes=basis.processes,
        databases=basis.databases,
        users=basis.roles,
    )
    return msgspec.structs.replace(
        decided, pools=pools, pooler=between, fits=decided.fits and between.fits and decided.for_pools > 0
    )


def _before_a_pooler(basis: Basis, load: Load | None) -> tuple[int, ...]:
    """The size of the services' own pools, which cost the server nothing."""
    if load is not None:
        return tuple(fewest(basis.services, load))
    return tuple(basis.choices.default_pool if s.pool is None else s.pool for s in basis.services)


def _limits(basis: Basis, room: Room) -> dict[str, int]:
    limits = {"memory": room.connections()}
    if basis.max_connections is None:
        limits["cpu"] = basis.choices.ceiling
    if basis.provider_limit is not None:
        limits["provider"] = basis.provider_limit
    return limits


def _decided(basis: Basis, room: Room, *, demand: int, clients: int, may_shrink: bool = False) -> Decision:
    """The number of connections that holds, and whether it is the one that was asked for.

    What a pooler would like to open may shrink to what holds.
    """
    limits, given = _limits(basis, room), basis.max_connections
    tightest = min(limits, key=limits.__getitem__)
    enough = max(basis.choices.default_connections, demand) if given is None else given
    connections = min(enough, limits[tightest])
    if given is not None:
        binding = GIVEN if given <= limits[tightest] else tightest
        fits = given <= limits[tightest] and (may_shrink or demand <= given)
    else:
        binding = tightest if enough > limits[tightest] else DEMAND if demand == enough else DEFAULT
        fits = may_shrink or demand <= limits[tightest]
    usable = max(0, connections - kept(basis))
    return Decision(
        connections=connections if usable else 0,
        binding=binding,
        fits=fits and usable > 0,
        limits=limits,
        demand=demand,
        clients=clients,
        room=room,
        work_mem=room.prudent(connections),
        usable=usable,
        for_pools=for_pools(usable, basis.choices.utilisation, basis.choices.direct),
        pools=(),
        pooler=None,
    )
