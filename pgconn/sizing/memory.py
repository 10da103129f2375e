"""How many sessions the RAM holds, and what is left for work_mem. Sizes in MiB."""

import math
from collections.abc import Iterator

from pgconn.documents.sizing import Reason
from pgconn.model.value import Value
from pgconn.sizing.assumptions import DESKTOP_CACHE_SIZE, NODES, WORK_MEM_MOST, Workload
from pgconn.sizing.budget import Budget, between
from pgconn.sizing.measured import (
    HIGH,
    JIT,
    PAGE_TABLES_PER_GIB,
    Footprint,
    floored,
    page_tables_mib,
    rounded,
    slot_mib,
)
from pgconn.sizing.sources import CALCULATION, DOCUMENTATION, MEASURED, SUM


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

    @property
    def slot(self) -> float:
        """The shared memory of its place."""
        return slot_mib(self.max_locks_per_transaction)

    def session(self, shared_buffers: float, footprint: Footprint = HIGH) -> float:
        """The memory of one warm session, with its slot."""
        own = self.measured
        if own is None:
            own = footprint.mib(self.tables, self.prepared) + (JIT if self.jit else 0.0)
        return own + page_tables_mib(shared_buffers, huge_pages=self.huge_pages) + self.slot

    def number(self, shared_buffers: float) -> Reason:
        """The memory of one warm session, by the upper end of what was measured."""
        tables = "0" if self.huge_pages else f"{PAGE_TABLES_PER_GIB:g} x {shared_buffers / 1024:.2f}"
        if self.measured is not None:
            own, source = f"{self.measured:.1f}", "measured on this server"
            formula = "measured + 2 MB x GB of shared_buffers without huge pages + slot"
        else:
            own = f"{HIGH.base_mib:g} + {self.tables} x {HIGH.table_kib:g}/1024 + {self.prepared} x "
            own += f"{HIGH.statement_kib:g}/1024" + (f" + {JIT:g}" if self.jit else "")
            source = f"{MEASURED}, the upper end"
            formula = (
                "warm session + tables + prepared statements + 2 MB x GB of shared_buffers without huge pages + slot"
            )
        pages = (
            "huge pages, so its page tables are small" if self.huge_pages else "page tables for all of shared_buffers"
        )
        session = self.session(shared_buffers)
        return Reason(
            name="session",
            value=rounded(session),
            why=f"what a warm session owns alone, with its slot and {pages}",
            formula=formula,
            numbers=f"{own} + {tables} + {self.slot:.3f} = {session:.2f} MB",
            source=source,
            rests_on=("shared_buffers",),
        )


class Queries(Value, frozen=True, kw_only=True):
    """What runs at once: a share of the sessions, or as many as a pooler lets through; and what a query takes."""

    workload: Workload = "web"
    hash_mem_multiplier: float
    active_share: float
    active: int | None = None
    parallel: int = 0
    max_parallel_workers: int = 8

    @property
    def unit(self) -> float:
        """How many times work_mem a query takes; half of its nodes hash."""
        return NODES[self.workload] * (0.5 * self.hash_mem_multiplier + 0.5)

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
    habits: Habits
    queries: Queries
    footprint: Footprint = HIGH

    @property
    def session(self) -> float:
        """The memory of one warm session."""
        return self.habits.session(self.budget.shared_buffers, self.footprint)

    @property
    def work_mem_most(self) -> int:
        """What is enough for all; more belongs to single roles."""
        return WORK_MEM_MOST[self.queries.workload]

    def connections(self) -> int:
        """The most sessions that leave each query the least work_mem."""
        remaining, session = self.budget.remaining, self.session
        low, high = 0, max(0, int(remaining / session)) + 1
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if middle * session + self.least(middle) <= remaining else (low, middle)
        return low

    def least(self, connections: int) -> float:
        """What the queries of so many sessions take with the least work_mem."""
        made = self.budget.assumptions
        return self.queries.unit * self.queries.takers(connections) * (made.work_mem_least / made.work_mem_safety)

    def left(self, connections: int) -> float:
        """What so many sessions leave for queries; below 0 where they do not even fit themselves."""
        return self.budget.remaining - connections * self.session

    def work_mem(self, connections: int, share: float | None = None) -> WorkMem:
        """The work_mem with which the queries of so many sessions fit into what the sessions leave."""
        made = self.budget.assumptions
        raw = made.work_mem_safety * self.left(connections) / self._takers(connections, share)
        value = int(between(math.floor(raw), made.work_mem_least, self.work_mem_most))
        return WorkMem(raw=raw, value=value, fits=raw >= made.work_mem_least)

    def prudent(self, connections: int) -> WorkMem:
        """The same, but no more than fits when every session works at once and the system's cache gives way."""
        likely = self.work_mem(connections)
        all_at_once = (self.left(connections) + self.budget.page_cache) / self._takers(connections, 1.0)
        value = max(self.budget.assumptions.work_mem_least, min(likely.value, math.floor(all_at_once)))
        return WorkMem(raw=likely.raw, value=value, fits=likely.fits)

    def fits_all_at_once(self, connections: int, work_mem: int) -> bool:
        """Whether that work_mem fits when every session works at once, without the system's cache."""
        taken = self.queries.unit * self.queries.takers(connections, 1.0) * work_mem
        return taken <= self.left(connections) + self.budget.page_cache

    def _takers(self, connections: int, share: float | None = None) -> float:
        """How many times work_mem is taken at once."""
        return self.queries.unit * max(1.0, self.queries.takers(connections, share))

    def numbers(self) -> Iterator[Reason]:
        """A session, and how many of them fit."""
        made, most = self.budget.assumptions, self.connections()
        takers, least = self.queries.takers(most), made.work_mem_least / made.work_mem_safety
        yield self.habits.number(self.budget.shared_buffers)
        yield Reason(
            name="memory_allows",
            value=most,
            why=f"the most sessions that leave every query {made.work_mem_least}MB of work_mem",
            formula="N x session + processes at work x work_mem a query x 4 MB / 0.8 <= room",
            numbers=f"{most} x {self.session:.2f} + {takers:g} x {self.queries.unit:g} x {least:g}"
            f" <= {self.budget.remaining:.0f} MB",
            source=CALCULATION,
            rests_on=("session", "room"),
        )

    def numbers_of(self, n: int) -> Iterator[Reason]:
        """What `n` sessions and their queries take."""
        queries, made, found = self.queries, self.budget.assumptions, self.prudent(n)
        taken = n * self.session
        promised = queries.takers(n) * queries.unit * found.value / made.work_mem_safety
        units = f"{queries.takers(n):g} x {queries.unit:g}"
        yield Reason(
            name="backends",
            value=rounded(taken),
            why=f"{n} warm sessions",
            formula="max_connections x session",
            numbers=f"{n} x {self.session:.2f} = {taken:.0f} MB",
            source=SUM,
            rests_on=("max_connections", "session"),
        )
        at_work = queries.at_work(n)
        who = f"the pooler lets {at_work} work at once" if queries.active else f"{at_work} of {n} at work at once"
        yield Reason(
            name="work_mem",
            value=floored(found.value),
            why=f"{who}, {NODES[queries.workload]} sorts or hashes each",
            formula="0.8 x (room - backends) / (processes at work x work_mem a query)",
            numbers=f"{made.work_mem_safety:g} x ({self.budget.remaining:.0f} - {taken:.0f})"
            f" / ({units}) = {found.raw:.1f} MB{self._limited(found)}",
            source=f"{MEASURED}; nodes and the share at work are judgements",
            rests_on=("room", "backends"),
        )
        yield Reason(
            name="queries",
            value=rounded(promised),
            why=f"{made.work_mem_safety:.0%} of it is promised as work_mem; some memory of a query obeys no work_mem",
            formula="processes at work x work_mem a query x work_mem / 0.8",
            numbers=f"{units} x {found.value} / {made.work_mem_safety:g} = {promised:.0f} MB",
            source=SUM,
            rests_on=("work_mem",),
        )
        share = DESKTOP_CACHE_SIZE if self.budget.is_desktop else made.effective_cache_size
        yield Reason(
            name="effective_cache_size",
            value=floored(share * self.budget.ram),
            why="what the planner may expect to be cached; nothing is allocated",
            formula=f"{share:g} x RAM",
            numbers=f"{share:g} x {self.budget.ram:.0f} MB",
            source=DOCUMENTATION,
        )

    def _limited(self, found: WorkMem) -> str:
        if found.value == self.work_mem_most and found.raw > self.work_mem_most:
            return f"; {self.work_mem_most} MB is enough for all, more belongs to single roles"
        if found.value < int(found.raw):
            return f"; {found.value} MB, so that all may work at once when the cache gives way"
        return ""
