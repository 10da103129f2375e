"""Which sessions a filter means; what it does not name it does not touch."""

import pytest
from hypothesis import given, strategies as st

from pgconn.errors import WrongUsage
from pgconn.model.criteria import STATES, Criteria, exactly, pattern
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, LOCAL, STARTING, Session
from tests.model.making import NAMES, SESSIONS, pids, session

pytestmark = pytest.mark.offline


def chosen(found: list[Session], *patterns: tuple[str, str], excluded: tuple[tuple[str, str], ...] = ()) -> list[int]:
    wanted = [pattern(column, text) for column, text in patterns]
    unwanted = [pattern(column, text, excludes=True) for column, text in excluded]
    return pids(Criteria(patterns=(*wanted, *unwanted)).choose(found))


def test_a_value_is_exact_to_the_letter() -> None:
    found = [session(pid, application_name=name) for pid, name in enumerate(("web", "web2", "Web", "", None), 1)]
    assert chosen(found, ("application_name", "web")) == [1]
    assert chosen(found, ("application_name", "")) == [4]
    assert chosen(found, ("application_name", "we.")) == []


def test_a_value_after_a_tilde_is_an_expression_that_is_searched_for() -> None:
    found = [session(pid, application_name=name) for pid, name in enumerate(("web", "web2", "xweb", None), 1)]
    assert chosen(found, ("application_name", "~web")) == [1, 2, 3]
    assert chosen(found, ("application_name", "~^web")) == [1, 2]
    assert chosen(found, ("application_name", "~^web$")) == [1]
    assert chosen(found, ("application_name", "~")) == [1, 2, 3]


def test_several_values_of_one_kind_are_alternatives_and_different_kinds_must_all_hold() -> None:
    found = [
        session(1, user="app", database="shop"),
        session(2, user="app", database="crm"),
        session(3, user="orders", database="shop"),
        session(4, user="metrics", database="shop"),
    ]
    assert chosen(found, ("user", "app"), ("user", "orders")) == [1, 2, 3]
    assert chosen(found, ("user", "app"), ("user", "orders"), ("database", "shop")) == [1, 3]


def test_an_exclusion_wins_over_everything() -> None:
    found = [session(1, user="app"), session(2, user="orders"), session(3, user=None)]
    assert chosen(found, excluded=(("user", "app"),)) == [2, 3]
    assert chosen(found, ("user", "~."), excluded=(("user", "app"), ("user", "orders"))) == []


@given(found=st.lists(SESSIONS, max_size=8))
def test_a_filter_that_matches_nothing_selects_nothing(found: list[Session]) -> None:
    assert chosen(found, ("user", "nobody of this name")) == []
    assert chosen(found, ("user", "nobody of this name"), ("state", "idle")) == []


@given(found=st.lists(SESSIONS, max_size=8))
def test_no_filter_selects_everything(found: list[Session]) -> None:
    assert Criteria().choose(found) == tuple(found)


@given(found=st.lists(SESSIONS, max_size=8), name=NAMES.filter(lambda name: name is not None))
def test_a_filter_and_its_exclusion_share_the_sessions_between_them(found: list[Session], name: str) -> None:
    within = Criteria(patterns=(pattern("user", name),)).choose(found)
    without = Criteria(patterns=(pattern("user", name, excludes=True),)).choose(found)
    assert len(within) + len(without) == len(found)
    assert all(chosen.user == name for chosen in within)


@pytest.mark.parametrize(
    ("text", "matching"),
    [
        ("10.0.0.7", ["10.0.0.7", "::ffff:10.0.0.7"]),
        ("10.0.0.0/8", ["10.0.0.7", "10.9.9.9", "::ffff:10.0.0.7"]),
        ("10.0.0.7/24", ["10.0.0.7", "::ffff:10.0.0.7"]),
        ("::ffff:10.0.0.7", ["10.0.0.7", "::ffff:10.0.0.7"]),
        ("::ffff:10.0.0.0/120", ["10.0.0.7", "::ffff:10.0.0.7"]),
        ("2001:db8::/32", ["2001:db8::1"]),
        ("2001:DB8:0:0::1", ["2001:db8::1"]),
        ("::/0", ["2001:db8::1", "fe80::1", "fe80::1%eth0"]),
        ("0.0.0.0/0", ["10.0.0.7", "10.9.9.9", "::ffff:10.0.0.7"]),
        ("fe80::1", ["fe80::1", "fe80::1%eth0"]),
        ("fe80::1%eth0", ["fe80::1", "fe80::1%eth0"]),
        ("local", [LOCAL]),
        ("~^10[.]", ["10.0.0.7", "10.9.9.9"]),
    ],
)
def test_an_address_is_one_a_block_or_the_socket(text: str, matching: list[str]) -> None:
    addresses = ["10.0.0.7", "10.9.9.9", "::ffff:10.0.0.7", "2001:db8::1", "fe80::1", "fe80::1%eth0", LOCAL, None]
    addresses.append("what a damaged recording holds")
    criteria = Criteria(patterns=(pattern("client_addr", text),))
    assert [s.client_addr for s in criteria.choose([session(client_addr=a) for a in addresses])] == matching


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "web", "LOCAL", "10.0.0.7:5432", "::/129"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="neither an address nor a block"):
        pattern("client_addr", text)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("idle", IDLE),
        ("IDLE", IDLE),
        ("idle in transaction", IDLE_IN_TRANSACTION),
        ("idle_in_transaction", IDLE_IN_TRANSACTION),
        ("idle-in-transaction", IDLE_IN_TRANSACTION),
        ("idle in tx", IDLE_IN_TRANSACTION),
        ("idle in transaction (aborted)", ABORTED),
        ("idle in transaction aborted", ABORTED),
        ("aborted", ABORTED),
        ("starting", STARTING),
    ],
)
def test_a_state_may_be_spelled_as_people_do(text: str, state: str) -> None:
    assert pattern("state", text).text == state


def test_the_three_idle_states_are_three() -> None:
    found = [session(pid, state=state) for pid, state in enumerate(STATES, 1)]
    assert chosen(found, ("state", "idle")) == [STATES.index(IDLE) + 1]
    assert chosen(found, ("state", "idle in transaction")) == [STATES.index(IDLE_IN_TRANSACTION) + 1]
    assert chosen(found, ("state", "aborted")) == [STATES.index(ABORTED) + 1]
    assert len(chosen(found, ("state", "~^idle"))) == 3


@pytest.mark.parametrize("text", ["idel", "", "idle in", "sleeping", "idle,active"])
def test_a_state_that_is_spelled_wrong_is_refused_with_the_states_that_there_are(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not a state") as refused:
        pattern("state", text)
    assert ABORTED in (refused.value.hint or "")


@pytest.mark.parametrize("text", ["~abortd", "~^Idle$", "~idle,"])
@pytest.mark.parametrize("excludes", [False, True])
def test_an_expression_that_is_in_no_states_name_is_refused_and_excludes_no_session(text: str, excludes: bool) -> None:
    with pytest.raises(WrongUsage, match="no state") as refused:
        pattern("state", text, excludes=excludes)
    assert ABORTED in (refused.value.hint or "")


@pytest.mark.parametrize("text", ["~[", "~(", "~a{99999999999999999999}", "~(?P<x", "~*", "~" + "(" * 5000])
def test_an_expression_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not a regular expression"):
        pattern("user", text)


def test_an_expression_that_python_only_warns_of_works_in_silence() -> None:
    assert chosen([session(1, user="[x")], ("user", "~[[x]")) == [1]


def test_an_age_is_reached_at_the_very_second_and_an_unknown_age_is_none() -> None:
    found = [session(pid, state_seconds=age) for pid, age in enumerate((599.9, 600.0, 601.0, None), 1)]
    assert pids(Criteria(older_seconds=600.0).choose(found)) == [2, 3]


def test_a_session_is_active_over_an_age_by_its_query_and_only_while_it_is_active() -> None:
    found = [
        session(1, state=ACTIVE, query_seconds=61.0, state_seconds=1.0),
        session(2, state=ACTIVE, query_seconds=59.0, state_seconds=900.0),
        session(3, state=IDLE, query_seconds=61.0, state_seconds=900.0),
        session(4, state=ACTIVE, query_seconds=None),
    ]
    assert pids(Criteria(active_over_seconds=60.0).choose(found)) == [1]


def test_superusers_alone_omits_sessions_for_which_it_is_unknown() -> None:
    found = [session(1, superuser=True), session(2, superuser=False), session(3, superuser=None)]
    assert pids(Criteria(superusers=True).choose(found)) == [1]


def test_a_pattern_that_names_nothing_is_known_but_a_state_that_no_session_is_in_is_no_mistake() -> None:
    criteria = Criteria(
        patterns=(
            pattern("user", "app"),
            pattern("user", "ap"),
            pattern("database", "none", excludes=True),
            pattern("state", "aborted"),
        )
    )
    assert [p.text for p in criteria.unmatched([session(1)])] == ["ap", "none"]


@given(name=st.text(max_size=12), others=st.lists(st.text(max_size=12), max_size=5))
def test_a_name_can_be_meant_exactly_whatever_it_looks_like(name: str, others: list[str]) -> None:
    found = [session(pid, user=user) for pid, user in enumerate([name, "~" + name, name + "\n", *others])]
    meant = Criteria(patterns=(pattern("user", exactly(name)),)).choose(found)
    assert {one.user for one in meant} == {name}
    meant = Criteria(patterns=(pattern("user", exactly("~" + name)),)).choose(found)
    assert {one.user for one in meant} == {"~" + name}
