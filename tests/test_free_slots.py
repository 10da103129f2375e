"""The promise of pgconn: the number on the screen is the number of connections that then open."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pgconn.demo.clients import Target, sessions
from pgconn.demo.incidents.background import autovacuum, logical_walsenders, parallel_workers, physical_walsenders
from pgconn.demo.incidents.slots import full_to_the_reserve, half_authenticated
from pgconn.demo.incidents.transactions import idle_in_transaction, prepared_transactions
from pgconn.model.instance import Target as Address
from pgconn.observe.snapshot import take
from pgconn.server import Server
from tests.looking import look, openable


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """How many clients of each kind are there at once."""

    ordinary: int
    superusers: int
    members: int
    in_transaction: int
    authenticating: int
    physical: int
    logical: int
    workers: int
    prepared: int

    @contextlib.contextmanager
    def on(self, target: Target) -> Iterator[None]:
        """The clients, for as long as the block lasts."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(sessions(target, self.ordinary, user="app"))
            stack.enter_context(sessions(target, self.superusers))
            stack.enter_context(sessions(target, self.members, user="oncall"))
            stack.enter_context(idle_in_transaction(target, self.in_transaction, user="app2"))
            stack.enter_context(prepared_transactions(target, self.prepared))
            stack.enter_context(physical_walsenders(target, self.physical))
            stack.enter_context(logical_walsenders(target, self.logical))
            if self.workers:
                stack.enter_context(parallel_workers(target, self.workers))
            stack.enter_context(half_authenticated(target, self.authenticating))
            yield


MIXTURES = st.builds(
    Mixture,
    ordinary=st.integers(0, 8),  # and with all the others so many that an ordinary role still gets in to look
    superusers=st.integers(0, 4),
    members=st.integers(0, 3),
    in_transaction=st.integers(0, 3),
    authenticating=st.integers(0, 5),
    physical=st.integers(0, 2),
    logical=st.integers(0, 2),
    workers=st.sampled_from((0, 2)),
    prepared=st.integers(0, 3),
)


@given(mixture=MIXTURES)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_kind_of_role_can_open_exactly_as_many_connections_as_the_status_says(
    cluster: Target, mixture: Mixture
) -> None:
    with mixture.on(cluster):
        seen = look(cluster)
        assert seen.slots.exact
        assert seen.slots.authenticating == mixture.authenticating
        assert seen.walsenders.used == mixture.physical + mixture.logical
        opened = (openable(cluster, "app"), openable(cluster, "oncall"), openable(cluster, "postgres"))
    free = seen.slots.free
    assert (free.ordinary, free.reserved_role, free.superuser) == opened


@given(mixture=MIXTURES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_role_that_may_not_see_others_gets_the_exact_number_or_a_true_bound(
    cluster: Target, mixture: Mixture
) -> None:
    with mixture.on(cluster):
        seen = look(cluster, user="nobody_special")
        opened = openable(cluster, "app")
    assert seen.slots.free.ordinary <= opened
    if seen.slots.exact:
        assert seen.slots.free.ordinary == opened


@pytest.mark.pg(">= 17")
def test_from_17_on_even_a_role_without_privileges_counts_exactly(cluster: Target) -> None:
    with sessions(cluster, 4, user="app"), parallel_workers(cluster, 2), logical_walsenders(cluster, 1):
        seen = look(cluster, user="nobody_special")
        assert seen.slots.exact
        assert seen.hidden_sessions > 0
        assert seen.slots.free.ordinary == openable(cluster, "app")


def test_a_replication_client_that_still_logs_in_takes_no_slot_and_where_it_is_unknown_the_number_is_a_bound(
    cluster: Target,
) -> None:
    with half_authenticated(cluster, 2, replication="database"):
        seen = look(cluster)
        opened = openable(cluster, "app")
    assert seen.slots.free.ordinary == opened - (0 if cluster.major >= 17 else 2)
    assert seen.walsenders.used == (2 if cluster.major >= 17 else 0)


def test_autovacuum_at_work_takes_no_slot(cluster: Target) -> None:
    with autovacuum(cluster):
        assert look(cluster).slots.free.ordinary == openable(cluster, "app")


def test_a_server_full_to_the_reserve_shows_nothing_free_for_an_ordinary_role(cluster: Target) -> None:
    with full_to_the_reserve(cluster):
        free = look(cluster).slots.free
        assert free.ordinary == 0
        assert openable(cluster, "app") == 0
        assert free.reserved_role == openable(cluster, "oncall")
        assert free.superuser == openable(cluster, "postgres")


def test_superusers_in_the_reserve_make_nothing_negative(cluster: Target) -> None:
    with full_to_the_reserve(cluster), sessions(cluster, 2):
        slots = look(cluster).slots
        assert slots.free.ordinary == 0
        assert slots.used_ratio > 1
        assert slots.free.superuser == openable(cluster, "postgres")


def test_the_status_of_a_walsender_counts_no_slot_of_its_own(cluster: Target) -> None:
    with Server.connect(Address(dbname=cluster.conninfo()), rung="walsender") as server:
        seen = take(server)
    assert seen.own_slots == 0
    assert seen.slots.free.superuser == openable(cluster, "postgres")
