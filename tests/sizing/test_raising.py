"""What raising max_connections costs, and how it is done step by step."""

import csv
import io
import math
from typing import Final

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.data.provider import lookup, providers
from pgconn.documents.raising import Raising
from pgconn.documents.sizing import Reason
from pgconn.errors import WrongUsage
from pgconn.sizing.raising import raise_input, raising
from pgconn.sizing.request import NOTHING, Request
from pgconn.sizing.steps import processes as max_backends
from tests.render.pages import written

pytestmark = pytest.mark.offline

MIB: Final = 2**20
GIB: Final = 2**30


def named(reasons: tuple[Reason, ...]) -> dict[str, int]:
    return {reason.name: reason.value for reason in reasons if isinstance(reason.value, int)}


def of(start: int, to: int, **known: object) -> Raising:
    return raising(start, to, msgspec.convert(known, Request))


def test_from_100_to_500_costs_about_4_gigabytes_by_the_rule() -> None:
    assert named(raising(100, 500).costs)["textbook"] == 4000 * MIB


def test_the_places_themselves_cost_19_megabytes_until_17() -> None:
    cost = named(of(100, 500, pg_version=17).costs)["shared_memory"]
    assert cost / MIB == pytest.approx(400 * (0.0230 + 0.000387 * 64), rel=1e-4)
    assert 19 <= cost / MIB <= 20


def test_the_places_themselves_cost_30_megabytes_from_19_on_because_there_are_128_locks_for_each() -> None:
    """The server says 30 MB for these 400, 65 MB for 900 and 668 MB for 9900."""
    assert named(raising(100, 500).costs)["shared_memory"] == named(of(100, 500, pg_version=19).costs)["shared_memory"]
    for to, said in ((500, 30), (1000, 65), (2000, 124), (5000, 333), (10000, 668)):
        cost = named(of(100, to, pg_version=19).costs)["shared_memory"]
        assert cost / MIB == pytest.approx(said, rel=0.1)
    carried = named(of(100, 500, pg_version=19, max_locks_per_transaction=64).costs)["shared_memory"]
    assert carried / MIB == pytest.approx(21.8, abs=0.1)


@pytest.mark.parametrize(("ram", "huge_pages", "each"), [(8, False, 11.508), (8, True, 7.508), (64, False, 39.5)])
def test_sessions_in_use_cost_what_was_measured(ram: int, huge_pages: bool, each: float) -> None:
    cost = named(of(100, 500, ram=ram * GIB, huge_pages=huge_pages).costs)["warm"]
    assert cost / 400 / MIB == pytest.approx(each, rel=2e-3)


def test_without_the_ram_a_session_has_no_page_tables() -> None:
    assert named(raising(100, 500).costs)["warm"] / 400 / MIB == pytest.approx(7.508, rel=1e-3)


def test_a_session_that_was_measured_is_believed() -> None:
    measured = of(100, 500, ram=8 * GIB, session_memory=20 * MIB, huge_pages=True)
    assert named(measured.costs)["warm"] / 400 / MIB == pytest.approx(20.100, rel=1e-3)
    assert any("as seen on this server" in cost.why for cost in measured.costs)


def test_eight_gigabytes_hold_164_and_not_165() -> None:
    assert of(100, 164, ram=8 * GIB).fits
    too_many = of(100, 165, ram=8 * GIB)
    assert (too_many.fits, too_many.holds, too_many.advice) == (False, 164, "pooler")


def test_a_server_of_unknown_size_gets_no_verdict_on_its_memory() -> None:
    unknown = raising(100, 500)
    assert (unknown.fits, unknown.holds) == (None, None)


@pytest.mark.parametrize(
    ("start", "to", "cores", "advice"),
    [
        (100, 500, None, "pooler"),
        (100, 500, 4, "pooler"),
        (20, 40, None, "raise"),
        (20, 50, 16, "raise"),
        (40, 200, 16, "both"),
        (40, 501, 16, "pooler"),
    ],
)
def test_it_advises_what_is_cheaper(start: int, to: int, cores: int | None, advice: str) -> None:
    assert raising(start, to, Request(cores=cores)).advice == advice


def test_a_pooler_needs_no_more_slots_where_those_of_now_are_enough() -> None:
    enough = named(raising(100, 500).pooler)
    assert (enough["server_connections"], enough["further_slots"]) == (50, 0)
    assert enough["open_files"] == 500 + 10 + 2 + 50 * 2
    few = named(raising(20, 500, Request(cores=16)).pooler)
    assert (few["server_connections"], few["further_slots"]) == (64, 64 - 17)


def test_applications_get_what_is_not_reserved_and_the_alert_is_at_80_percent() -> None:
    slots = of(100, 500, superuser_reserved=3, reserved=2, pg_version=18).slots
    assert slots == {"from": 100, "to": 500, "added": 400, "usable_before": 95, "usable": 495, "alert": 396}


def test_standbys_come_first_and_the_primary_needs_a_restart() -> None:
    moves = raising(100, 500).moves
    assert [move.sql for move in moves[:3]] == ["ALTER SYSTEM SET max_connections = 500"] * 2 + [None]
    assert "every standby first" in moves[0].action
    assert [move.restarts for move in moves[:3]] == [True, False, True]
    assert not any(move.restarts for move in moves[3:])


@pytest.mark.parametrize("provider", providers(), ids=lambda provider: provider.name)
def test_a_managed_server_is_changed_by_its_provider_alone(provider: object) -> None:
    name = provider.name  # type: ignore[attr-defined]
    document = raising(100, 500, Request(provider=name))
    assert not any(move.sql for move in document.moves)
    assert not any("pg_ctl" in (move.command or "") for move in document.moves)
    assert sum(move.restarts for move in document.moves) >= 1
    assert not any("NUMBER" in (move.command or "") + move.action for move in document.moves)
    assert bool(document.needs) == (name == "Spilo")
    assert "there" in {reason.name for reason in document.pooler}
    replicas_first = "read replica first" in document.moves[0].action
    assert replicas_first == (lookup(name).place not in ("plan", "manifest"))


def test_the_reserve_of_a_provider_counts() -> None:
    slots = raising(100, 500, Request(provider="Azure", instance_class="D2")).slots
    assert (slots["usable_before"], slots["usable"]) == (85, 485)


def test_what_a_provider_gives_without_being_asked_is_said() -> None:
    document = of(100, 500, provider="Aurora", instance_class="db.r6g.large")
    (default,) = (reason for reason in document.reasons if reason.name == "default")
    assert default.value == "1722 by default"
    assert "db.r6g.large" in default.why


def test_a_pooler_never_opens_more_connections_than_it_has_clients() -> None:
    assert named(raising(20, 50, Request(cores=64)).pooler)["server_connections"] == 50


def test_more_than_a_provider_allows_goes_to_a_pooler() -> None:
    document = raising(4000, 5001, Request(provider="Azure", instance_class="D16"))
    assert document.advice == "pooler"
    assert "5000 that are allowed there" in document.reasons[0].why


@pytest.mark.parametrize(("version", "processes"), [(13, 522), (17, 522), (18, 536)])
def test_the_system_must_grant_a_process_for_each_place(version: int, processes: int) -> None:
    assert max_backends(500, version) == processes
    needs = named(raising(100, 500, Request(pg_version=version)).needs)
    assert needs["processes"] >= processes
    assert needs["open_files"] == needs["processes"] * 1000


def test_semaphores_come_in_sets_of_sixteen_with_one_more() -> None:
    (semaphores,) = (need for need in raising(100, 500).needs if need.name == "semaphores")
    assert isinstance(semaphores.value, int)
    sets = math.ceil(semaphores.value / 16)
    assert f"SEMMNI must be {sets} and SEMMNS {17 * sets}" in semaphores.why


def test_huge_pages_grow_with_the_places() -> None:
    assert "huge_pages" not in named(raising(100, 500).needs)
    assert named(raising(100, 500, Request(huge_pages=True)).needs)["huge_pages"] == 16
    assert named(of(100, 500, huge_pages=True, pg_version=17).needs)["huge_pages"] == 10


@pytest.mark.parametrize(("start", "to"), [(0, 10), (-5, 10), (100, 100), (100, 50), (100, 262_144), (3, 100)])
def test_what_is_no_raising_is_refused(start: int, to: int) -> None:
    with pytest.raises(WrongUsage) as refused:
        raising(start, to)
    assert refused.value.hint


def test_what_it_starts_from_is_said_and_how_it_is_known() -> None:
    document = raising(100, 500, Request(ram=8 * GIB), Request(ram=16 * GIB, cores=4))
    inputs = {name: (one.value, one.origin) for name, one in document.inputs.items()}
    assert inputs == {
        "from": (100, "given"),
        "to": (500, "given"),
        "ram": (8 * GIB, "given"),
        "cores": (4, "detected"),
    }


def test_what_is_said_of_sessions_counts_also_where_the_ram_is_unknown() -> None:
    usual, heavy = (raising(100, 500, given) for given in (Request(), Request(tables=5000, prepared=0, jit=True)))
    (before, after) = (named(document.costs)["warm"] for document in (usual, heavy))
    assert after - before > 400 * (69 + 40) * 2**20
    assert "5000 tables and 0 prepared statements each, a compilation" in heavy.costs[1].why


def test_every_number_has_its_reason_and_its_source() -> None:
    document = of(100, 500, ram=8 * GIB, provider="RDS", instance_class="db.m6g.large")
    for reason in (*document.costs, *document.needs, *document.pooler, *document.reasons):
        assert reason.why
        assert reason.source


def test_it_is_shown_in_every_format() -> None:
    document = of(100, 500, ram=8 * GIB, cores=4)
    narrow = written(document, "table")
    wide = written(document, "table", width=160)
    for text in (narrow, wide, written(document, "plain"), written(document, "markdown")):
        assert "a pooler is cheaper" in text
        assert "164" in text
        assert "3.9GB" in text
    assert max(map(len, narrow.splitlines())) <= 80
    rows = list(csv.DictReader(io.StringIO(written(document, "csv"))))
    assert {row["what"] for row in rows} == {"slots", "cost", "need", "pooler", "reason", "move"}
    assert [row["value"] for row in rows if row["name"] == "textbook"] == [str(4000 * MIB)]


@given(st.integers(5, 5000), st.integers(1, 5000), st.integers(1, 64))
def test_a_pooler_never_needs_more_memory_than_as_many_sessions(start: int, added: int, cores: int) -> None:
    known = Request(cores=cores)
    document = raising(start, start + added, known)
    costs = named(document.costs)
    assert costs["shared_memory"] < costs["idle"] < costs["warm"] < costs["textbook"]
    assert (document.advice == "raise") <= (named(document.pooler)["server_connections"] >= start + added)
    assert (
        named(document.pooler)["memory"] < (start + added) * raise_input(known, NOTHING).warm_session
        or document.advice != "pooler"
    )
