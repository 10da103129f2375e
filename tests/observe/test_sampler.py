"""The sampler holds one connection, enters again when it is lost, and reports each turn to its listener."""

from collections.abc import Iterator
from itertools import repeat

import pytest

from pgconn.demo.clients import Target, scalar, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.slots import full
from pgconn.errors import NoSlot, Unavailable
from pgconn.model.instance import Target as Asked
from pgconn.model.result import Message
from pgconn.observe import Observation, ObservationListener
from pgconn.observe.sampler import Sampler
from pgconn.observe.turns import Turns
from pgconn.rules import judge
from pgconn.server.ladder import Ladder
from tests.conftest import MakeCluster


class Heard(ObservationListener):
    """What a listener heard, in order."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.missed: list[NoSlot | Unavailable] = []
        self.lines: list[str] = []

    def on_message(self, message: Message) -> None:
        self.lines.append(message.text)

    def on_observation(self, observation: Observation) -> None:
        self.observations.append(observation)

    def on_missed(self, error: NoSlot | Unavailable) -> None:
        self.missed.append(error)

    @property
    def pids(self) -> set[int]:
        """The processes that served us."""
        return {one.now.role.backend_pid for one in self.observations}


def sampler(target: Target, heard: Heard, *, walsender: bool = False, keep: int = 1, **who: str) -> Sampler:
    return Sampler(Asked(dbname=target.conninfo(**who)), Ladder(walsender=walsender), heard, keep=keep)


def own(target: Target) -> int:
    """How many connections of pgconn's there are."""
    with session(target) as owner:
        question = "select count(*) from pg_catalog.pg_stat_activity where application_name = 'pgconn'"
        return int(scalar(owner, question))


def test_all_samples_are_taken_over_one_connection_which_is_released_at_the_end(cluster: Target) -> None:
    heard = Heard()
    with sampler(cluster, heard) as taking:
        taking.run(Turns(0.02), times=3)
        assert own(cluster) == 1
    assert len(heard.observations) == 3
    assert len(heard.pids) == 1
    assert own(cluster) == 0


def test_an_observation_has_the_newest_snapshots_oldest_first(cluster: Target) -> None:
    heard = Heard()
    with sampler(cluster, heard, keep=2) as taking:
        taking.run(Turns(0.02), times=4)
    assert [len(one.snapshots) for one in heard.observations] == [1, 2, 2, 2]
    taken = [snapshot.taken_at for snapshot in heard.observations[-1].snapshots]
    assert taken == sorted(set(taken))
    assert heard.observations[-1].now == heard.observations[-1].snapshots[-1]


def test_blockers_are_asked_for_so_that_every_rule_about_sessions_can_judge(cluster: Target) -> None:
    heard = Heard()
    with sampler(cluster, heard) as taking:
        taking.run(repeat(None), times=1)
    assert {one.why for one in judge(heard.observations[0]).not_judged} == {
        "the settings of the server were not asked for",
        "the configuration files were not asked for, or this role may not read them",
    }


def test_a_connection_that_was_ended_is_missed_once_and_opened_again(cluster: Target) -> None:
    heard = Heard()

    def turns() -> Iterator[None]:
        yield
        with session(cluster) as owner:
            owner.execute("select pg_catalog.pg_terminate_backend(%s)", [*heard.pids])
        wait_until(lambda: not own(cluster), "the end of the connection")
        yield
        yield

    with sampler(cluster, heard) as taking:
        taking.run(turns())
    (missed,) = heard.missed
    assert isinstance(missed, Unavailable)
    assert len(heard.pids) == len(heard.observations) == 2


def test_on_a_full_server_it_goes_on_through_a_walsender_and_says_so(cluster: Target) -> None:
    heard = Heard()
    with full(cluster), sampler(cluster, heard, walsender=True) as taking:
        taking.run(repeat(None), times=2)
    assert heard.lines[-1] == "through a walsender slot: in"
    assert [one.now.entered_by for one in heard.observations] == ["walsender", "walsender"]


def test_where_no_rung_leads_in_each_turn_is_missed(cluster: Target) -> None:
    heard = Heard()
    with full(cluster), sampler(cluster, heard, user="app") as taking:
        taking.run(iter([None, None]))
    assert [isinstance(error, NoSlot) for error in heard.missed] == [True, True]
    assert heard.observations == []


@pytest.mark.pg(">= 18")
def test_a_server_that_restarts_is_missed_and_observed_again(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    if not isinstance(cluster, Cluster):
        pytest.skip("a container is not restarted")
    heard = Heard()

    def turns() -> Iterator[None]:
        yield
        cluster.restart()
        yield
        yield

    with sampler(cluster, heard) as taking:
        taking.run(turns())
    (missed,) = heard.missed
    assert isinstance(missed, Unavailable)
    assert len({one.now.instance.started_at for one in heard.observations}) == 2


def test_what_the_listener_raises_ends_the_run_and_the_connection_is_released(cluster: Target) -> None:
    class Full(Heard):
        def on_observation(self, observation: Observation) -> None:
            raise Unavailable("no room")

    with pytest.raises(Unavailable, match="no room"), sampler(cluster, Full()) as taking:
        taking.run(repeat(None))
    assert own(cluster) == 0
