"""The whole answer: what holds for all of them."""

import re
from typing import Any, Final

import pytest
from hypothesis import given, settings, strategies as st

from pgconn.documents.sizing import Sizing
from pgconn.render.blocks import Facts
from pgconn.render.views import ViewOptions, blocks_of
from pgconn.sizing.calculate import size
from pgconn.sizing.demand import Service, Surge
from pgconn.sizing.measured import GIB, MIB
from pgconn.sizing.request import Request
from pgconn.sizing.verdict import ram_for
from tests.render.pages import written

pytestmark = pytest.mark.offline

SURGES: Final = st.sampled_from([Surge(deploy="slow"), Surge(deploy="fast"), Surge(deploy="recreate"), Surge(more=2)])
SERVICES: Final = st.lists(
    st.builds(
        Service,
        app=st.sampled_from(["web", "jobs", "api"]),
        instances=st.integers(1, 40),
        workers=st.integers(1, 6),
        pool=st.none() | st.integers(1, 30),
        surge=st.none() | SURGES,
    ),
    max_size=3,
    unique_by=lambda service: service.app,
).map(tuple)
REQUESTS: Final = st.builds(
    Request,
    ram=st.integers(128 * MIB, 512 * GIB),
    container=st.none() | st.integers(128 * MIB, 64 * GIB),
    cores=st.none() | st.floats(0.5, 128),
    storage=st.none() | st.sampled_from(["ssd", "hdd", "san", "nvme"]),
    workload=st.none() | st.sampled_from(["web", "oltp", "dw", "mixed", "desktop"]),
    pg_version=st.none() | st.integers(13, 19),
    max_connections=st.none() | st.integers(10, 2000),
    huge_pages=st.none() | st.booleans(),
    jit=st.none() | st.booleans(),
    services=SERVICES,
    surge=st.none() | SURGES,
    pooler=st.none() | st.just("pgbouncer"),
    processes=st.none() | st.integers(1, 4),
    sessions=st.none() | st.integers(0, 400),
    superusers=st.none() | st.integers(0, 5),
)


def parts(sizing: Sizing) -> int:
    return sum(part for name, part in sizing.memory.items() if name != "ram")


@given(REQUESTS)
@settings(max_examples=150)
def test_every_answer_holds_together(request: Request) -> None:
    found = size(request)
    chosen, slots = found.settings, found.slots
    assert parts(found) == found.memory["ram"] == min(request.ram or 0, request.container or request.ram or 0)
    if "max_connections" in chosen:
        assert int(chosen["max_connections"]) > sum(
            slots[name] for name in ("superuser_reserved", "reserved", "provider_reserved")
        )
        assert int(chosen["max_connections"]) <= slots["memory_allows"]
        assert int(chosen["work_mem"]) >= 4 * MIB
        assert found.memory["page_cache"] >= 0
    else:
        assert not found.fits
        assert "work_mem" not in chosen
    if not found.pgbouncer:
        assert sum(pool.peak for pool in found.pools) <= slots["for_pools"]
    elif found.fits:
        assert int(found.pgbouncer["server_connections"]) <= slots["for_pools"]
    if found.fits and not request.pooler:
        assert all(pool.asked in (None, pool.pool_size) and pool.pool_size for pool in found.pools)
    if found.fits and request.max_connections:
        assert chosen["max_connections"] == request.max_connections


@given(REQUESTS)
@settings(max_examples=60)
def test_every_answer_can_be_shown(request: Request) -> None:
    found = size(request)
    for options in (ViewOptions(), ViewOptions(explained=True)):
        assert all(len(line) <= 80 for line in written(found, "table", options).splitlines())
        assert written(found, "markdown", options)
    assert written(found, "csv")
    for fact in (fact for block in blocks_of(found, ViewOptions()) if isinstance(block, Facts) for fact in block.facts):
        if fact.label == "memory":
            *shown, whole = map(int, re.findall(r"-?\b\d+\b", fact.text))
            assert sum(shown) == whole


@given(REQUESTS)
@settings(max_examples=60)
def test_every_reason_rests_on_reasons_that_are_there(request: Request) -> None:
    reasons = {reason.name: reason for reason in size(request).reasons}
    for reason in reasons.values():
        assert reason.why
        assert reason.source
        missing = set(reason.rests_on) - set(reasons)
        assert not missing, reason.name


@given(REQUESTS)
@settings(max_examples=60)
def test_a_number_and_its_reason_say_the_same(request: Request) -> None:
    found = size(request)
    answer = found.settings | found.slots | found.pgbouncer
    reasons = {reason.name: reason.value for reason in found.reasons}
    assert {name: reasons[name] for name in answer if name in reasons} == {
        name: value for name, value in answer.items() if name in reasons
    }
    assert "server_connections" in reasons or not found.pgbouncer


def test_every_setting_and_every_number_of_the_answer_has_its_reason() -> None:
    services = (Service(app="web", instances=4, workers=2), Service(app="jobs", instances=2, pool=5))
    found = size(Request(ram=8 * GIB, services=services, tps=100.0, hold=0.01, pooler="pgbouncer"))
    named = {reason.name for reason in found.reasons}
    assert set(found.settings) <= named
    assert {"usable", "alert", "page", "memory_allows", "active", "load", "pool web", "pool jobs"} <= named
    assert {"default_pool_size", "reserve_pool_size", "max_db_connections", "max_client_conn", "LimitNOFILE"} <= named
    assert set(found.memory) - {"ram"} <= named


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, "fits: 8GB hold 100 sessions with 10MB of work_mem"),
        (
            {"services": (Service(app="web", instances=5, pool=4),)},
            "fits: 40 connections while a deploy rolls stay below the alert at 76 of 95",
        ),
        (
            {"max_connections": 200},
            (
                "max_connections 200 does NOT fit into 8GB: 200 warm sessions leave 827.7MB for queries that"
                " need 1.5GB; 164 fit"
            ),
        ),
        (
            {"max_connections": 500},
            (
                "max_connections 500 does NOT fit into 8GB: 500 warm sessions leave nothing for queries that"
                " need 3.7GB; 164 fit"
            ),
        ),
        ({"ram": 512 * MIB}, "does NOT fit: 512MB hold 4 warm sessions, and 5 slots are reserved"),
        (
            {"max_connections": 150, "provider": "X", "provider_limit": 60},
            "max_connections 150 does NOT fit: X allows 60",
        ),
        ({"sessions": 150}, "does NOT fit: 150 sessions need max_connections 200, and the memory of 8GB holds 164"),
        (
            {"services": (Service(app="web", instances=5, pool=4),), "max_connections": 40},
            (
                "does NOT fit: 20 connections of applications, 40 while a deploy rolls need max_connections 70, and"
                " 40 were given. With PgBouncer between, as below, max_connections 40 is enough"
            ),
        ),
        (
            {"services": (Service(app="web", instances=10),), "surge": Surge(deploy="fast")},
            "fits: 65 connections while a deploy rolls stay below the alert at 76 of 95",
        ),
        (
            {"services": (Service(app="web", instances=2, pool=4),), "direct": 500},
            (
                "does NOT fit: 8 connections of applications, 16 while a deploy rolls and 500 beside them need"
                " max_connections 650, and the memory of 8GB holds 164"
            ),
        ),
        (
            {"tps": 10_000.0, "hold": 1.0},
            "does NOT fit: 12500 connections for this load need max_connections 15640, and the memory of 8GB holds 164",
        ),
        (
            {"pooler": "pgbouncer", "max_connections": 400},
            (
                "max_connections 400 does NOT fit into 8GB: 400 warm sessions leave nothing for queries that need"
                " 750MB; 206 fit, and behind PgBouncer 90 are enough"
            ),
        ),
        (
            {"pooler": "pgbouncer", "max_connections": 10},
            "does NOT fit: PgBouncer's pools may open 1 connection, and 0 are below the alert",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else None,
)
def test_the_verdict_says_it_in_words(known: dict[str, Any], verdict: str) -> None:
    assert size(Request(**{"ram": 8 * GIB} | known)).verdict == verdict


def test_what_would_make_it_fit_is_said() -> None:
    notes = size(Request(ram=8 * GIB, max_connections=200)).notes
    assert notes == (
        "with huge pages 208 sessions fit, which is enough: huge_pages and vm.nr_hugepages",
        "200 sessions need 11GB of RAM without huge pages",
    )
    assert size(Request(ram=11 * GIB, max_connections=200)).fits
    assert not size(Request(ram=10 * GIB, max_connections=200)).fits


def test_behind_a_pooler_the_ram_that_is_needed_is_that_of_what_it_lets_through() -> None:
    asked: dict[str, Any] = {"max_connections": 400, "pooler": "pgbouncer"}
    assert "400 sessions need 20GB of RAM without huge pages" in size(Request(ram=8 * GIB, **asked)).notes
    assert size(Request(ram=20 * GIB, **asked)).fits
    assert not size(Request(ram=19 * GIB, **asked)).fits


def test_nobody_is_woken_before_somebody_is_to_look() -> None:
    slots = size(Request(ram=8 * GIB, utilisation=1.0)).slots
    assert slots["alert"] == slots["page"] == slots["usable"]


def test_a_number_that_no_ram_holds_is_not_promised() -> None:
    from pgconn.sizing.assumptions import Assumptions
    from pgconn.sizing.request import resolve

    basis = resolve(Request(ram=8 * GIB), Request(), Assumptions())
    assert ram_for(basis, 2000) is None


def test_more_than_pays_is_warned_of() -> None:
    found = size(Request(ram=256 * GIB, max_connections=800, huge_pages=True))
    assert found.fits
    assert any("cost more than they bring" in note for note in found.notes)


def test_the_ranges_are_those_of_the_measurements() -> None:
    ranges = size(Request(ram=8 * GIB)).ranges
    assert (ranges["memory_allows"].low, ranges["memory_allows"].likely, ranges["memory_allows"].high) == (
        164,
        180,
        198,
    )
    assert (ranges["work_mem"].low, ranges["work_mem"].likely, ranges["work_mem"].high) == (5 * MIB, 10 * MIB, 21 * MIB)


def test_the_name_of_an_application_does_nothing_on_a_page() -> None:
    name = "\x1b[31m[red]<b>|x"
    found = size(Request(ram=8 * GIB, services=(Service(app=name, instances=1, pool=1),)))
    assert "\x1b" not in written(found, "table")
    assert "<b>" not in written(found, "markdown")
