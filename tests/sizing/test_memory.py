"""The memory of a server: what was measured, how many sessions fit, and what is left for work_mem."""

from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.data.versions import version
from pgconn.sizing.assumptions import NODES, WORK_MEM_MOST, Assumptions, Workload
from pgconn.sizing.measured import HIGH, LIKELY, LOW, Footprint, page_tables_mib, shared_mib, slot_mib, slots_mib
from pgconn.sizing.memory import Budget, Habits, Queries, Room

pytestmark = pytest.mark.offline

ASSUMPTIONS: Final = Assumptions()
TABLE: Final = [
    line.split("\t")
    for line in (Path(__file__).parent / "memory.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
WORKLOADS: Final = st.sampled_from(sorted(NODES))
RAMS: Final = st.integers(512, 2**20)


def room(
    ram: float,
    workload: str = "web",
    *,
    huge_pages: bool = False,
    tables: int = 200,
    jit: bool = False,
    hash_mem_multiplier: float = 2.0,
    parallel: int = 0,
    active: int | None = None,
    footprint: Footprint = HIGH,
) -> Room:
    """The room of a machine with so many MiB."""
    habits = Habits(
        tables=tables, prepared=100, jit=jit, huge_pages=huge_pages, max_locks_per_transaction=64, pg_version=17
    )
    queries = Queries(
        workload=msgspec.convert(workload, Workload),
        hash_mem_multiplier=hash_mem_multiplier,
        active_share=ASSUMPTIONS.active_share,
        active=active,
        parallel=parallel,
    )
    return Room(budget=Budget(ram=ram), habits=habits, queries=queries, footprint=footprint)


@pytest.mark.parametrize("row", TABLE[1:], ids=lambda row: " ".join(row[:3]))
def test_what_fits_is_what_was_worked_out(row: list[str]) -> None:
    ram, workload, huge_pages, remaining, session, most, *left = row
    found = room(float(ram), workload, huge_pages=huge_pages == "on")
    assert found.budget.remaining == pytest.approx(float(remaining), abs=1e-4)
    assert found.session == pytest.approx(float(session), abs=1e-6)
    assert found.connections() == int(most)
    for connections, raw in zip(TABLE[0][6:], left, strict=True):
        work_mem = found.work_mem(int(connections))
        assert work_mem.raw == pytest.approx(float(raw), abs=1e-3)
        assert work_mem.fits == (float(raw) >= 4)
        assert work_mem.value == min(max(4, int(float(raw))), WORK_MEM_MOST[workload])


def test_8_gib_and_100_slots_by_hand() -> None:
    found = room(8192)
    parts = (found.budget.system, found.budget.shared, found.budget.maintenance, found.budget.page_cache)
    assert parts == pytest.approx((819.2, 2118.5984, 896, 1228.8))
    assert found.session == pytest.approx(3.6 + 2.1484 + 1.6602 + 4.0 + 0.0478, abs=1e-3)
    assert (found.connections(), found.work_mem(100).value) == (164, 10)
    assert (found.work_mem(100, 1.0).value, found.work_mem(100, 0.25).value) == (5, 21)
    assert room(8192, huge_pages=True).connections() == 208


def test_8_gib_and_200_slots_do_not_fit_without_huge_pages() -> None:
    assert not room(8192).work_mem(200).fits
    assert room(8192).left(200) == pytest.approx(838.1, abs=0.1)
    assert room(8192, huge_pages=True).work_mem(200).raw == pytest.approx(4.37, abs=0.01)


@pytest.mark.parametrize(
    ("found", "most", "connections", "raw"),
    [
        (room(8192, tables=5000), 44, 100, -16.919918),
        (room(8192, hash_mem_multiplier=8.0), 92, 100, 3.526694),
        (room(32768, "dw", parallel=2), 249, 40, 30.6956),
        (room(8192, jit=True), 35, 100, -26.2),
        (room(1024), 22, 20, 4.851946),
        (room(4096), 91, 50, 11.5),
        (room(65536, huge_pages=True), 2124, 300, 52.1),
        (room(65536), 676, 300, 35.1),
    ],
    ids=["many tables", "large hashes", "parallel", "jit", "1 GiB", "4 GiB", "64 GiB huge pages", "64 GiB"],
)
def test_what_sessions_do_decides_how_many_fit(found: Room, most: int, connections: int, raw: float) -> None:
    assert found.connections() == most
    assert found.work_mem(connections).raw == pytest.approx(raw, rel=0.02)


@pytest.mark.parametrize(("footprint", "most"), [(HIGH, 164), (LIKELY, 180), (LOW, 198)])
def test_the_uncertainty_of_a_session_is_a_range_of_connections(footprint: Footprint, most: int) -> None:
    assert room(8192, footprint=footprint).connections() == most


MEASURED: Final = {
    # Own memory in MiB, on 13 to 18 and with two ways to build 15: fresh, after the first query, with 1000 tables,
    # and with 1000 prepared statements more.
    "13": (1.10, 1.48, 10.41, 15.31),
    "14": (1.12, 1.64, 10.45, 15.34),
    "15": (1.19, 1.60, 10.48, 15.40),
    "15 with jit, wider tables": (1.25, 3.60, 13.47, 20.26),
    "16": (1.18, 1.62, 9.33, 11.17),
    "17": (1.20, 1.65, 9.21, 15.41),
    "18": (1.27, 1.75, 10.47, 15.62),
}


@pytest.mark.parametrize("version", MEASURED)
def test_what_sessions_were_seen_to_own_is_within_the_range(version: str) -> None:
    fresh, warm, many, _ = MEASURED[version]
    assert fresh < LOW.base_mib
    assert warm <= HIGH.base_mib
    assert LOW.mib(1000, 0) * 0.9 <= many <= HIGH.mib(1000, 0)


@pytest.mark.parametrize("grown", [3.84, 3.94, 3.95, 3.99])
def test_page_tables_are_2_mib_for_each_gib_that_was_touched(grown: float) -> None:
    fresh, touched_gib = 0.2, 1.88
    assert page_tables_mib(touched_gib * 1024, huge_pages=False) == pytest.approx(grown - fresh, rel=0.05)
    assert page_tables_mib(touched_gib * 1024, huge_pages=True) == 0


SHARED: Final = {
    # shared_buffers in MB, max_locks_per_transaction: shared_memory_size in MB with 100, 500, 1000, 5000 connections
    (128, 64): (143, 163, 184, 378),
    (128, 256): (152, 202, 257, 749),
    (1024, 64): (1074, 1094, 1115, 1308),
    (1024, 256): (1083, 1133, 1188, 1680),
    (2048, 64): (2120, 2140, 2162, 2355),
    (2048, 256): (2129, 2180, 2234, 2726),
    (8192, 64): (8399, 8419, 8441, 8634),
    (8192, 256): (8408, 8459, 8513, 9005),
    (32768, 64): (33516, 33535, 33557, 33750),
    (32768, 256): (33524, 33575, 33629, 34122),
    (131072, 64): (133825, 133845, 133866, 134060),
    (131072, 256): (133834, 133885, 133939, 134431),
}


@pytest.mark.parametrize("case", SHARED, ids=str)
def test_shared_memory_is_what_postgresql_says_it_is(case: tuple[int, int]) -> None:
    buffers, locks = case
    for connections, size in zip((100, 500, 1000, 5000), SHARED[case], strict=True):
        found = shared_mib(buffers) + slots_mib(connections, locks, 17, buffers)
        assert found == pytest.approx(size, abs=37)


SHARED_19: Final = {
    # The same of 19, where 128 locks are the default, and 10000 connections as the fifth.
    (128, 64): (150, 171, 194, 371, 593),
    (128, 128): (153, 183, 218, 486, 821),
    (128, 256): (159, 208, 266, 714, 1276),
    (1024, 64): (1085, 1117, 1156, 1363, 1590),
    (1024, 128): (1089, 1129, 1180, 1478, 1817),
    (1024, 256): (1095, 1154, 1228, 1706, 2273),
}


@pytest.mark.parametrize("case", SHARED_19, ids=str)
def test_shared_memory_of_19_is_within_the_same_bounds(case: tuple[int, int]) -> None:
    buffers, locks = case
    for connections, size in zip((100, 500, 1000, 5000, 10000), SHARED_19[case], strict=True):
        found = shared_mib(buffers) + slots_mib(connections, locks, 19, buffers)
        assert found == pytest.approx(size, abs=37, rel=0.01)


def test_a_slot_of_19_takes_less_at_the_same_setting_and_more_by_default() -> None:
    assert slot_mib(64, 19) < slot_mib(64, 18)
    for major, kib in ((17, 48.9), (18, 48.9), (19, 69.6)):
        locks = version(major).max_locks_per_transaction
        assert slot_mib(locks, major, io_handles=0) * 1024 == pytest.approx(kib, abs=0.1)


RAISED: Final = {
    # Version, shared_buffers in MB: shared_memory_size in MB with 100, 500, 1000, 2000, 5000 connections by default
    (18, 2048): (2142, 2174, 2215, 2290, 2503),
    (19, 128): (153, 183, 218, 277, 486),
    (19, 2048): (2144, 2185, 2235, 2328, 2600),
}


@pytest.mark.parametrize("case", RAISED, ids=str)
def test_from_18_on_a_slot_has_handles_for_io_as_long_as_there_are_buffers_for_them(case: tuple[int, int]) -> None:
    major, buffers = case
    locks, (first, *others) = version(major).max_locks_per_transaction, RAISED[case]
    start = slots_mib(100, locks, major, buffers)
    for to, size in zip((500, 1000, 2000, 5000), others, strict=True):
        assert slots_mib(to, locks, major, buffers) - start == pytest.approx(size - first, rel=0.1)


OTHERS: Final = {
    # Answers of calculators for 8 GiB and 4 cores: shared_buffers, connections, work_mem, maintenance thrice, and what
    # they promise when every connection runs a query with two hashes; all in MB.
    "rule of thumb": (2048, 200, 10.24, 1536, 14058),
    "pgtune": (2048, 200, 10.04, 1536, 13897),
    "pgtune classic": (2048, 200, 5.12, 1536, 9961),
    "pgtune of 2010": (2048, 200, 40.96, 1536, 38634),
    "timescaledb-tune": (2048, 200, 8.0, 3072, 13802),
    "pgconfig web": (2048, 200, 10.24, 1229, 13751),
    "pgconfig oltp": (2048, 200, 14.34, 1229, 17031),
    "pgconfig dw": (2048, 200, 20.48, 1229, 21943),
    "autobase": (2048, 1000, 64, 1536, 270993),
    "pgtune 1000": (2048, 1000, 4, 1536, 30993),
    "pgtune 5000": (2048, 5000, 4, 1536, 140627),
    "a provider's default": (2048, 844, 4, 384, 25565),
    "ours": (2048, 100, 10, 384, 7573),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_other_calculators_promise_8_gib(name: str) -> None:
    buffers, connections, work_mem, maintenance, promised = OTHERS[name]
    session = room(8192).session - slot_mib(64, 17)
    taken = buffers + maintenance + connections * (session + 2 * 2.0 * work_mem)
    assert taken == pytest.approx(promised, abs=3)
    fits = room(8192).connections() >= connections and room(8192).fits_all_at_once(connections, int(work_mem))
    assert fits == (name == "ours")


@given(ram=RAMS, more=st.integers(0, 2**19), workload=WORKLOADS, connections=st.integers(1, 500))
def test_more_ram_never_gives_less(ram: int, more: int, workload: str, connections: int) -> None:
    small, large = room(ram, workload), room(ram + more, workload)
    assert large.connections() >= small.connections()
    assert large.prudent(connections).value >= small.prudent(connections).value


@given(ram=RAMS, workload=WORKLOADS, connections=st.integers(1, 2000), more=st.integers(0, 2000))
def test_more_connections_never_get_more_work_mem(ram: int, workload: str, connections: int, more: int) -> None:
    found = room(ram, workload)
    assert found.prudent(connections + more).value <= found.prudent(connections).value


@given(ram=RAMS, workload=WORKLOADS, connections=st.integers(1, 2000))
def test_huge_pages_never_lower_anything(ram: int, workload: str, connections: int) -> None:
    without, with_them = room(ram, workload), room(ram, workload, huge_pages=True)
    assert with_them.connections() >= without.connections()
    assert with_them.prudent(connections).value >= without.prudent(connections).value


@given(ram=RAMS, workload=WORKLOADS, connections=st.integers(1, 2000))
def test_a_work_mem_that_fits_fits(ram: int, workload: str, connections: int) -> None:
    found = room(ram, workload)
    work_mem = found.prudent(connections)
    assert work_mem.value >= ASSUMPTIONS.work_mem_least
    assert work_mem.fits == (connections <= found.connections())
    if work_mem.fits:
        promised = found.queries.unit * found.queries.takers(connections) * work_mem.value
        assert promised <= 0.8 * found.left(connections) + 1e-6
