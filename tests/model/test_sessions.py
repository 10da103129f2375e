"""How sessions are sorted, and which of them belong to a client."""

import pytest

from pgconn.model.session import Session, of_clients, sorted_by
from tests.model.making import NOW, pids, session, walsender

pytestmark = pytest.mark.offline


def test_ages_have_the_oldest_first_and_the_unknown_last() -> None:
    found = [session(1, state_seconds=5.0), session(2, state_seconds=None), session(3, state_seconds=50.0)]
    assert pids(sorted_by(found, "age")) == [3, 1, 2]


def test_names_are_in_the_order_of_the_alphabet_and_equals_in_that_of_their_pids() -> None:
    found = [session(3, user="b"), session(2, user="a"), session(1, user="b"), session(4, user=None)]
    assert pids(sorted_by(found, "user")) == [2, 1, 3, 4]


@pytest.mark.parametrize(
    "column", ["age", "transaction", "query", "start", "pid", "user", "app", "database", "ip", "state"]
)
def test_every_sort_keeps_every_session(column: str) -> None:
    found = [session(2), session(1, backend_start=NOW), Session(pid=3)]
    assert sorted(pids(sorted_by(found, column))) == [1, 2, 3]


def test_the_servers_own_processes_are_not_somebodys() -> None:
    found = [
        session(1),
        walsender(2),
        Session(pid=3, backend_type="checkpointer", holds_slot=False),
        Session(pid=4, backend_type="logical replication launcher", user="postgres", holds_slot=False),
        Session(pid=5, state="starting", holds_slot=True),
        Session(pid=6, backend_type="autovacuum worker", database="shop", holds_slot=False),
    ]
    assert pids(of_clients(found)) == [1, 2, 5, 6]
