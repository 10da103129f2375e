"""How many sessions the RAM holds, and what is left for work_mem. Sizes in MiB."""

import math
from collections.abc import Iterator
from typing import Any, Final

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.assumptions import DESKTOP_CACHE_SIZE, NODES, WORK_MEM_MOST, Assumptions, Workload
from pgconn.sizing.measured import (
    HIGH,
    JIT,
    PAGE_TABLES_PER_GIB,
    SHARED_FIXED,
    SHARED_PER_BUFFER,
    Footprint,
    floored,
    page_tables_mib,
    rounded,
    shared_mib,
    slot_mib,
)
from pgconn.sizing.number import number

_MAINTENANCE: Final = (32, 2048)  # the least and the most maintenance_work_mem
_AUTOVACUUM: Final = (16, 1024)  # the same of autovacuum_work_mem; before 17 a vacuum cannot use more


class Budget(Value, frozen=True, kw_only=True):
    """The RAM, and what of it is spoken for: buffers, the system, maintenance, and the cache of the system."""

    ram: float
    assumptions: Assumptions = Assumptions()
    in_container: bool = False
    is_desktop: bool = False
    autovacuum_workers: int = 3

    @property
    def shared_buffers(self) -> float:
        """A share of the RAM."""
        return self.ram * self._buffers_share

    @property
    def shared(self) -> float:
        """All shared memory but that of the slots."""
        return shared_mib(self.shared_buffers)

    @property
    def system(self) -> float:
        """What the system and other programs keep; in a container the system is elsewhere."""
        made = self.assumptions
        share = between(made.os_share * self.ram, made.os_least, made.os_most)
        system = made.os_least if self.in_container else share
        return max(system, made.desktop_share * self.ram) if self.is_desktop else system

    @property
    def maintenance_work_mem(self) -> float:
        """For one VACUUM or CREATE INDEX."""
        return between(self.assumptions.maintenance_share * self.ram, *_MAINTENANCE)

    @property
    def autovacuum_work_mem(self) -> float:
        """For each autovacuum worker."""
        return between(self.assumptions.autovacuum_share * self.ram, *_AUTOVACUUM)

    @property
    def maintenance(self) -> float:
        """One maintenance command and every autovacuum worker at once."""
        return self.maintenance_work_mem + self.autovacuum_workers * self.autovacuum_work_mem

    @property
    def page_cache(self) -> float:
        """The least that the system keeps files in."""
        return self.assumptions.page_cache * self.ram

    @property
    def remaining(self) -> float:
        """What sessions and their queries may take."""
        return self.ram - self.system - self.shared - self.maintenance - self.page_cache

    @property
    def _buffers_share(self) -> float:
        return self.assumptions.desktop_shared_buffers if self.is_desktop else self.assumptions.shared_buffers

    def numbers(self) -> Iterator[Reason]:
        """Each part, from shared_buffers to what is left for sessions."""
        made, share = self.assumptions, self._buffers_share
        buffers, system = (
            ("_of_desktop", "_of_desktop") if self.is_desktop else ("", "_in_container" * self.in_container)
        )
        yield number(f"shared_buffers{buffers}", floored(self.shared_buffers), self, name="shared_buffers", share=share)
        yield number("shared", rounded(self.shared), self, fixed=SHARED_FIXED, each=SHARED_PER_BUFFER)
        yield number(f"system{system}", rounded(self.system), self, name="system")
        for name, size, part, (least, most) in (
            ("maintenance_work_mem", self.maintenance_work_mem, 1 / made.maintenance_share, _MAINTENANCE),
            ("autovacuum_work_mem", self.autovacuum_work_mem, 1 / made.autovacuum_share, _AUTOVACUUM),
        ):
            yield number(name, floored(size), self, part=part, least=least, most=most)
        yield number("maintenance", rounded(self.maintenance), self)
        yield number("page_cache", rounded(self.page_cache), self)
        yield number("room", rounded(self.remaining), self)


def between(value: float, least: float, most: float) -> float:
    """The value within its bounds."""
    return min(max(value, least), most)


class Habits(Value, frozen=True, kw_only=True):
    """What a session does in its life: the tables it touches, the statements it keeps, whether it compiles.

    `measured` is what sessions were seen to own, without page tables; it takes the place of the first three.
    """

    tables: int
    prepared: int
    jit: bool
    huge_pages: bool
    max_locks_per_transaction: int
    pg_version: int
    measured: float | None = None

    @property
    def slot(self) -> float:
        """The shared memory of its place."""
        return slot_mib(self.max_locks_per_transaction, self.pg_version)

    def session(self, shared_buffers: float, footprint: Footprint = HIGH) -> float:
        """The memory of one warm session, with its slot."""
        own = self.measured
        if own is None:
            own = footprint.mib(self.tables, self.prepared) + (JIT if self.jit else 0.0)
        return own + page_tables_mib(shared_buffers, huge_pages=self.huge_pages) + self.slot


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
        """A session, by the upper end of what was measured, and how many of them fit."""
        habits, made, most = self.habits, self.budget.assumptions, self.connections()
        pages = "page tables for all of shared_buffers"
        tables = f"{PAGE_TABLES_PER_GIB:g} x {self.budget.shared_buffers / 1024:.2f}"
        if habits.huge_pages:
            pages, tables = "huge pages, so its page tables are small", "0"
        own = f"{HIGH.base_mib:g} + {habits.tables} x {HIGH.table_kib:g}/1024 + {habits.prepared} x "
        own += f"{HIGH.statement_kib:g}/1024" + (f" + {JIT:g}" if habits.jit else "")
        key = "session"
        if habits.measured is not None:
            key, own = "session_measured", f"{habits.measured:.1f}"
        yield number(key, rounded(self.session), self, name="session", pages=pages, own=own, tables=tables)
        takers, least = self.queries.takers(most), made.work_mem_least / made.work_mem_safety
        yield number("memory_allows", most, self, takers=takers, least=least)

    def numbers_of(self, n: int) -> Iterator[Reason]:
        """What `n` sessions and their queries take."""
        queries, made, found = self.queries, self.budget.assumptions, self.prudent(n)
        safety, taken, at_work = made.work_mem_safety, n * self.session, queries.at_work(n)
        promised = queries.takers(n) * queries.unit * found.value / safety
        who = f"the pooler lets {at_work} work at once" if queries.active else f"{at_work} of {n} at work at once"
        share = DESKTOP_CACHE_SIZE if self.budget.is_desktop else made.effective_cache_size
        terms: dict[str, Any] = {
            "n": n,
            "taken": taken,
            "safety": safety,
            "units": f"{queries.takers(n):g} x {queries.unit:g}",
            "at_work": who,
            "nodes": NODES[queries.workload],
            "work_mem": found.value,
            "raw": found.raw,
            "limited": self._limited(found),
            "promised": promised,
        }
        yield number("backends", rounded(taken), self, **terms)
        yield number("work_mem", floored(found.value), self, **terms)
        yield number("queries", rounded(promised), self, **terms)
        yield number("effective_cache_size", floored(share * self.budget.ram), self, share=share)

    def _limited(self, found: WorkMem) -> str:
        if found.value == self.work_mem_most and found.raw > self.work_mem_most:
            return f"; {self.work_mem_most} MB is enough for all, more belongs to single roles"
        if found.value < int(found.raw):
            return f"; {found.value} MB, so that all may work at once when the cache gives way"
        return ""
