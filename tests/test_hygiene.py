"""What a test does not remove from the shared server is found."""

import os

import pytest

from pgconn.demo.clients import session
from pgconn.demo.incidents.names import database, role
from pgconn.demo.incidents.slots import half_authenticated
from pgconn.demo.incidents.transactions import prepared_transactions
from tests.hygiene import difference, inventory
from tests.servers import Server, Source


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="there is one process only")
def test_all_tests_on_one_server_run_on_one_worker(source: Source, request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith(f"@{source.name}")


def test_a_server_that_no_test_changed_is_as_it_was(cluster: Server) -> None:
    assert difference(cluster, inventory(cluster)) == []


def test_what_a_test_does_not_remove_is_named(cluster: Server) -> None:
    before = inventory(cluster)
    with (
        role(cluster, "left"),
        database(cluster, "left"),
        session(cluster, user="left", dbname="left"),
        prepared_transactions(cluster, 1, user="app", dbname="app"),
    ):
        left = difference(cluster, before, patience=0)
    kinds = ("+ client backend", "+ database left", "+ prepared transaction", "+ role left")
    assert [line for line, kind in zip(left, kinds, strict=True) if not line.startswith(kind)] == []


def test_half_authenticated_clients_that_are_left_are_named(cluster: Server) -> None:
    before = inventory(cluster)
    with half_authenticated(cluster, 2):
        assert len(difference(cluster, before, patience=0)) == 2


@pytest.mark.parametrize("change", ["alter role app connection limit 7", "alter database app connection limit 7"])
def test_a_limit_that_is_left_is_named(cluster: Server, change: str) -> None:
    before = inventory(cluster)
    with session(cluster) as connection:
        connection.execute(change.encode())
        try:
            left = difference(cluster, before, patience=0)
            assert [line[0] for line in left if "client backend" not in line] == ["+", "-"]
        finally:
            connection.execute(change.replace("7", "-1").encode())
