"""What an idle session is to a pooler, and what its end costs then."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from pgconn.actions.impact import Impact, Losses
from pgconn.actions.planning import Request, plan
from pgconn.actions.pooled import Pooled, Pools, is_reset
from pgconn.actions.protections import Protections
from pgconn.model.session import ACTIVE, IDLE, IDLE_IN_TRANSACTION, STARTING, Session
from tests.model.making import SESSIONS, session, snapshot

pytestmark = pytest.mark.offline

ODYSSEY = (
    "SET SESSION AUTHORIZATION DEFAULT;RESET ALL;CLOSE ALL;UNLISTEN *;SELECT pg_advisory_unlock_all();"
    "DISCARD PLANS;DISCARD SEQUENCES;DISCARD TEMP;"
)
DEADPOOL = (
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all();"
    " DISCARD TEMP; DISCARD SEQUENCES;"
)
FREE_5 = Request(command="free", states=(IDLE,), count=5)


def of(one: Session, *others: Session) -> Pooled | None:
    return Pools([one, *others]).of(one)


@pytest.mark.parametrize(
    "query",
    [
        "DISCARD ALL",
        "DISCARD ALL;",
        "  discard\n all ; ",
        ODYSSEY,
        "RESET ALL; SET SESSION AUTHORIZATION DEFAULT",
        "ROLLBACK; DISCARD ALL",
        "ABORT;DISCARD ALL",
        "DEALLOCATE ALL",
        "deallocate prepare all; reset role",
        "RESET ROLE; RESET ALL",
        "discard all; set statement_timeout to default",
        "DISCARD ALL; SET ROLE NONE;",
        "select pg_catalog.pg_advisory_unlock_all(); reset session authorization",
    ],
)
def test_the_resets_of_poolers_are_resets(query: str) -> None:
    assert is_reset(query)


@pytest.mark.parametrize(
    "query",
    [
        None,
        "",
        ";",
        "select 1",
        "ROLLBACK",
        "commit; select 1",
        "RESET search_path",
        "DISCARD ALL; select 1",
        "DISCARD TEMP",
        "select 'discard all'",
        "-- discard all",
        "insert into log values ('x'); DISCARD ALL",
        "SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;",
        "discard all" + " " * 5000,
        DEADPOOL,
    ],
)
def test_what_a_client_or_the_pool_inside_it_sends_is_no_reset(query: str | None) -> None:
    assert not is_reset(query)


@pytest.mark.parametrize("query", ["DISCARD ALL", "discard all;", "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL"])
@pytest.mark.parametrize("name", ["", "web"])
def test_one_statement_may_be_pgpools_reset_of_the_client_before(query: str, name: str) -> None:
    """Pgpool-II gives a client its session at the login, and sends each statement of its reset by itself."""
    one = session(1, application_name=name, query=query)
    assert of(one, session(2, application_name="worker"), session(3, application_name="")) is (Pooled.FREE_OR_LOGGED_IN)


@pytest.mark.parametrize("query", [ODYSSEY, "RESET ALL; SET SESSION AUTHORIZATION DEFAULT", "ROLLBACK;DISCARD ALL;"])
def test_a_reset_session_without_a_name_is_free_where_the_reset_is_not_pgpools(query: str) -> None:
    assert of(session(application_name="", query=query)) is Pooled.FREE


def test_a_reset_session_is_free_where_a_client_stands_behind_a_name_which_pgpool_does_not_do() -> None:
    free, named = session(1, application_name="", query="DISCARD ALL"), "web - 10.0.0.7:41288"
    assert of(free, session(2, application_name=named)) is Pooled.FREE
    assert of(session(1, application_name=named, query="DISCARD ALL")) is Pooled.FREE
    assert of(free, session(2, application_name=named, user="other")) is Pooled.FREE_OR_LOGGED_IN
    assert of(free, session(2, application_name=named, client_addr="10.0.0.8")) is Pooled.FREE_OR_LOGGED_IN


@pytest.mark.parametrize(("query", "free"), [(ODYSSEY, Pooled.FREE), ("DISCARD ALL", Pooled.FREE_OR_LOGGED_IN)])
def test_a_reset_session_with_the_name_of_the_last_client_is_free_where_several_applications_share_the_pool(
    query: str, free: Pooled
) -> None:
    one = session(1, application_name="web", query=query)
    assert of(one, session(2, application_name="worker")) is free
    assert of(one, session(2, application_name="worker", user="other")) is Pooled.RETURNED
    assert of(one, session(2, application_name="worker", client_addr="10.0.0.8")) is Pooled.RETURNED
    assert of(one, session(2, application_name="pgconn")) is Pooled.RETURNED


def test_beside_free_ones_an_idle_session_has_a_client() -> None:
    free = session(1, application_name="", query="DISCARD ALL")
    assert of(session(2), free) is Pooled.LENT
    assert of(session(2, client_addr="10.0.0.8"), free) is None
    assert of(session(2, database="other"), free) is None


@pytest.mark.parametrize("query", ["DISCARD ALL", ODYSSEY])
@pytest.mark.parametrize("beside", ["web", "web - 10.0.0.7:41288"])
def test_beside_free_ones_a_session_that_has_asked_nothing_is_a_poolers_or_a_clients(query: str, beside: str) -> None:
    free, other = session(1, application_name="", query=query), session(3, application_name=beside)
    assert of(session(2, application_name="", query=""), free, other) is Pooled.UNUSED
    assert of(session(2, application_name="web", query=""), free, other) is Pooled.LENT
    assert of(session(2, application_name="", query="")) is None


def test_the_pool_inside_an_application_that_resets_its_sessions_makes_no_session_a_poolers() -> None:
    back = session(1, application_name="web", query="DISCARD ALL")
    assert of(session(2, application_name="web"), back) is None


def test_without_a_reset_many_applications_or_a_client_behind_the_name_are_perhaps_free() -> None:
    named = [session(number, application_name=name) for number, name in enumerate(("a", "b", "c"), 1)]
    assert of(*named) is Pooled.PERHAPS
    assert of(*named[:2]) is None
    assert of(session(application_name="web - 10.0.0.7:41288")) is Pooled.PERHAPS


def test_of_pgagroal_a_free_one_costs_the_next_client_and_every_session_has_its_name() -> None:
    assert of(session(application_name="pgagroal", query="DISCARD ALL;")) is Pooled.NEXT
    assert of(session(application_name="pgagroal")) is Pooled.LENT
    assert of(session(application_name="pgagroal-cli")) is None


@pytest.mark.parametrize("state", [ACTIVE, IDLE_IN_TRANSACTION, None])
def test_a_session_at_work_is_judged_by_its_work(state: str | None) -> None:
    one = session(state=state, application_name="", query="DISCARD ALL")
    assert of(one) is None


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"application_name": "", "query": ODYSSEY}, "free in a pooler: no client notices"),
        (
            {"application_name": "", "query": "DISCARD ALL"},
            "no client notices, unless a client of Pgpool-II has just logged in and asked nothing: that one is",
        ),
        ({"application_name": "web", "query": ODYSSEY}, "no client notices, unless it is the application's own"),
        ({"application_name": "pgagroal", "query": "DISCARD ALL;"}, "the next client that is handed it fails once"),
        ({"application_name": "pgagroal"}, "that client is disconnected (57P01)"),
        ({"application_name": "web - 10.0.0.7:1"}, "no client notices if it pools by transaction"),
        ({}, "the next use fails once (57P01)"),
    ],
)
def test_the_reason_and_the_cost_say_what_the_end_does(different: dict[str, Any], said: str) -> None:
    seen = snapshot(session(1, **different))
    made = plan(seen, FREE_5, Protections(lifted=("poolers",)))
    assert said in made.costs[0].effect
    assert made.costs[0].effect.startswith("1 idle")
    if different:
        assert said in made.victims[0].reason
        assert "leaked" not in made.victims[0].reason


def test_one_line_of_costs_counts_each_kind() -> None:
    free = [session(number, application_name="", query=ODYSSEY) for number in (1, 2)]
    made = plan(snapshot(*free, session(3, application_name="")), FREE_5, Protections())
    assert made.costs[0].effect == (
        "2 idle, free in a pooler: no client notices;"
        " 1 idle, in use by a pooler's client: that client is disconnected (57P01)"
    )


def test_what_costs_nobody_anything_comes_first_and_what_may_have_a_client_after_what_looks_leaked() -> None:
    leaked = session(1, client_addr="10.0.0.9", state_seconds=299.9)
    free = session(2, application_name="", query=ODYSSEY)
    lent = session(3, state_seconds=290.0)
    unused = session(4, application_name="", query="", state_seconds=299.9)
    doubtful = session(5, application_name="", query="DISCARD ALL", client_addr="10.0.0.8")
    made = plan(snapshot(lent, unused, doubtful, leaked, free), FREE_5, Protections())
    assert [victim.pid for victim in made.victims] == [2, 1, 5, 4, 3]


@pytest.mark.parametrize("query", [ODYSSEY, "DISCARD ALL"])
def test_nobody_is_said_not_to_notice_the_end_of_a_session_that_has_asked_nothing(query: str) -> None:
    free, unused = session(1, application_name="", query=query), session(2, application_name="", query="")
    losses = Losses(snapshot(free, unused))
    assert losses.impact(unused) is Impact.POOLED
    for said in (losses.reason(unused, ()), losses.effect(unused)):
        assert "has asked nothing yet: no client notices if its pooler opened it, else its client is" in said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("parallel worker", "the statement of its leader fails"),
        ("autovacuum worker", "begins again later"),
        ("REPACK decoding worker", "the REPACK (CONCURRENTLY) that it serves fails"),
        ("logical replication sequencesync worker", "started again"),
        ("walsender", "connects again"),
        ("something new", "not known"),
    ],
)
def test_the_end_of_a_process_without_a_client_costs_what_it_serves(kind: str, said: str) -> None:
    one = session(backend_type=kind, state=ACTIVE, user=None)
    losses = Losses(snapshot(one))
    assert losses.effect(one).startswith(f"{kind}: ")
    assert said in losses.effect(one)
    assert losses.reason(one, ()).startswith(kind)


def test_the_end_of_a_session_that_still_logs_in_fails_its_login() -> None:
    one = session(state=STARTING, user=None)
    losses = Losses(snapshot(one))
    assert (losses.reason(one, ()), losses.effect(one)) == ("still logging in", "logging in: its login fails")


@pytest.mark.parametrize(("event", "did"), [("WaitForWalReplay", "replayed"), ("WaitForWalFlush", "flushed")])
def test_a_session_that_waits_for_an_lsn_loses_no_work(event: str, did: str) -> None:
    one = session(state=ACTIVE, wait_event_type="IPC", wait_event=event, has_xid=False, query_seconds=60.0)
    losses = Losses(snapshot(one))
    assert losses.impact(one) is Impact.WAITS
    assert losses.effect(one) == f"active, waits for WAL to be {did} (WAIT FOR LSN): that fails, nothing is rolled back"
    assert losses.reason(one, ()) == f"active for 1m, waits for WAL to be {did} (WAIT FOR LSN): that fails"


@pytest.mark.parametrize("different", [{"has_xid": True}, {"has_xid": None}, {"wait_event": "ExecuteGather"}])
def test_a_session_that_has_written_or_waits_for_something_else_loses_its_work(different: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "state": ACTIVE,
        "wait_event_type": "IPC",
        "wait_event": "WaitForWalReplay",
        "has_xid": False,
    }
    one = session(**usual | different)
    assert Losses(snapshot(one)).impact(one) is Impact.ACTIVE


@given(st.lists(SESSIONS, max_size=20, unique_by=lambda one: one.pid))
def test_whatever_there_is_each_session_has_a_reason_and_an_effect(found: list[Session]) -> None:
    losses = Losses(snapshot(*found))
    assert all(losses.reason(one, ()) and losses.effect(one) for one in found)
