"""Why the memory is shared out as it is."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Reason
from pgconn.sizing.decision import Decision
from pgconn.sizing.measured import HIGH, JIT, MIB, PAGE_TABLES_PER_GIB, SHARED_FIXED, SHARED_PER_BUFFER, slot_mib
from pgconn.sizing.request import Basis

MEASURED: Final = "measured on PostgreSQL 13 to 18"
DOCUMENTATION: Final = "PostgreSQL's documentation"
JUDGEMENT: Final = "a judgement"
SUM: Final = "the sum of the others"


def memory_reasons(basis: Basis, decision: Decision) -> Iterator[Reason]:
    """From the RAM down to work_mem."""
    yield from _before_sessions(basis, decision)
    yield _session(basis, decision)
    yield _memory_allows(basis, decision)
    if decision.connections:
        yield from _with_sessions(basis, decision)


def _before_sessions(basis: Basis, decision: Decision) -> Iterator[Reason]:
    spent, choices = decision.room.budget, basis.choices
    is_desktop = basis.workload == "desktop"
    ram = f"{spent.ram:.0f} MB"
    share = choices.desktop_shared_buffers if is_desktop else choices.shared_buffers
    yield Reason(
        name="shared_buffers",
        value=int(spent.shared_buffers) * MIB,
        why=f"{share:.0%} of the RAM" if not is_desktop else "a sixteenth of the RAM of a desktop",
        formula=f"{share:g} x RAM",
        numbers=f"{share:g} x {ram} = {spent.shared_buffers:.0f} MB",
        source=DOCUMENTATION,
    )
    yield Reason(
        name="shared",
        value=round(spent.shared * MIB),
        why="all shared memory but the slots: shared_buffers with their headers, and a fixed part",
        formula=f"{SHARED_FIXED:g} MB + {SHARED_PER_BUFFER:g} x shared_buffers",
        numbers=f"{SHARED_FIXED:g} + {SHARED_PER_BUFFER:g} x {spent.shared_buffers:.0f} = {spent.shared:.0f} MB",
        source="measured with shared_memory_size, at 48 settings",
        rests_on=("shared_buffers",),
    )
    yield _system(basis, decision)
    yield from _maintenance(decision)
    yield Reason(
        name="page_cache",
        value=round(spent.page_cache * MIB),
        why="the least that the system keeps files in; below it every read is one of a disk",
        formula=f"{choices.page_cache:g} x RAM",
        numbers=f"{choices.page_cache:g} x {ram} = {spent.page_cache:.0f} MB",
        source=JUDGEMENT,
    )
    yield Reason(
        name="room",
        value=round(spent.remaining * MIB),
        why="what sessions and their queries may take",
        formula="RAM - shared - system - maintenance - page_cache",
        numbers=f"{spent.ram:.0f} - {spent.shared:.0f} - {spent.os_reserve:.0f} - {spent.maintenance:.0f}"
        f" - {spent.page_cache:.0f} = {spent.remaining:.0f} MB",
        source=SUM,
        rests_on=("shared", "system", "maintenance", "page_cache"),
    )


def _maintenance(decision: Decision) -> Iterator[Reason]:
    spent = decision.room.budget
    ram = f"{spent.ram:.0f} MB"
    yield Reason(
        name="maintenance_work_mem",
        value=int(spent.maintenance_work_mem) * MIB,
        why="a sixteenth of the RAM, from 32MB to 2GB, for one VACUUM or CREATE INDEX at a time",
        formula="RAM / 16, between 32 MB and 2048 MB",
        numbers=f"{ram} / 16 = {spent.maintenance_work_mem:.0f} MB",
        source="as PgTune does",
    )
    yield Reason(
        name="autovacuum_work_mem",
        value=int(spent.autovacuum_work_mem) * MIB,
        why=f"a 64th of the RAM, from 16MB to 1GB, for each of {spent.autovacuum_workers} workers",
        formula="RAM / 64, between 16 MB and 1024 MB",
        numbers=f"{ram} / 64 = {spent.autovacuum_work_mem:.0f} MB",
        source=f"{JUDGEMENT}; before 17 a vacuum cannot use more than 1GB",
    )
    yield Reason(
        name="maintenance",
        value=round(spent.maintenance * MIB),
        why="one maintenance command and every autovacuum worker at once",
        formula="maintenance_work_mem + workers x autovacuum_work_mem",
        numbers=f"{spent.maintenance_work_mem:.0f} + {spent.autovacuum_workers} x {spent.autovacuum_work_mem:.0f}"
        f" = {spent.maintenance:.0f} MB",
        source=SUM,
        rests_on=("maintenance_work_mem", "autovacuum_work_mem"),
    )


def _system(basis: Basis, decision: Decision) -> Reason:
    spent, choices = decision.room.budget, basis.choices
    if basis.workload == "desktop":
        why, formula = "half of a desktop is there for other programs", f"{choices.desktop_share:g} x RAM"
    elif basis.in_container:
        why, formula = "in a container the system is elsewhere", f"{choices.os_least} MB"
    else:
        why = "for the system, its agents and ssh"
        formula = f"{choices.os_share:g} x RAM, between {choices.os_least} MB and {choices.os_most} MB"
    return Reason(
        name="system",
        value=round(spent.os_reserve * MIB),
        why=why,
        formula=formula,
        numbers=f"{spent.os_reserve:.0f} MB of {spent.ram:.0f} MB",
        source=JUDGEMENT,
    )


def _session(basis: Basis, decision: Decision) -> Reason:
    room, slot = decision.room, slot_mib(basis.max_locks_per_transaction)
    buffers = room.budget.shared_buffers
    tables = "0" if basis.huge_pages else f"{PAGE_TABLES_PER_GIB:g} x {buffers / 1024:.2f}"
    if basis.session_memory is not None:
        own, source = f"{basis.session_memory / MIB:.1f}", "measured on this server"
        formula = "measured + 2 MB x GB of shared_buffers without huge pages + slot"
    else:
        own = f"{HIGH.base_mib:g} + {basis.tables} x {HIGH.table_kib:g}/1024 + {basis.prepared} x "
        own += f"{HIGH.statement_kib:g}/1024" + (f" + {JIT:g}" if basis.jit else "")
        source = f"{MEASURED}, the upper end"
        formula = "warm session + tables + prepared statements + 2 MB x GB of shared_buffers without huge pages + slot"
    pages = "huge pages, so its page tables are small" if basis.huge_pages else "page tables for all of shared_buffers"
    return Reason(
        name="session",
        value=round(room.session * MIB),
        why=f"what a warm session owns alone, with its slot and {pages}",
        formula=formula,
        numbers=f"{own} + {tables} + {slot:.3f} = {room.session:.2f} MB",
        source=source,
        rests_on=("shared_buffers",),
    )


def _memory_allows(basis: Basis, decision: Decision) -> Reason:
    room, allows = decision.room, decision.limits["memory"]
    least = basis.choices.work_mem_least / basis.choices.work_mem_safety
    takers = room.queries.takers(allows)
    return Reason(
        name="memory_allows",
        value=allows,
        why=f"the most sessions that leave every query {basis.choices.work_mem_least}MB of work_mem",
        formula="N x session + processes at work x work_mem a query x 4 MB / 0.8 <= room",
        numbers=f"{allows} x {room.session:.2f} + {takers:g} x {room.queries.unit:g} x {least:g}"
        f" <= {room.budget.remaining:.0f} MB",
        source="the calculation",
        rests_on=("session", "room"),
    )


def _with_sessions(basis: Basis, decision: Decision) -> Iterator[Reason]:
    room, n, choices = decision.room, decision.connections, basis.choices
    queries, found = room.queries, decision.work_mem
    takers = queries.takers(n)
    at_work = queries.at_work(n)
    who = f"{at_work} of {n} at work at once" if decision.pooler is None else f"the pooler lets {at_work} work at once"
    yield Reason(
        name="backends",
        value=round(n * room.session * MIB),
        why=f"{n} warm sessions",
        formula="max_connections x session",
        numbers=f"{n} x {room.session:.2f} = {n * room.session:.0f} MB",
        source=SUM,
        rests_on=("max_connections", "session"),
    )
    yield Reason(
        name="work_mem",
        value=found.value * MIB,
        why=f"{who}, {queries.nodes} sorts or hashes each",
        formula="0.8 x (room - backends) / (processes at work x work_mem a query)",
        numbers=f"{choices.work_mem_safety:g} x ({room.budget.remaining:.0f} - {n * room.session:.0f})"
        f" / ({takers:g} x {queries.unit:g}) = {found.raw:.1f} MB{_limited(decision)}",
        source=f"{MEASURED}; nodes and the share at work are judgements",
        rests_on=("room", "backends"),
    )
    yield Reason(
        name="queries",
        value=round(promised(decision) * MIB),
        why=f"{choices.work_mem_safety:.0%} of it is promised as work_mem; some memory of a query obeys no work_mem",
        formula="processes at work x work_mem a query x work_mem / 0.8",
        numbers=f"{takers:g} x {queries.unit:g} x {found.value} / {choices.work_mem_safety:g}"
        f" = {promised(decision):.0f} MB",
        source=SUM,
        rests_on=("work_mem",),
    )
    is_desktop = basis.workload == "desktop"
    share = 0.25 if is_desktop else choices.effective_cache_size
    yield Reason(
        name="effective_cache_size",
        value=int(share * room.budget.ram) * MIB,
        why="what the planner may expect to be cached; nothing is allocated",
        formula=f"{share:g} x RAM",
        numbers=f"{share:g} x {room.budget.ram:.0f} MB",
        source=DOCUMENTATION,
    )


def promised(decision: Decision) -> float:
    """MiB that the queries at work are promised, with what obeys no work_mem."""
    room = decision.room
    takers = room.queries.takers(decision.connections)
    return takers * room.queries.unit * decision.work_mem.value / room.choices.work_mem_safety


def _limited(decision: Decision) -> str:
    room, found = decision.room, decision.work_mem
    if found.value == room.most and found.raw > room.most:
        return f"; {room.most} MB is enough for all, more belongs to single roles"
    if found.value < int(found.raw):
        return f"; {found.value} MB, so that all may work at once when the cache gives way"
    return ""
