"""The function that counts connections in SQL counts as many as then really open."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import sql

from pgconn.actions.health import health_function
from pgconn.demo.clients import Target, scalar, session, sessions
from pgconn.demo.incidents.names import role
from tests.looking import openable
from tests.test_free_slots import MIXTURES, Mixture


@pytest.fixture
def installed(cluster: Target) -> Iterator[Target]:
    """The server with the function in it."""
    with session(cluster) as owner:
        owner.execute(health_function("public").encode())
    yield cluster
    with session(cluster) as owner:
        owner.execute("drop function public.check_connection_health()")


@given(mixture=MIXTURES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_available_is_the_number_of_connections_that_an_ordinary_role_can_open(
    installed: Target, mixture: Mixture
) -> None:
    with mixture.on(installed), session(installed, user="watcher") as asking:
        found = asking.execute("select * from check_connection_health()").fetchone()
        opened = openable(installed, "app")
    assert found is not None
    total, active, idle, allowed, reserved, available, percent = found
    held = mixture.ordinary + mixture.superusers + mixture.members + mixture.in_transaction + mixture.authenticating
    leaders = min(mixture.workers, 1)
    assert available == opened
    assert total == held + leaders + 1
    assert (active, idle) == (1 + leaders, mixture.ordinary + mixture.superusers + mixture.members)
    assert reserved == (5 if installed.major >= 16 else 3)
    assert allowed == 30 - reserved
    assert float(percent) == round(100 * total / allowed, 1)


def test_within_a_transaction_the_numbers_move(installed: Target) -> None:
    with session(installed) as asking:
        asking.execute("begin")
        before = scalar(asking, "select total from check_connection_health()")
        with sessions(installed, 3, user="app"):
            assert scalar(asking, "select total from check_connection_health()") == before + 3


def test_who_does_not_see_all_sessions_is_reported_and_gets_no_wrong_number(installed: Target) -> None:
    with session(installed) as owner:
        owner.execute("grant execute on function public.check_connection_health() to app")
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="only who sees all sessions")
    with session(installed, user="app") as asking, refused:
        asking.execute("select * from check_connection_health()")


def test_a_member_that_does_not_inherit_is_asked_for_what_its_server_asks(installed: Target) -> None:
    with role(installed, "aside", sql.SQL("noinherit in role pg_monitor")), session(installed) as owner:
        owner.execute("grant execute on function public.check_connection_health() to aside")
        sees = installed.major < 15
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="only who sees all sessions")
        with session(installed, user="aside") as asking, contextlib.nullcontext() if sees else refused:
            assert scalar(asking, "select total from check_connection_health()") == 2
        owner.execute("drop owned by aside")


def test_a_path_set_by_others_leads_it_nowhere(installed: Target) -> None:
    with session(installed) as owner:
        owner.execute("create schema bait")
        owner.execute("create view bait.pg_stat_activity as select 1 as pid, 'idle' as state, 'x' as backend_type")
        try:
            owner.execute("set search_path = bait, pg_catalog, public")
            assert scalar(owner, "select total from check_connection_health()") == 1
        finally:
            owner.execute("drop schema bait cascade")
