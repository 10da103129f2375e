"""The ladder into a full server: what turned us away, and which rung leads in all the same."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pgconn.demo.clients import Target, address, close, session, sessions, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.slots import database_limit, full, full_to_the_reserve, half_authenticated, role_limit
from pgconn.model.instance import Target as Asked
from pgconn.observe.snapshot import take
from pgconn.server import Server
from tests.conftest import MakeCluster, MakePgBouncer, Run
from tests.looking import look
from tests.standby import Standby

At = Callable[[Target | str], Run]


@contextlib.contextmanager
def rescuer(target: Target) -> Iterator[str]:
    """A role that may come in as a walsender and see everything."""
    with session(target) as owner:
        owner.execute("create role rescuer login replication in role pg_monitor")
        owner.execute("alter role rescuer password 'pgconn'")
        try:
            yield "rescuer"
        finally:
            owner.execute("drop role rescuer")


def failure(run: Run, *arguments: str) -> dict[str, object]:
    """The error that a run ends with."""
    found: dict[str, object] = json.loads(run(*arguments, "--json").stdout)
    assert found["kind"] == "error"
    return found


def test_a_server_full_to_the_last_slot_is_entered_through_a_walsender(cluster: Target, pgconn_at: At) -> None:
    with rescuer(cluster) as role, full(cluster):
        done = pgconn_at(cluster.conninfo(user=role))("status", "--json")
        seen = json.loads(done.stdout)
        assert seen["entered_by"] == "walsender"
        assert seen["slots"]["free"]["superuser"] == 0
        assert seen["slots"]["used"] == seen["slots"]["max_connections"]
        assert "as asked" in done.stderr
        assert "walsender slot: in" in done.stderr


def test_every_command_gets_in_by_the_walsender_rung(cluster: Target, pgconn_at: At, tmp_path: object) -> None:
    with rescuer(cluster) as role, full(cluster):
        run = pgconn_at(cluster.conninfo(user=role))
        for command in (["status"], ["sessions"], ["record", f"{tmp_path}/full.jsonl"], ["ready"]):
            done = run(*command)
            assert done.returncode == 0, (command, done.stderr)


def test_a_walsender_sees_what_a_slot_sees(cluster: Target) -> None:
    with sessions(cluster, 3, user="app"), half_authenticated(cluster, 2):
        front = look(cluster, with_queries=True)
        with Server.connect(Asked(dbname=cluster.conninfo()), rung="walsender") as server:
            back = take(server, with_queries=True, with_blockers=True)
    assert front.slots.free == back.slots.free
    assert {s.pid for s in front.holders} == {s.pid for s in back.holders}
    assert front.limits == back.limits


def test_no_walsender_keeps_to_the_front_door(cluster: Target, pgconn_at: At) -> None:
    with rescuer(cluster) as role, full(cluster):
        done = pgconn_at(cluster.conninfo(user=role))("status", "--no-walsender")
        assert done.returncode == 4
        assert "walsender slot" not in done.stderr.partition("hint:")[0]


def test_with_walsenders_used_up_too_no_connection_is_accepted_and_both_limits_are_named(
    cluster: Target, pgconn_at: At
) -> None:
    with rescuer(cluster) as role, full(cluster), physical_walsenders(cluster, 5):
        done = pgconn_at(cluster.conninfo(user=role))("status")
        assert done.returncode == 4
        assert "max_connections" in done.stderr
        assert "max_wal_senders" in done.stderr
        assert "neither superusers nor walsenders get in" in done.stderr
        assert "replication=database" not in done.stderr


def test_the_hint_does_not_repeat_what_was_just_tried(cluster: Target, pgconn_at: At) -> None:
    with full(cluster):
        done = pgconn_at(cluster.conninfo(user="app"))("status")
        assert done.returncode == 4
        assert "through a walsender slot: permission denied" in done.stderr or "must be superuser" in done.stderr
        assert "replication=database" not in done.stderr.partition("hint:")[2]


@pytest.mark.parametrize("user", ["app", "oncall"])
def test_the_reserve_that_refused_is_named(cluster: Target, pgconn_at: At, user: str) -> None:
    reserved = 2 if user == "oncall" and cluster.major >= 16 else 0
    with full_to_the_reserve(cluster), sessions(cluster, reserved, user="oncall"):
        found = failure(pgconn_at(cluster.conninfo(user=user)), "status")
    assert found["exit"] == 4
    refusal = found["refusal"]
    assert isinstance(refusal, dict)
    members = cluster.major >= 16 and user == "app"
    assert refusal["limit"] == ("reserved_role" if members else "superuser_reserve")


def test_a_role_at_its_limit_and_a_database_at_its_limit_are_distinguished(cluster: Target, pgconn_at: At) -> None:
    with role_limit(cluster, 2, "limited"):
        refusal = failure(pgconn_at(cluster.conninfo(user="limited")), "status")["refusal"]
        assert isinstance(refusal, dict)
        assert refusal["limit"] == "role"
    with database_limit(cluster, 2, "narrow"):
        refusal = failure(pgconn_at(cluster.conninfo(user="app", dbname="narrow")), "status")["refusal"]
        assert isinstance(refusal, dict)
        assert refusal["limit"] == "database"


def test_clients_that_never_finish_logging_in_can_take_every_slot(cluster: Target, pgconn_at: At) -> None:
    with rescuer(cluster) as role, half_authenticated(cluster, 29):
        done = pgconn_at(cluster.conninfo(user=role))("status", "--json")
        seen = json.loads(done.stdout)
        assert seen["entered_by"] == "walsender"
        assert seen["slots"]["authenticating"] == 29


def test_silent_sockets_in_all_children_are_distinguished_from_a_lack_of_slots(
    make_cluster: MakeCluster, pgconn_at: At
) -> None:
    settings = {"max_connections": "5", "superuser_reserved_connections": "1", "reserved_connections": "0"}
    server = make_cluster(settings | {"max_wal_senders": "2", "max_worker_processes": "2", "autovacuum": "off"})
    with contextlib.ExitStack() as silent:
        for _ in range(60):
            silent.enter_context(socket.create_connection(address(server)))
        time.sleep(0.5)
        refusal = failure(pgconn_at(server), "status")["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["limit"] == "children"


@pytest.mark.pg(">= 18")
def test_waiting_gets_in_when_a_slot_is_given_back(local_cluster: Cluster, pgconn_at: At) -> None:
    def refusals() -> int:
        return local_cluster.log.count("sorry, too many clients already")

    def give_back() -> None:
        wait_until(lambda: refusals() > before, "that it turned pgconn away")
        close(*held[-4:])

    with full(local_cluster) as held:
        before, giver = refusals(), threading.Thread(target=give_back)
        giver.start()
        done = pgconn_at(local_cluster)("status", "--no-walsender", "--wait", "60s")
        giver.join()
        assert done.returncode == 0, done.stderr
        assert "waiting up to 60 s" in done.stderr


@pytest.mark.pg(">= 18")
def test_waiting_in_vain_ends_in_time_with_exit_4(cluster: Target, pgconn_at: At) -> None:
    with full(cluster):
        began = time.monotonic()
        done = pgconn_at(cluster)("status", "--no-walsender", "--wait", "1s")
        assert done.returncode == 4
        assert "a longer --wait" in done.stderr
        assert time.monotonic() - began < 60


def test_waiting_is_not_for_a_refused_login(cluster: Target, pgconn_at: At) -> None:
    began = time.monotonic()
    done = pgconn_at(cluster.conninfo(user="no such role"))("status", "--wait", "100s")
    assert done.returncode == 3
    assert time.monotonic() - began < 60


def test_a_standby_that_is_full_is_entered_through_a_walsender(local_cluster: Cluster, pgconn_at: At) -> None:
    with Standby(local_cluster, {"max_connections": "30"}) as standby, full(standby):
        done = pgconn_at(standby)("status", "--json")
        seen = json.loads(done.stdout)
        assert seen["entered_by"] == "walsender"
        assert seen["server"]["standby"]


@pytest.mark.parametrize("mode", ["session", "transaction"])
@pytest.mark.pg(">= 18")
def test_behind_a_pooler_a_full_server_is_exit_4_in_the_time_of_a_login(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At, mode: str
) -> None:
    pooler = pgbouncer(cluster, mode, settings={"query_wait_timeout": "1", "server_login_retry": "1"})
    with full(cluster):
        done = pgconn_at(pooler.conninfo(user="app", dbname="app"))("status")
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr


def test_the_client_limit_of_a_pooler_is_not_taken_for_the_servers(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"max_client_conn": "3"})
    with sessions(pooler, 3, user="app", dbname="app"):
        refusal = failure(pgconn_at(pooler.conninfo(user="app", dbname="app")), "status")["refusal"]
    assert isinstance(refusal, dict)
    assert refusal["limit"] == "pooler_clients"
    assert refusal["source"] == "pgbouncer"


@pytest.mark.parametrize(
    "described",
    [
        "postgres://u:hunter/2secret@h",
        "postgres://u:hunter@2secret@h/x",
        "host=x password=hunter2secret foo",
        "host=127.0.0.1 port=2secret user=hunter",
        "host=127.0.0.1 user=u password=hunter2secret sslmode=2secret",
        "postgresql://h:2secret/db",
        "host=a,b port=1,2,3 password=2secret",
        "host=\udcff user=2secret",
    ],
)
@pytest.mark.offline
def test_a_connection_string_with_a_mistake_is_wrong_usage_and_shows_no_part_of_a_password(
    pgconn: Run, described: str
) -> None:
    for arguments in (["status", "-d", described], ["status", "--json", "-d", described]):
        done = pgconn(*arguments)
        assert done.returncode == 2
        assert "2secret" not in done.stdout + done.stderr


@pytest.mark.offline
def test_an_unknown_service_and_a_bad_port_are_named(pgconn: Run) -> None:
    assert '"nowhere"' in pgconn("status", "--service", "nowhere").stderr
    assert '"54x"' in pgconn("status", "-h", "127.0.0.1", "-p", "54x").stderr
