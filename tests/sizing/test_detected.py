"""What a look at a server tells a sizing, and what it could not tell."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pgconn.model.process import Machine, Traffic, Tuning
from pgconn.sizing.calculate import size
from pgconn.sizing.detected import Found, found
from pgconn.sizing.request import Request
from tests.model.making import shop, snapshot

pytestmark = pytest.mark.offline

MB = 2**20
TUNING = Tuning(
    shared_buffers=128 * MB,
    work_mem=4 * MB,
    maintenance_work_mem=64 * MB,
    autovacuum_work_mem=None,
    effective_cache_size=4096 * MB,
    hash_mem_multiplier=1.0,
    max_locks_per_transaction=128,
    autovacuum_max_workers=5,
    idle_in_transaction_session_timeout=0.0,
    idle_session_timeout=0.0,
    huge_pages="try",
    huge_pages_on=None,
    jit=False,
    tables=1000,
    databases=3,
)
TRAFFIC = Traffic(
    transactions=100_000,
    active_seconds=1000.0,
    idle_in_transaction_seconds=500.0,
    since=datetime(2026, 11, 1, tzinfo=UTC),
    seconds=1000.0,
)
MACHINE = Machine(ram=8192 * MB, limit=None, cores=4.0, huge_pages=0, sessions=(2 * MB, 3 * MB, 4 * MB, 2 * MB, 2 * MB))


def look(machine: Machine | None = MACHINE, traffic: Traffic = TRAFFIC, **tuning: Any) -> Found:
    return found(shop(), msgspec.structs.replace(TUNING, **tuning), traffic, machine)


def test_the_machine_and_the_settings_are_the_start() -> None:
    request = look().request
    assert (request.ram, request.cores, request.session_memory) == (8192 * MB, 4.0, 4 * MB)
    assert (request.hash_mem_multiplier, request.max_locks_per_transaction) == (1.0, 128)
    assert request.autovacuum_max_workers == 5
    assert request.container is None


def test_a_limit_of_the_machine_is_a_container() -> None:
    limited = msgspec.structs.replace(MACHINE, limit=2048 * MB)
    assert look(limited).request.container == 2048 * MB
    assert size(Request(), look(limited).request).memory["ram"] == 2048 * MB


def test_from_afar_the_machine_is_not_known_and_that_is_said() -> None:
    seen = look(None)
    assert seen.request.ram is None
    assert "give --ram" in seen.notes[0]


def test_fresh_or_few_sessions_are_not_gone_by() -> None:
    for sessions, what in (((MB,) * 9, "fresh"), ((2 * MB,) * 4, "4 sessions"), ((), "0 sessions")):
        seen = look(msgspec.structs.replace(MACHINE, sessions=sessions))
        assert seen.request.session_memory is None
        assert what in seen.notes[0]
        assert ("run it as root" in seen.notes[0]) == (what != "fresh")


def test_where_nobody_is_there_to_be_looked_at_no_right_is_missing() -> None:
    alone = msgspec.structs.replace(MACHINE, sessions=())
    seen = found(snapshot(), TUNING, TRAFFIC, alone)
    assert seen.notes[0] == "there are 0 sessions to look at, and 5 are needed to go by their memory"


@pytest.mark.parametrize(
    ("setting", "status", "used", "on"),
    [
        ("try", None, 0, False),
        ("try", None, 9, True),
        ("off", None, 9, False),
        ("on", True, 0, True),
        ("try", False, 9, False),
    ],
)
def test_huge_pages_are_those_that_the_server_has(setting: str, status: bool | None, used: int, on: bool) -> None:
    machine = msgspec.structs.replace(MACHINE, huge_pages=used)
    assert look(machine, huge_pages=setting, huge_pages_on=status).request.huge_pages == on


def test_the_load_is_a_multiple_of_the_average() -> None:
    request = look().request
    assert (request.tps, request.hold, request.busy) == (300.0, 0.015, 0.667)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"transactions": 999}, "999 transactions since 2026-11-01 00:00"),
        ({"active_seconds": None}, "from PostgreSQL 14 on"),
        ({"active_seconds": 0.0, "idle_in_transaction_seconds": 0.0}, ""),
    ],
)
def test_a_load_that_nobody_counted_is_not_made_up(change: dict[str, Any], note: str) -> None:
    seen = look(traffic=msgspec.structs.replace(TRAFFIC, **change))
    assert (seen.request.tps, seen.request.hold) == (None, None)
    assert note in " ".join(seen.notes)


def test_a_schema_with_few_tables_bounds_what_a_session_touches() -> None:
    assert look(tables=30).request.tables == 30
    assert look(tables=5000).request.tables is None


def test_jit_is_told_and_taken_for_off() -> None:
    seen = look(jit=True)
    assert seen.request.jit is None
    assert any("jit is on" in note for note in seen.notes)


def test_what_is_now_stands_beside_what_should_be() -> None:
    current = look().current
    assert current["max_connections"] == shop().capacity.max_connections
    assert "autovacuum_work_mem" not in current
    answer = size(Request(ram=8192 * MB), look().request, current=current, notes=look().notes)
    assert answer.current == current
    assert answer.inputs["ram"].origin == "given"
    assert answer.inputs["cores"].origin == "detected"
