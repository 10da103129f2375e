"""Sessions counted by what they have in common."""

import pytest
from hypothesis import given, strategies as st

from pgconn.errors import WrongUsage
from pgconn.model.breakdown import DIMENSIONS, Counts, break_down, columns, pivot
from pgconn.model.session import ABORTED, ACTIVE, DISABLED, IDLE, IDLE_IN_TRANSACTION, Session
from tests.model.making import SESSIONS, session

pytestmark = pytest.mark.offline

MANY = st.lists(SESSIONS, max_size=30)


@given(found=MANY)
def test_each_breakdown_counts_every_session_once(found: list[Session]) -> None:
    by = break_down(found)
    for column in DIMENSIONS:
        groups = getattr(by, column)
        assert sum(group.sessions for group in groups) == len(found)
        assert len({group.value for group in groups}) == len(groups)
        for group in groups:
            counts = (group.active, group.idle, group.idle_in_transaction, group.aborted)
            assert sum(count or 0 for count in counts) <= group.sessions


@given(found=MANY, by=st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=5, unique=True))
def test_a_pivot_counts_every_session_once_and_agrees_with_the_breakdown(found: list[Session], by: list[str]) -> None:
    table = pivot(found, by)
    assert sum(row.sessions for row in table.rows) == len(found)
    assert len({row.values for row in table.rows}) == len(table.rows)
    for index, column in enumerate(by):
        for group in getattr(break_down(found), column):
            rows = [row for row in table.rows if row.values[index] == group.value]
            assert sum(row.sessions for row in rows) == group.sessions
            assert group.idle is None or sum(row.idle or 0 for row in rows) == group.idle


@given(found=MANY)
def test_the_largest_group_comes_first_and_equals_are_in_the_order_of_their_names(found: list[Session]) -> None:
    groups = break_down(found).application_name
    assert [(-g.sessions, g.value or "") for g in groups] == sorted((-g.sessions, g.value or "") for g in groups)


@given(found=MANY, again=st.randoms(use_true_random=False))
def test_the_order_of_the_sessions_does_not_matter(found: list[Session], again: object) -> None:
    assert break_down(found).state == break_down(found[::-1]).state


def test_the_states_are_counted_each_on_its_own_and_the_oldest_idle_age_is_of_idle_sessions_alone() -> None:
    found = [
        session(1, state=IDLE, state_seconds=5.0),
        session(2, state=IDLE, state_seconds=50.0),
        session(3, state=IDLE, state_seconds=None),
        session(4, state=IDLE_IN_TRANSACTION, state_seconds=5000.0),
        session(5, state=ABORTED, state_seconds=6000.0),
        session(6, state=ABORTED, state_seconds=6000.0),
        session(7, state=ACTIVE, state_seconds=7000.0),
        session(8, state=None),
    ]
    (group,) = break_down(found).user
    expected = Counts(sessions=8, active=1, idle=3, idle_in_transaction=1, aborted=2, oldest_idle_seconds=50.0)
    assert [getattr(group, name) for name in Counts.__struct_fields__] == [
        getattr(expected, name) for name in Counts.__struct_fields__
    ]


def test_the_oldest_idle_age_is_unknown_where_no_session_is_idle() -> None:
    (group,) = break_down([session(state=ACTIVE)]).user
    assert group.oldest_idle_seconds is None


@pytest.mark.parametrize("unseen", [session(2, state=None, hidden=True), session(2, state=DISABLED)])
def test_states_that_may_not_be_seen_are_unknown_and_not_none_at_all(unseen: Session) -> None:
    (group,) = break_down([session(1, state=IDLE), unseen]).user
    assert group.sessions == 2
    assert (group.active, group.idle, group.idle_in_transaction, group.aborted) == (None, None, None, None)
    assert group.oldest_idle_seconds is None
    (idle,) = [group for group in break_down([session(1, state=IDLE), unseen]).state if group.value == IDLE]
    assert idle.idle == 1


def test_an_empty_name_and_no_name_are_two_groups() -> None:
    groups = break_down([session(1, application_name=""), session(2, application_name=None)]).application_name
    assert {group.value for group in groups} == {"", None}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("app,user,ip", ("application_name", "user", "client_addr")),
        ("application, db , state", ("application_name", "database", "state")),
        ("client_addr,ip,client", ("client_addr",)),
        ("user,,", ("user",)),
        ("", ()),
    ],
)
def test_columns_have_short_names(text: str, named: tuple[str, ...]) -> None:
    assert columns(text) == named


@pytest.mark.parametrize("text", ["pid", "user,pid", "users", "app;user", "USER"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(WrongUsage, match="not a column") as refused:
        columns(text)
    assert "app, user, state, ip, database" in (refused.value.hint or "")
