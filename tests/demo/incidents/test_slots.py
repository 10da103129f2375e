"""A full server is full, for the roles it should be, and only as long as it should be."""

import psycopg
import pytest

from pgconn.demo.clients import session, sessions
from pgconn.demo.incidents.slots import database_limit, full, full_to_the_reserve, half_authenticated, role_limit
from tests.demo.incidents.views import half_authenticated_backends, refused
from tests.servers import Server


def test_full_to_the_last_slot_accepts_no_connection(cluster: Server) -> None:
    with full(cluster) as opened:
        assert len(opened) == 30
        for user in ("app", "oncall", "postgres"):
            assert refused(cluster, user=user) == "sorry, too many clients already"
    with session(cluster, user="app"):
        pass


def test_full_to_the_reserve_keeps_ordinary_roles_out_and_no_other(cluster: Server) -> None:
    with full_to_the_reserve(cluster) as opened:
        assert len(opened) == (25 if cluster.major >= 16 else 27)
        assert "remaining connection slots are reserved" in refused(cluster, user="app2")
        with session(cluster):
            pass


def test_who_is_refused_has_left_its_slot_when_we_know_it(cluster: Server) -> None:
    with full_to_the_reserve(cluster) as opened:
        left = 30 - len(opened)
        for _ in range(20):
            refused(cluster, user="app2")
            with sessions(cluster, left):
                pass


@pytest.mark.pg(">= 16")
def test_full_to_the_reserve_lets_two_reserved_roles_in(cluster: Server) -> None:
    with full_to_the_reserve(cluster):
        with sessions(cluster, 2, user="oncall"):
            assert "SUPERUSER" in refused(cluster, user="oncall")
        with sessions(cluster, 5):
            assert refused(cluster) == "sorry, too many clients already"


def test_a_role_limit_keeps_that_role_out(cluster: Server) -> None:
    with role_limit(cluster, 2) as opened:
        assert len(opened) == 2
        assert refused(cluster, user="limited") == 'too many connections for role "limited"'
        with session(cluster, user="app"):
            pass


def test_a_database_limit_keeps_ordinary_roles_out_of_that_database(cluster: Server) -> None:
    with database_limit(cluster, 2) as opened:
        assert len(opened) == 2
        assert refused(cluster, user="app", dbname="limited") == 'too many connections for database "limited"'
        with session(cluster, dbname="limited"), session(cluster, user="app", dbname="other"):
            pass


def test_half_authenticated_clients_hold_slots(cluster: Server) -> None:
    with half_authenticated(cluster, 3):
        assert half_authenticated_backends(cluster) == 3
        with full(cluster) as opened:
            assert len(opened) == 27
    assert half_authenticated_backends(cluster) == 0


def test_an_incident_that_fails_halfway_removes_all(cluster: Server) -> None:
    with (
        pytest.raises(psycopg.OperationalError, match="too many connections"),
        role_limit(cluster, 2),
        sessions(cluster, 1, user="limited"),
    ):
        pass
