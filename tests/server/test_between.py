"""What is between pgconn and the server: a pooler is counted and shown as one, a relay is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pgconn.demo.clients import Target, address, control, scalar, session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.slots import full_to_the_reserve
from pgconn.demo.relay import relays
from pgconn.model.instance import Target as Asked
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.server.probe import nameless
from tests.conftest import MakeCluster, MakePooler, Run
from tests.looking import openable
from tests.poolers import kind_of
from tests.poolers.pooler import Pooler

At = Callable[[Target | str], Run]

PRODUCTS = {"pgpool": "pgpool", "pgagroal": "pgagroal", "odyssey": None}
_WALSENDERS = "select count(*) from pg_catalog.pg_stat_get_wal_senders()"


def before(cluster: Target, any_pooler: MakePooler, program: Path, mode: str) -> Pooler:
    """A pooler in this mode that lets `watcher` into `app`."""
    if mode not in kind_of(program).modes:
        pytest.skip("it has no such mode")
    databases = ("app watcher 3 3 3",) if (program.name, mode) == ("pgagroal", "transaction") else ()
    return any_pooler(cluster, mode, databases=databases)


def status(run: Run) -> dict[str, Any]:
    done = run("status", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_through_each_pooler_the_numbers_are_those_of_the_server_with_a_new_backend_and_an_old_one(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path, pgconn_at: At, mode: str
) -> None:
    pooler = before(cluster, any_pooler, pooler_program, mode)
    with sessions(cluster, 3, user="app"):
        run = pgconn_at(pooler.conninfo(user="watcher", dbname="app"))
        for _ in range(6):
            seen = status(run)
            assert seen["pooler"]
            assert seen["slots"]["own"] == 0
            assert seen["slots"]["free"]["ordinary"] == openable(cluster, "app")
        assert "seen through a pooler" in run("status").stdout
        named = "pgbouncer" if pooler.version >= (1, 26) else None
        assert seen["pooler_product"] == PRODUCTS.get(pooler.program, named)


def test_a_relay_keeps_nothing_and_is_no_pooler(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 3, user="app"), relays(cluster, "127.0.0.11") as opened:
        run = pgconn_at(cluster.conninfo(user="watcher", dbname="app", **opened["127.0.0.11"].place))
        for _ in range(2):
            seen = status(run)
            assert (seen["pooler"], seen["pooler_product"], seen["slots"]["own"]) == (False, None, 1)
            assert seen["slots"]["free"]["ordinary"] == openable(cluster, "app")


def test_directly_nothing_is_asked_that_the_servers_log_would_show(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster()
    if not isinstance(server, Cluster):
        pytest.skip("the log of a container is out of reach")
    for place in ({}, {"host": str(server.socket_dir)}):
        seen = status(pgconn_at(server.conninfo(user="watcher", **place)))
        assert (seen["pooler"], seen["slots"]["own"]) == (False, 1)
    assert "FATAL" not in server.log
    assert "ERROR" not in server.log


def test_a_packet_without_a_user_is_answered_by_postgresql_itself_and_by_no_pooler(
    cluster: Target, any_pooler: MakePooler
) -> None:
    pooler = any_pooler(cluster)
    for target, direct in ((cluster, True), (pooler, False)):
        place = dict(part.split("=", 1) for part in target.conninfo().split())
        answer = nameless(place["host"], int(place["port"]))
        assert answer.is_postgresql is direct
        assert answer.kind in ("refused", "closed")
    with session(pooler, user="app", dbname="app") as client:
        assert scalar(client, "select 1") == 1


def test_ready_tries_no_walsender_through_a_pooler_and_leaves_none_behind(
    local_cluster: Cluster, any_pooler: MakePooler, pgconn_at: At
) -> None:
    for name, option in (("rep", "replication"), ("plain", "noreplication")):
        with role(local_cluster, name), session(local_cluster) as owner:
            owner.execute(f"alter role {name} {option}".encode())
            pooler = any_pooler(local_cluster)
            tried = local_cluster.log.count("WAL sender")
            for _ in range(3):
                done = pgconn_at(pooler.conninfo(user=name, dbname="app"))("ready", "--json")
                ways = {way["rung"]: way for way in json.loads(done.stdout)["ways"]}
                assert not ways["walsender"]["works"]
                assert "through the pooler it is not tried" in ways["walsender"]["detail"]
                assert "connect to the server itself, past the pooler" in ways["walsender"]["missing"]
            assert local_cluster.log.count("WAL sender") == tried
            assert scalar(owner, _WALSENDERS) == 0
            pooler.close()


def test_ready_tries_no_walsender_for_a_role_without_replication(local_cluster: Cluster, pgconn_at: At) -> None:
    tried = local_cluster.log.count("WAL sender")
    done = pgconn_at(local_cluster.conninfo(user="app"))("ready", "--json")
    ways = {way["rung"]: way for way in json.loads(done.stdout)["ways"]}
    assert ways["walsender"]["missing"] == ['ALTER ROLE "app" REPLICATION;']
    assert local_cluster.log.count("WAL sender") == tried


def test_a_full_server_behind_a_pooler_is_not_entered_through_a_walsender(
    cluster: Target, any_pooler: MakePooler, pgconn_at: At
) -> None:
    with role(cluster, "rep"), session(cluster) as owner:
        owner.execute("alter role rep replication")
        pooler = any_pooler(cluster)
        with full_to_the_reserve(cluster), control(cluster) as observer:
            done = pgconn_at(pooler.conninfo(user="rep", dbname="app"))("status")
            assert "through a walsender slot: in" not in done.stderr
            assert done.returncode in (3, 4), done.stderr
            assert scalar(observer, _WALSENDERS) == 1, "the observer's own"
        pooler.close()


def test_a_walsender_through_a_pooler_is_counted_once(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path
) -> None:
    pooler = any_pooler(cluster)
    if pooler.program == "pgagroal" or (pooler.program == "pgbouncer" and pooler.version < (1, 23)):
        pytest.skip("it passes no replication connection on")
    asked = Asked(dbname=pooler.conninfo(dbname="postgres", replication="database"))
    with Server.connect(asked) as server, session(cluster) as observer:
        seen = take(server)
        assert (seen.entered_by, seen.pooler) == ("walsender", True)
        assert seen.walsenders.used + seen.walsenders.own == scalar(observer, _WALSENDERS) == 1
        assert seen.walsenders.own == (0 if pooler.program == "pgpool" else 1)
    pooler.close()


def test_a_pooler_that_ignores_replication_gives_an_ordinary_slot_and_is_believed_no_more(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path, pgconn_at: At
) -> None:
    if kind_of(pooler_program).program != "pgbouncer":
        pytest.skip("a setting of PgBouncer")
    pooler = any_pooler(cluster, settings={"ignore_startup_parameters": "replication"})
    if pooler.version >= (1, 23):
        pytest.skip("it passes replication connections on")
    asked = Asked(dbname=pooler.conninfo(user="postgres", dbname="app", replication="database"))
    with Server.connect(asked) as server:
        seen = take(server)
        assert (seen.entered_by, seen.walsenders.own) == ("slot", 0)


def test_replication_is_not_asked_for_through_a_pooler_and_its_clients_go_on(
    cluster: Target, any_pooler: MakePooler, pgconn: Run
) -> None:
    pooler = any_pooler(cluster)
    with session(cluster) as observer:
        done = pgconn("status", "-d", pooler.conninfo(user="app", dbname="app", replication="database"))
        assert done.returncode == 2, done.stderr
        assert "omit replication" in done.stderr
        assert scalar(observer, _WALSENDERS) == 0
        with session(pooler, user="app", dbname="app") as client:
            assert scalar(client, "select 1") == 1
        pooler.close()


def test_no_walsender_is_left_in_a_pooler_that_is_one_of_several_hosts(
    cluster: Target, pgpool: MakePooler, pgconn_at: At
) -> None:
    host, port = address(cluster)
    with role(cluster, "rep"), session(cluster) as owner:
        owner.execute("alter role rep replication")
        pooler = pgpool(cluster)
        where = {"host": f"{pooler.host},{host}", "port": f"{pooler.port},{port}"}
        with full_to_the_reserve(cluster), control(cluster) as observer:
            done = pgconn_at(pooler.conninfo(user="rep", dbname="app", **where))("status")
            assert done.returncode == 4, done.stderr
            assert "not tried, because a pooler is between" in done.stderr
            assert scalar(observer, _WALSENDERS) == 1, "the observer's own"
        pooler.close()
