"""Who is ended and who is spared, decided on real processes, and ended with care."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import psutil
import pytest
from psycopg import sql

from pgconn.actions import rescue
from pgconn.actions.rescue import carry_out
from pgconn.actions.rescue_planning import RescuePlan, plan_rescue
from pgconn.demo.clients import Connection, session, sessions, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import logical_walsenders, physical_walsenders
from pgconn.demo.incidents.names import database, role
from pgconn.demo.incidents.slots import full, full_to_the_reserve, half_authenticated
from pgconn.demo.incidents.transactions import idle_in_transaction
from pgconn.host import end, scan_processes
from pgconn.model.instance import Target
from pgconn.model.process import HostSnapshot, Process, ServerLocation, Title
from pgconn.model.result import Listener
from pgconn.model.termination import Outcome, Victim
from pgconn.server import Server
from pgconn.server.refused import Refused, read_refused
from tests.conftest import MakeCluster
from tests.looking import at_rest


def at(cluster: Cluster) -> HostSnapshot:
    return scan_processes(ServerLocation(pgdata=str(cluster.datadir)))


def plan(cluster: Cluster, between: Callable[[], object] = lambda: None, **options: object) -> RescuePlan:
    """The plan of two looks, with something done between them."""
    at_rest(cluster)
    first = at(cluster)
    between()
    return plan_rescue(first, at(cluster), **options)  # type: ignore[arg-type]


class Heard(Listener):
    """Keeps the outcomes that it hears of."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        assert victim.pid == outcome.pid
        self.outcomes.append(outcome)


def whys(made: RescuePlan) -> dict[int, str]:
    return {spared.pid: spared.why for spared in made.spared}


def pid(connection: Connection) -> int:
    return connection.info.backend_pid


def refuse() -> Server:
    """A door that never opens."""
    raise read_refused("FATAL:  sorry, too many clients already", "nowhere")


def door(cluster: Cluster, user: str = "postgres") -> Callable[[], Server]:
    return lambda: Server.connect(Target(dbname=cluster.conninfo(user=user)))


@contextmanager
def living_on(*connections: Connection) -> Iterator[None]:
    """Fails when one of these sessions does not live on."""
    yield
    for connection in connections:
        assert connection.execute("select 1").fetchone() == (1,)


def test_only_idle_backends_of_ordinary_roles_may_end_and_the_longest_lived_first(local_cluster: Cluster) -> None:
    with (
        sessions(local_cluster, 3, user="app") as idle,
        idle_in_transaction(local_cluster, 1, user="app", dbname="app") as in_transaction,
        session(local_cluster) as superuser,
        logical_walsenders(local_cluster, 1) as walsenders,
        half_authenticated(local_cluster, 1),
    ):
        made = plan(local_cluster)
        assert [victim.pid for victim in made.victims] == [pid(connection) for connection in idle]
        spared = whys(made)
        assert spared.pop(pid(superuser)) == "its role postgres is taken for a superuser"
        assert spared.pop(pid(walsenders[0])) == "it is a walsender"
        assert spared.pop(pid(in_transaction[0])) == "it is idle in transaction"
        assert list(spared.values()) == ["it has not logged in yet"]


def test_roles_that_are_named_are_spared_and_superusers_may_be_included(local_cluster: Cluster) -> None:
    with session(local_cluster, user="app") as app, session(local_cluster) as superuser:
        assert plan(local_cluster, superusers=["app"]).victims == ()
        included = plan(local_cluster, include_superusers=True)
        assert [victim.pid for victim in included.victims] == [pid(app), pid(superuser)]


def test_a_role_that_only_might_be_a_superuser_is_spared(local_cluster: Cluster) -> None:
    with role(local_cluster, "postgres x"), session(local_cluster, user="postgres x", dbname="app") as unclear:
        assert whys(plan(local_cluster)) == {pid(unclear): "its role postgres is taken for a superuser"}
    with database(local_cluster, "my db"), session(local_cluster, user="app", dbname="my db") as clear:
        assert [victim.pid for victim in plan(local_cluster).victims] == [pid(clear)]


def test_a_tool_for_backups_is_spared(local_cluster: Cluster) -> None:
    with role(local_cluster, "barman"), session(local_cluster, user="barman", dbname="app") as backup:
        assert "backups" in whys(plan(local_cluster))[pid(backup)]


def test_an_idle_client_beside_a_walsender_of_its_role_and_address_may_be_a_slotsync_worker(
    local_cluster: Cluster,
) -> None:
    host = {"host": "127.0.0.1"}
    socket = {"host": str(local_cluster.socket_dir)}
    with (
        role(local_cluster, "standby1", sql.SQL("replication")),
        session(local_cluster, user="standby1", dbname="app", **host) as synchronizes,
        session(local_cluster, user="standby1", dbname="app", **socket) as elsewhere,
    ):
        assert {victim.pid for victim in plan(local_cluster).victims} == {pid(synchronizes), pid(elsewhere)}
        with physical_walsenders(local_cluster, user="standby1", host="127.0.0.1"):
            made = plan(local_cluster)
        assert [victim.pid for victim in made.victims] == [pid(elsewhere)]
        assert "may be a standby's slotsync worker" in whys(made)[pid(synchronizes)]


def test_who_works_or_comes_between_the_looks_is_spared(local_cluster: Cluster) -> None:
    with (
        session(local_cluster, user="app") as quiet,
        session(local_cluster, user="app") as busy,
    ):
        made = plan(local_cluster, lambda: busy.execute("select 1"))
        assert [victim.pid for victim in made.victims] == [pid(quiet)]
        assert whys(made) == {pid(busy): "it worked between the two looks"}
        first = at(local_cluster)
        with session(local_cluster, user="app") as newcomer:
            assert whys(plan_rescue(first, at(local_cluster)))[pid(newcomer)] == "it came between the two looks"


def test_one_backend_ends_and_one_connection_is_in(local_cluster: Cluster) -> None:
    with full(local_cluster) as opened:
        made, heard = plan(local_cluster), Heard()
        server, outcomes = carry_out(made, door(local_cluster), heard)
        assert server is not None
        server.close()
        assert [(outcome.pid, outcome.result) for outcome in outcomes] == [(pid(opened[0]), "terminated")]
        assert list(outcomes) == heard.outcomes
        with living_on(*opened[1:]):
            pass


def test_a_server_that_is_slow_to_answer_loses_no_session_for_it(
    local_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue, "_HEAD_START", 0.05)
    monkeypatch.setattr(rescue, "_AFTER_AN_END", 0.05)

    def slow() -> Server:
        time.sleep(0.2)
        return door(local_cluster)()

    with full(local_cluster) as opened:
        for ended in ([pid(opened[0])], []):
            server, outcomes = carry_out(plan(local_cluster), slow, Listener())
            assert server is not None
            server.close()
            assert [outcome.pid for outcome in outcomes] == ended


def test_a_slot_that_is_free_by_now_costs_no_session(local_cluster: Cluster) -> None:
    with full(local_cluster) as opened:
        made = plan(local_cluster)
        opened[3].close()
        wait_until(lambda: not psutil.pid_exists(pid_of(made, 3)), "that it has left")
        server, outcomes = carry_out(made, door(local_cluster), Listener())
        assert server is not None
        server.close()
        assert outcomes == ()


def pid_of(made: RescuePlan, number: int) -> int:
    return made.victims[number].pid


def test_as_many_end_as_an_ordinary_role_needs_below_the_reserve(local_cluster: Cluster) -> None:
    with full(local_cluster) as opened:
        reserve = 5 if local_cluster.major >= 16 else 3
        server, outcomes = carry_out(plan(local_cluster), door(local_cluster, "app2"), Listener())
        assert server is not None
        server.close()
        assert [outcome.result for outcome in outcomes] == ["terminated"] * (reserve + 1)
        with living_on(*opened[reserve + 1 :]):
            pass


@pytest.mark.pg(">= 18")
def test_no_more_end_than_is_allowed(local_cluster: Cluster) -> None:
    with full_to_the_reserve(local_cluster) as opened:
        server, outcomes = carry_out(plan(local_cluster, at_most=2), refuse, Listener())
        assert server is None
        assert [outcome.pid for outcome in outcomes] == [pid(opened[0]), pid(opened[1])]
        with living_on(*opened[2:]):
            pass


def test_a_backend_that_went_to_work_after_the_looks_is_spared(local_cluster: Cluster) -> None:
    with (
        session(local_cluster, user="app") as begun,
        session(local_cluster, user="app") as used,
        session(local_cluster, user="app") as left,
        living_on(begun, used),
    ):
        made = plan(local_cluster)
        begun.execute("begin")
        used.execute("select 1")
        left.close()
        wait_until(lambda: not psutil.pid_exists(pid_of(made, 2)), "that it has left")
        _, outcomes = carry_out(made, refuse, Listener())
        assert [outcome.result for outcome in outcomes] == ["changed", "changed", "gone"]
        assert "idle in transaction" in outcomes[0].detail
        assert outcomes[1].detail == "it has worked since"
        begun.execute("rollback")


def test_another_refusal_than_that_no_slot_is_free_ends_the_race(local_cluster: Cluster) -> None:
    with sessions(local_cluster, 5, user="app") as opened, living_on(*opened):
        with pytest.raises(Refused) as caught:
            carry_out(plan(local_cluster), door(local_cluster, "nobody of that name"), Listener())
        assert caught.value.refusal.limit == "login"


def test_a_pid_that_changed_hands_is_left_alone(local_cluster: Cluster) -> None:
    with session(local_cluster, user="app") as opened, living_on(opened):
        made = plan(local_cluster)
        (victim,) = made.candidates
        for change, why in (
            ({"started": victim.started - 1}, "its pid belongs to another process now"),
            ({"uid": victim.uid + 1}, "it belongs to another user"),
            ({"text": victim.text + " "}, "its title is now"),
        ):
            result, detail = end(made.postmaster, msgspec.structs.replace(victim, **change))
            assert result == "changed"
            assert detail.startswith(why)
        server = msgspec.structs.replace(made.postmaster, started=made.postmaster.started - 1)
        assert end(server, victim) == ("changed", "the server is another one now")


@pytest.mark.pg(">= 18")
def test_neither_another_servers_child_nor_the_postmaster_nor_a_stranger_is_ended(
    local_cluster: Cluster, make_cluster: MakeCluster
) -> None:
    other = make_cluster()
    assert isinstance(other, Cluster)
    with (
        session(other, user="app") as neighbour,
        living_on(neighbour),
        subprocess.Popen(["sleep", "60"]) as stranger,
    ):
        mine, theirs = at(local_cluster), plan(other).candidates
        for victim in (*theirs, as_process(stranger.pid), as_process(local_cluster.pid)):
            assert end(mine.postmaster, victim) == ("changed", "it is not a child of the server")
        assert stranger.poll() is None
        stranger.kill()


def as_process(number: int) -> Process:
    """A process that is no backend, made up to look like one."""
    real = psutil.Process(number)
    text, work = " ".join(real.cmdline()), real.num_ctx_switches()
    return Process(
        pid=number,
        started=real.create_time(),
        uid=os.getuid(),
        text=text,
        title=at_title(),
        work=(0.0, work.voluntary),
    )


def at_title() -> Title:
    return Title(backend_type="client backend", names="app app", user="app", database="app", state="idle")
