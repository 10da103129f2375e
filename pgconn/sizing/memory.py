"""What the RAM goes to, how many sessions it holds, and what is left for work_mem. All sizes in MiB."""

import math

from pgconn.model.value import Value
from pgconn.sizing.choices import Choices
from pgconn.sizing.measured import HIGH, JIT, Footprint, page_tables_mib, shared_mib, slot_mib


class Budget(Value, frozen=True, kw_only=True):
    """The RAM, and what of it is spoken for before the first client connects."""

    ram: float
    shared_buffers: float
    shared: float
    os_reserve: float
    maintenance_work_mem: float
    autovacuum_work_mem: float
    autovacuum_workers: int
    page_cache: float

    @property
    def maintenance(self) -> float:
        """One maintenance command and every autovacuum worker at once."""
        return self.maintenance_work_mem + self.autovacuum_workers * self.autovacuum_work_mem

    @property
    def remaining(self) -> float:
        """What sessions and their queries may take."""
        return self.ram - self.os_reserve - self.shared - self.maintenance - self.page_cache


def budget(
    ram: float, choices: Choices, *, container: bool = False, desktop: bool = False, autovacuum_workers: int = 3
) -> Budget:
    """The RAM shared out: buffers, the system, maintenance, and the cache of the system."""
    buffers = ram * (choices.desktop_shared_buffers if desktop else choices.shared_buffers)
    system = choices.os_least if container else _between(choices.os_share * ram, choices.os_least, choices.os_most)
    return Budget(
        ram=ram,
        shared_buffers=buffers,
        shared=shared_mib(buffers),
        os_reserve=max(system, choices.desktop_share * ram) if desktop else system,
        maintenance_work_mem=_between(choices.maintenance_share * ram, 32, 2048),
        autovacuum_work_mem=_between(choices.autovacuum_share * ram, 16, 1024),
        autovacuum_workers=autovacuum_workers,
        page_cache=choices.page_cache * ram,
    )


class Habits(Value, frozen=True, kw_only=True):
    """What a session does in its life: the tables it touches, the statements it keeps, whether it compiles.

    `measured` is what sessions were seen to own, without page tables; it takes the place of the first three.
    """

    tables: int
    prepared: int
    jit: bool
    huge_pages: bool
    max_locks_per_transaction: int = 64
    measured: float | None = None

    def session(self, shared_buffers: float, footprint: Footprint = HIGH) -> float:
        """The memory of one warm session, with its slot."""
        if self.measured is None:
            own = footprint.mib(self.tables, self.prepared) + (JIT if self.jit else 0.0)
        else:
            own = self.measured
        tables = page_tables_mib(shared_buffers, huge_pages=self.huge_pages)
        return own + tables + slot_mib(self.max_locks_per_transaction)


class Queries(Value, frozen=True, kw_only=True):
    """What runs at once: a share of the sessions, or as many as a pooler lets through; and what a query takes."""

    nodes: int
    hash_mem_multiplier: float
    active_share: float
    active: int | None = None
    parallel: int = 0
    max_parallel_workers: int = 8

    @property
    def unit(self) -> float:
        """How many times work_mem a query takes; half of its nodes hash."""
        return self.nodes * (0.5 * self.hash_mem_multiplier + 0.5)

    def at_work(self, connections: int, share: float | None = None) -> int:
        """How many of the sessions run a query at once."""
        if self.active is not None:
            return min(self.active, connections)
        return math.ceil(connections * (share or self.active_share) - 1e-9)

    def takers(self, connections: int, share: float | None = None) -> float:
        """How many processes take work_mem at once, parallel workers among them."""
        active = self.at_work(connections, share)
        return active + min(active * self.parallel, self.max_parallel_workers)


class WorkMem(Value, frozen=True, kw_only=True):
    """What is left for work_mem: exactly, and as a value to set; `fits` is false where that is more than is left."""

    raw: float
    value: int
    fits: bool


class Room(Value, frozen=True, kw_only=True):
    """How many sessions fit, and with how much work_mem."""

    budget: Budget
    session: float
    queries: Queries
    choices: Choices
    most: int  # MiB of work_mem

    def connections(self) -> int:
        """The most sessions that leave each query the least work_mem."""
        low, high = 0, max(0, int(self.budget.remaining / self.session)) + 1
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if self._taken(middle) <= self.budget.remaining else (low, middle)
        return low

    def _taken(self, connections: int) -> float:
        least = self.choices.work_mem_least / self.choices.work_mem_safety
        return connections * self.session + self.queries.unit * self.queries.takers(connections) * least

    def left(self, connections: int) -> float:
        """What so many sessions leave for queries; below 0 where they do not even fit themselves."""
        return self.budget.remaining - connections * self.session

    def work_mem(self, connections: int, share: float | None = None) -> WorkMem:
        """The work_mem with which the queries of so many sessions fit into what the sessions leave."""
        promised = self.choices.work_mem_safety * self.left(connections)
        raw = promised / (self.queries.unit * max(1.0, self.queries.takers(connections, share)))
        least = self.choices.work_mem_least
        return WorkMem(raw=raw, value=int(_between(math.floor(raw), least, self.most)), fits=raw >= least)

    def prudent(self, connections: int) -> WorkMem:
        """The same, but no more than fits when every session works at once and the system's cache gives way."""
        likely = self.work_mem(connections)
        all_at_once = (self.left(connections) + self.budget.page_cache) / (
            self.queries.unit * max(1.0, self.queries.takers(connections, 1.0))
        )
        value = max(self.choices.work_mem_least, min(likely.value, math.floor(all_at_once)))
        return WorkMem(raw=likely.raw, value=value, fits=likely.fits)

    def fits_all_at_once(self, connections: int, work_mem: int) -> bool:
        """Whether that work_mem fits when every session works at once, without the system's cache."""
        taken = self.queries.unit * self.queries.takers(connections, 1.0) * work_mem
        return taken <= self.left(connections) + self.budget.page_cache


def _between(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
