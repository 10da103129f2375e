"""Which max_connections, and which pools: what the machine holds against what the applications ask for."""

import math
from typing import Final, Literal

import msgspec

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.assumptions import SPINDLES
from pgconn.sizing.demand import needed_connections
from pgconn.sizing.measured import HIGH, MIB, Footprint
from pgconn.sizing.memory import Budget, Habits, Queries, Room, WorkMem
from pgconn.sizing.number import number
from pgconn.sizing.pooler import Pooler, server_connections
from pgconn.sizing.pools import Load, fewest, peak_of, sized
from pgconn.sizing.request import SizingInput
from pgconn.sizing.slots import Slots

Binding = Literal["default", "given", "demand", "memory", "cpu", "provider"]

_WHY: Final[dict[Binding, str]] = {
    "default": "the default is enough",
    "given": "as given; it fits",
    "demand": "what the applications need while a deploy rolls",
    "memory": "the memory holds no more",
    "cpu": "more than {limit} cost more than they bring: use a pooler",
    "provider": "the provider allows no more than {limit}",
}


class Limits(Value, frozen=True, kw_only=True):
    """The connections that each concern allows; None where it says nothing."""

    memory: int
    cpu: int | None = None
    provider: int | None = None

    def known(self) -> dict[Binding, int]:
        """Those that say something, by name."""
        limits: dict[Binding, int | None] = {"memory": self.memory, "cpu": self.cpu, "provider": self.provider}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def tightest(self) -> tuple[Binding, int]:
        """The one that allows the fewest."""
        known = self.known()
        name = min(known, key=known.__getitem__)
        return name, known[name]


class Decision(Value, frozen=True, kw_only=True):
    """One answer: `limits` are what each concern allows, `demand` what is asked for, `binding` the one that decides.

    `connections` holds in any case, and is 0 where nothing does; `fits` says whether what was asked for does too.
    """

    connections: int
    binding: Binding
    fits: bool
    limits: Limits
    demand: int
    clients: int  # sessions of applications while every deploy rolls at once, each pool as large as asked for or needed
    room: Room
    work_mem: WorkMem
    slots: Slots
    pools: tuple[int, ...] = ()
    pooler: Pooler | None = None

    def number(self, given: int | None) -> Reason:
        """The max_connections, of which `given` was asked for."""
        limits = self.limits.known()
        default = self.room.budget.assumptions.default_connections
        key = f"max_connections_{self.binding}" if self.binding in ("default", "cpu", "given") else "max_connections"
        return number(
            key,
            self.connections,
            self,
            name="max_connections",
            why=_WHY[self.binding].format(limit=limits.get(self.binding, 0)),
            wanted=f"max({default}, {self.demand})" if given is None else given,
            limits=", ".join(f"{name} {limit}" for name, limit in limits.items()),
            rests_on=("memory_allows", *(("demand",) if self.demand else ())),
        )


def slots_of(known: SizingInput, connections: int = 0) -> Slots:
    """The slots of a server with so many connections."""
    return Slots(
        connections=connections,
        superuser_reserved=known.superuser_reserved,
        reserved=known.reserved,
        provider_reserved=known.provider_reserved,
        superusers=known.superusers,
        has_reserved=known.pg_version >= 16,
        assumptions=known.assumptions,
    )


def load_of(known: SizingInput) -> Load | None:
    """The load, where it is known."""
    if known.tps is None or known.hold is None:
        return None
    made = known.assumptions
    return Load(tps=known.tps, hold=known.hold, p99_wait=made.p99_wait, utilisation=made.utilisation)


def worth_having(known: SizingInput) -> tuple[int, int]:
    """How many sessions at work at once are worth having: the rule's number, and the most that still help."""
    made = known.assumptions
    if known.cores is None:
        return made.unknown_active, 2 * made.unknown_active
    arms = SPINDLES[known.storage] if known.storage else 0
    active = max(1, math.ceil(made.per_core * known.cores) + arms)
    return active, max(active, math.ceil(made.most_per_core * known.cores))


def active_number(known: SizingInput) -> Reason:
    """How many sessions at work at once are worth having, by the wiki's rule."""
    active, most = worth_having(known)
    if known.cores is None:
        return number("active_unknown", active, name="active", most=most)
    return number("active", active, known, most=most, arms=" + 1" if known.storage == "hdd" else "")


def demand_number(known: SizingInput, decision: Decision) -> Reason:
    """The max_connections with which all that asks for connections stays below the alert."""
    made = known.assumptions
    if decision.pooler:
        sessions = "the pooler's server connections with their reserve"
    else:
        sessions = "the sessions while a deploy rolls" if decision.clients else "the sessions that are there"
    count = decision.clients + made.direct if decision.clients else known.sessions
    beside = f" and {made.direct} that connect directly" if decision.clients else ""
    terms = "" if decision.pooler else f"{count} / {made.utilisation:g} + {decision.slots.kept} "
    return number("demand", decision.demand, made, sessions=f"{sessions}{beside}", count=terms)


def room_of(
    known: SizingInput, *, active: int | None = None, huge_pages: bool | None = None, footprint: Footprint = HIGH
) -> Room:
    """How much room the machine has for sessions, of which `active` work at once, or a share where it is None."""
    return Room(
        budget=Budget(
            ram=known.ram / MIB,
            assumptions=known.assumptions,
            in_container=known.in_container,
            is_desktop=known.workload == "desktop",
            autovacuum_workers=known.autovacuum_max_workers,
        ),
        habits=Habits(
            tables=known.assumptions.tables,
            prepared=known.assumptions.prepared,
            jit=known.jit,
            huge_pages=known.huge_pages if huge_pages is None else huge_pages,
            max_locks_per_transaction=known.max_locks_per_transaction,
            pg_version=known.pg_version,
            measured=None if known.session_memory is None else known.session_memory / MIB,
        ),
        queries=Queries(
            workload=known.workload,
            hash_mem_multiplier=known.hash_mem_multiplier,
            active_share=known.assumptions.active_share,
            active=active,
            parallel=known.parallel,
        ),
        footprint=footprint,
    )


def direct(known: SizingInput) -> Decision:
    """The answer when every session of an application is a connection of the server."""
    load = load_of(known)
    clients = peak_of(known.services, fewest(known.services, load), known.surge)
    if not known.services and load is not None:
        clients = load.least(1)
    seen = _needed(known, known.sessions) if known.sessions else 0
    demand = max(seen, _needed(known, clients + known.assumptions.direct) if clients else 0)
    decided = _decided(known, room_of(known), demand=demand, clients=clients)
    pools = sized(known.services, decided.slots.for_pools, known.surge, load)
    return msgspec.structs.replace(decided, pools=tuple(pools))


def pooled(known: SizingInput) -> Decision:
    """The answer when a PgBouncer stands between: the server gets what it can work on, clients what they ask for."""
    load, made = load_of(known), known.assumptions
    target = load.least(1) if load else server_connections(worth_having(known)[0], made.busy)
    demand = _needed(known, target + math.ceil(made.reserve_pool * target) + made.direct)
    pools = _before_a_pooler(known, load)
    clients = peak_of(known.services, pools, known.surge) or known.max_connections or made.default_connections
    decided = _decided(known, room_of(known, active=target), demand=demand, clients=clients, may_shrink=True)
    usable = decided.slots.for_pools
    between = Pooler(
        usable=usable,
        wanted=target,
        clients=clients,
        assumptions=made,
        processes=known.processes,
        databases=known.databases,
        users=known.roles,
    )
    return msgspec.structs.replace(
        decided, pools=pools, pooler=between, fits=decided.fits and between.fits and usable > 0
    )


def _needed(known: SizingInput, sessions: int) -> int:
    made = known.assumptions
    return needed_connections(sessions, slots_of(known).kept, made.utilisation, made.round_to)


def _before_a_pooler(known: SizingInput, load: Load | None) -> tuple[int, ...]:
    """The size of the services' own pools, which cost the server nothing."""
    if load is not None:
        return tuple(fewest(known.services, load))
    return tuple(known.assumptions.default_pool if s.pool is None else s.pool for s in known.services)


def _decided(known: SizingInput, room: Room, *, demand: int, clients: int, may_shrink: bool = False) -> Decision:
    """The number of connections that holds, and whether it is the one that was asked for.

    What a pooler would like to open may shrink to what holds.
    """
    given, made = known.max_connections, known.assumptions
    limits = Limits(
        memory=room.connections(), cpu=made.ceiling if given is None else None, provider=known.provider_limit
    )
    tightest, most = limits.tightest
    enough = max(made.default_connections, demand) if given is None else given
    slots = slots_of(known, min(enough, most))
    binding: Binding = tightest
    if given is not None:
        binding = "given" if given <= most else tightest
        fits = given <= most and (may_shrink or demand <= given)
    else:
        if enough <= most:
            binding = "demand" if demand == enough else "default"
        fits = may_shrink or demand <= most
    return Decision(
        connections=slots.connections if slots.usable else 0,
        binding=binding,
        fits=fits and slots.usable > 0,
        limits=limits,
        demand=demand,
        clients=clients,
        room=room,
        work_mem=room.prudent(slots.connections),
        slots=slots,
    )
