"""A plan ends the sessions that the request names and nothing protects, says why, and what that costs."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.actions.planning import Request, plan
from pgconn.actions.protections import Protections, protections
from pgconn.actions.revalidate import revalidate
from pgconn.errors import WrongUsage
from pgconn.model.criteria import Criteria, pattern
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, STARTING, Session
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Action, Plan
from tests.model.making import INSTANCE, NOW, ROLE, SESSIONS, session, sessions, snapshot, walsender

pytestmark = pytest.mark.offline

IDLE_REQUEST = Request(command="kill-idle", states=(IDLE,), criteria=Criteria(older_seconds=60.0))
HELD = (IDLE_IN_TRANSACTION, ABORTED)
ALL = Protections(lifted=tuple(protection.name for protection in protections()))


def idle(pid: int, seconds: float, **different: Any) -> Session:
    return aged(session(pid, **{"state": IDLE, "query": "select 1 from carts", **different}), seconds)


def aged(one: Session, seconds: float) -> Session:
    return msgspec.structs.replace(one, state_seconds=seconds, state_change=NOW - timedelta(seconds=seconds))


def used(one: Session, lived: float) -> Session:
    """A session that has been there for so long, and worked until its state changed."""
    return msgspec.structs.replace(one, backend_start=NOW - timedelta(seconds=lived))


def victims(made: Plan) -> list[int]:
    return [victim.pid for victim in made.victims]


def planned(seen: Iterable[Session], request: Request = IDLE_REQUEST, protections: Protections = Protections()) -> Plan:  # noqa: B008
    return plan(snapshot(*seen), request, protections)


def test_kill_idle_means_the_idle_state_alone_and_no_other_that_begins_with_the_word() -> None:
    states = (IDLE, IDLE_IN_TRANSACTION, ABORTED, ACTIVE, "starting", "disabled", "fastpath function call", None)
    made = planned([aged(session(100 + i, state=state), 600.0) for i, state in enumerate(states)])
    assert victims(made) == [100]
    assert made.spared == ()


def test_an_age_is_reached_at_its_very_second_and_not_before() -> None:
    assert victims(planned([idle(1, 59.999), idle(2, 60.0), idle(3, 60.001)])) == [3, 2]


def test_an_unknown_age_is_no_great_age() -> None:
    assert victims(planned([session(1, state=IDLE, state_seconds=None)])) == []


def test_the_longest_idle_come_first_and_a_limit_takes_those() -> None:
    seen = [idle(1, 100), idle(2, 300), idle(3, 200)]
    assert victims(planned(seen)) == [2, 3, 1]
    assert victims(planned(seen, msgspec.structs.replace(IDLE_REQUEST, limit=2))) == [2, 3]


def test_the_youngest_of_each_application_user_and_client_stay() -> None:
    seen = [
        *(idle(100 + i, 100.0 + i) for i in range(4)),
        *(idle(200 + i, 100.0 + i, client_addr="10.0.0.8") for i in range(3)),
        idle(300, 500.0, user="orders"),
    ]
    made = planned(seen, msgspec.structs.replace(IDLE_REQUEST, keep=2))
    assert victims(made) == [103, 102, 202]
    assert {spared.pid for spared in made.spared} == {100, 101, 200, 201, 300}
    assert {spared.why for spared in made.spared} == {"one of the 2 youngest that stay"}


def test_a_protected_session_is_not_counted_among_those_that_stay() -> None:
    seen = [idle(1, 100, superuser=True), idle(2, 200), idle(3, 300)]
    assert victims(planned(seen, msgspec.structs.replace(IDLE_REQUEST, keep=1))) == [3]


def test_only_what_the_criteria_name_is_spared() -> None:
    made = planned([idle(1, 600, superuser=True), idle(2, 1, superuser=True), walsender(), idle(4, 600)])
    assert [(spared.pid, spared.protection) for spared in made.spared] == [(1, "superusers")]


def test_a_hidden_session_is_never_a_victim_even_when_it_is_named() -> None:
    hidden = Session(pid=7, user="other", hidden=True, holds_slot=True)
    made = planned([hidden], Request(command="kill", pids=(7,)), ALL)
    assert made.victims == ()
    assert "GRANT pg_read_all_stats" in made.spared[0].why


@pytest.mark.parametrize(("command", "action"), [("kill", "terminate"), ("cancel", "cancel")])
def test_a_session_that_no_view_shows_because_it_still_logs_in_is_spared_with_what_ends_it(
    command: str, action: Action
) -> None:
    half = Session(pid=7, backend_type="client backend", state=STARTING, holds_slot=True)
    made = planned([half], Request(command=command, action=action, pids=(7,)), ALL)
    assert (made.victims, made.unnamed) == ((), ())
    assert made.spared[0].why == "it is still logging in, and authentication_timeout ends that"


def test_the_process_that_serves_pgconn_is_spared_whatever_is_lifted() -> None:
    made = planned([idle(ROLE.backend_pid, 600)], IDLE_REQUEST, ALL)
    assert made.victims == ()
    assert made.spared[0].protection == "pgconn"


def test_transactions_that_block_the_most_come_first_with_all_who_wait_behind() -> None:
    seen = [
        aged(session(1, state=IDLE_IN_TRANSACTION, has_xid=True), 900.0),
        aged(session(2, state=IDLE_IN_TRANSACTION, has_xid=True), 300.0),
        session(3, state=ACTIVE, blocked_by=(2,)),
        session(4, state=ACTIVE, blocked_by=(3,)),
        session(5, state=ACTIVE, blocked_by=(4, 2)),
    ]
    made = planned(seen, Request(command="kill-idle-tx", states=HELD, criteria=Criteria(older_seconds=60.0)))
    assert victims(made) == [2, 1]
    assert made.victims[0].blocks == (3, 4, 5)
    assert "blocks 3 sessions (3, 4, 5)" in made.victims[0].reason


def test_sessions_that_block_each_other_are_followed_no_further_than_once() -> None:
    seen = [session(1, state=ACTIVE, blocked_by=(2,)), session(2, state=ACTIVE, blocked_by=(1,))]
    made = planned(seen, Request(command="kill", pids=(1,)))
    assert made.victims[0].blocks == (2,)


FREE = Request(command="free", states=(IDLE, ABORTED, IDLE_IN_TRANSACTION), count=99)


def test_free_begins_with_the_least_harm_and_ends_with_what_has_written() -> None:
    seen = [
        aged(session(1, state=IDLE_IN_TRANSACTION, has_xid=True), 5000.0),
        aged(session(2, state=IDLE_IN_TRANSACTION, has_xid=False), 50.0),
        aged(session(3, state=ABORTED), 40.0),
        used(idle(4, 300), 3600.0),
        used(idle(5, 200), 201.0),
        used(idle(6, 100), 101.0),
        used(idle(7, 400), 7200.0),
        session(8, state=ACTIVE, query_seconds=9000.0),
    ]
    assert victims(planned(seen, FREE)) == [5, 6, 7, 4, 3, 2, 1]
    assert victims(planned(seen, msgspec.structs.replace(FREE, count=3))) == [5, 6, 7]


def test_free_takes_sessions_at_work_last_and_only_when_it_is_asked_to() -> None:
    seen = [session(1, state=ACTIVE, query_seconds=9.0), aged(session(2, state=IDLE_IN_TRANSACTION), 1.0)]
    request = msgspec.structs.replace(FREE, states=(*FREE.states, ACTIVE))
    assert victims(planned(seen, request)) == [2, 1]


def test_a_session_that_went_back_to_its_pool_does_not_look_leaked() -> None:
    back = [
        msgspec.structs.replace(used(idle(number, 900), 901.0), query=query)
        for number, query in enumerate(("DISCARD ALL", " rollback ;", "COMMIT", "RESET ALL; select 1"), 1)
    ]
    lost = used(idle(9, 10), 10.2)
    made = planned([*back, lost], FREE)
    assert victims(made)[0] == 9
    assert ["leaked" in victim.reason for victim in made.victims] == [True, False, False, False, False]


def test_free_counts_only_sessions_that_hold_a_slot() -> None:
    sender = walsender(5, state=IDLE, state_seconds=900.0)
    assert victims(planned([sender, idle(6, 10)], FREE, ALL)) == [6]


def test_free_says_how_many_it_can_when_it_cannot_do_all() -> None:
    made = planned([idle(1, 10), idle(2, 10, superuser=True)], msgspec.structs.replace(FREE, count=5))
    assert (made.frees, made.wanted) == (1, 5)


def test_the_cost_is_reported_by_application_user_and_client() -> None:
    seen = [
        *(idle(100 + i, 600.0) for i in range(3)),
        idle(200, 1.0),
        idle(300, 700.0, application_name="jobs", client_addr="10.0.0.9"),
    ]
    costs = planned(seen).costs
    assert [(c.application_name, c.client_addr, c.victims, c.sessions) for c in costs] == [
        ("web", "10.0.0.7", 3, 4),
        ("jobs", "10.0.0.9", 1, 1),
    ]
    assert costs[0].effect == "3 idle: the next use fails once (57P01)"


def test_a_cancel_does_nothing_to_who_has_no_statement_and_says_what_does() -> None:
    seen = [session(1, state=ACTIVE), idle(2, 5), aged(session(3, state=IDLE_IN_TRANSACTION), 5.0)]
    made = planned(seen, Request(command="cancel", action="cancel", pids=(1, 2, 3)))
    assert victims(made) == [1]
    assert made.frees == 0
    assert ["pgconn kill 2" in made.spared[0].why, "pgconn kill 3" in made.spared[1].why] == [True, True]


def test_a_process_id_that_no_session_has_is_reported() -> None:
    assert planned([idle(1, 5)], Request(command="kill", pids=(1, 77, 78))).unnamed == (77, 78)


def test_filters_and_exclusions_choose_as_in_the_list_of_sessions() -> None:
    seen = [
        idle(1, 100),
        idle(2, 100, application_name="jobs"),
        idle(3, 100, client_addr="10.1.0.1"),
        idle(4, 100, query="LISTEN x"),
    ]
    criteria = Criteria(
        patterns=(
            pattern("client_addr", "10.0.0.0/16"),
            pattern("application_name", "jobs", excludes=True),
            pattern("query", "~carts"),
        ),
        older_seconds=60.0,
    )
    assert victims(planned(seen, msgspec.structs.replace(IDLE_REQUEST, criteria=criteria))) == [1]


def test_a_plan_is_the_same_after_a_stay_in_a_file() -> None:
    made = planned([idle(1, 100), idle(2, 100, superuser=True), session(3, state=ACTIVE, blocked_by=(1,))])
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made


def test_a_kept_plan_ends_who_is_still_what_it_says_and_no_other() -> None:
    kept = planned([idle(1, 100), idle(2, 100), idle(3, 100), idle(4, 100), idle(5, 100), idle(7, 100)])
    later = [
        aged(idle(1, 100), 100.0),
        msgspec.structs.replace(idle(2, 100), state_change=NOW),
        msgspec.structs.replace(idle(3, 100), state=ACTIVE),
        msgspec.structs.replace(idle(4, 100), backend_start=NOW),
        msgspec.structs.replace(idle(5, 100), holds_advisory_lock=True),
        idle(6, 100),
        msgspec.structs.replace(idle(7, 100), backend_type="walsender"),
    ]
    now = revalidate(kept, snapshot(*later), Protections())
    assert victims(now) == [1]
    assert {spared.pid: spared.why for spared in now.spared} == {
        2: "it has changed since the plan was made",
        3: "it has changed since the plan was made",
        4: "it has ended since the plan was made",
        5: "it holds an advisory lock",
        7: "it has changed since the plan was made",
    }
    assert now.frees == 1


def test_a_kept_plan_keeps_as_many_as_it_promised_when_others_have_left_since() -> None:
    kept = planned([idle(n, 100.0 * n) for n in range(1, 7)], msgspec.structs.replace(IDLE_REQUEST, keep=2))
    assert victims(kept) == [6, 5, 4, 3]
    there = [*(idle(n, 100.0 * n) for n in range(2, 7)), idle(8, 1.0, superuser=True), idle(9, 1.0, user="orders")]
    now = revalidate(kept, snapshot(*there), Protections())
    assert (victims(now), now.frees) == ([6, 5, 4], 3)
    assert now.spared[-1].pid == 3
    assert victims(revalidate(kept, snapshot(*there, idle(10, 1.0)), Protections())) == [6, 5, 4, 3]


def test_a_victim_that_a_plan_names_twice_is_one() -> None:
    kept = planned([idle(1, 100)])
    twice = (kept.victims[0], msgspec.structs.replace(kept.victims[0], reason="written by hand"))
    kept = msgspec.structs.replace(kept, victims=twice)
    now = revalidate(kept, snapshot(idle(1, 100)), Protections())
    assert (victims(now), now.frees) == ([1], 1)


def test_a_kept_plan_of_another_server_ends_no_session() -> None:
    kept = planned([idle(1, 100)])
    restarted = msgspec.structs.replace(INSTANCE, started_at=NOW)
    with pytest.raises(WrongUsage, match="the plan is for db1:5432"):
        revalidate(kept, snapshot(idle(1, 100), instance=restarted), Protections())


@given(st.lists(SESSIONS, max_size=12, unique_by=lambda s: s.pid), st.integers(1, 5), st.integers(1, 3))
def test_a_victim_is_always_meant_known_unprotected_and_not_one_too_many(
    found: list[Session], limit: int, keep: int
) -> None:
    seen = [msgspec.structs.replace(one, backend_start=NOW - timedelta(hours=1)) for one in found]
    request = msgspec.structs.replace(IDLE_REQUEST, limit=limit, keep=keep)
    made = planned(seen, request)
    by_pid = {one.pid: one for one in seen}
    assert len(made.victims) <= limit
    assert not {v.pid for v in made.victims} & {s.pid for s in made.spared}
    for victim in made.victims:
        one = by_pid[victim.pid]
        assert one.state == IDLE
        assert (one.state_seconds or 0.0) >= 60.0
        assert one.backend_type == "client backend"
        assert not one.superuser
    groups = [(v.application_name, v.user, v.client_addr) for v in made.victims]
    for group in groups:
        stay = [s for s in made.spared if (s.application_name, s.user, s.client_addr) == group and "youngest" in s.why]
        assert len(stay) == keep


@given(st.lists(SESSIONS, max_size=12, unique_by=lambda s: s.pid), st.integers(1, 12))
def test_free_never_ends_more_than_it_was_asked_for_and_none_at_work(found: list[Session], count: int) -> None:
    seen: Snapshot = snapshot(*(msgspec.structs.replace(s, backend_start=NOW - timedelta(hours=1)) for s in found))
    made = plan(seen, msgspec.structs.replace(FREE, count=count), Protections())
    assert len(made.victims) <= count
    assert made.frees == len(made.victims)
    assert ACTIVE not in {victim.state for victim in made.victims}


def test_no_session_at_all_is_an_answer() -> None:
    made = planned(sessions(3, state=ACTIVE))
    assert (made.victims, made.spared, made.costs, made.frees) == ((), (), (), 0)
