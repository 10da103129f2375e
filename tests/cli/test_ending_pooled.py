"""Ending the sessions of a pooler, directly and through it: what the plan says of them is what their clients meet."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgconn.demo.clients import Connection, Target, control, scalar, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.slots import full
from tests.conftest import MakePgBouncer, MakePooler, Run
from tests.ending import alive
from tests.poolers import kind_of
from tests.poolers.pooler import Pooler

At = Callable[[Target | str], Run]
WHO = {"user": "app", "dbname": "app"}
IDLE = "select count(*) from pg_stat_activity where datname = 'app' and usename = 'app' and state = 'idle'"
FREE = f"{IDLE} and upper(query) ~ '^(DISCARD ALL|SET SESSION AUTHORIZATION DEFAULT)'"
MODES = pytest.mark.parametrize("mode", ["session", "transaction"])


@pytest.fixture
def pooled(any_pooler: MakePooler, pooler_program: Path, cluster: Target) -> Callable[[str], Pooler]:
    """A pooler of the one kind that this test runs with, in a mode that it has."""

    def make(mode: str) -> Pooler:
        if mode not in kind_of(pooler_program).modes or (pooler_program.name, mode) == ("pgagroal", "transaction"):
            pytest.skip("it has no such mode, or one that loses clients by itself: pgagroal by transaction")
        return any_pooler(cluster, mode)

    return make


@contextmanager
def one_idle_and_one_gone(pooler: Pooler, cluster: Target) -> Iterator[Connection]:
    """A client that is idle, beside what the pooler has kept of one that has left."""
    with session(pooler, **WHO, application_name="web") as client:
        client.execute("select 1")
        with session(pooler, **WHO, application_name="worker") as another:
            another.execute("select 2")
        with control(cluster) as observer:
            wait_until(
                lambda: scalar(observer, IDLE) >= (1 if pooler.pool_mode == "transaction" else 2), "idle sessions"
            )
        yield client


def answer(ended: Any) -> dict[str, Any]:
    assert ended.returncode in (0, 6), ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def works(pooler: Pooler) -> bool:
    """Whether a new client gets in and is served."""
    with session(pooler, **WHO, application_name="next") as client:
        return bool(scalar(client, "select 3") == 3)


@MODES
def test_what_is_said_to_be_noticed_by_nobody_is_noticed_by_nobody(
    cluster: Target, pooled: Callable[[str], Pooler], pgconn_at: At, mode: str
) -> None:
    pooler = pooled(mode)
    with one_idle_and_one_gone(pooler, cluster) as client:
        planned = answer(pgconn_at(cluster)("kill-idle", "--older", "1ms", "--user", "app", "--dry-run", "--json"))
        free = [one for one in planned["victims"] if "free in a pooler: no client notices" in one["reason"]]
        if pooler.program == "pgagroal":
            assert planned["victims"] == []
            assert {one["protection"] for one in planned["spared"]} == {"poolers"}
        elif pooler.program == "pgbouncer" and mode == "transaction":
            assert free == []
        else:
            assert len(free) >= 1
            pids = [str(one["pid"]) for one in free]
            ended = answer(pgconn_at(cluster)("kill", *pids, "--yes", "--json"))
            assert {one["result"] for one in ended["outcomes"]} == {"terminated"}
            assert all("no client notices" in one["effect"] for one in ended["costs"])
        assert works(pooler)
        assert alive(client) == 1


@MODES
def test_free_takes_what_costs_nobody_anything_first(
    cluster: Target, pooled: Callable[[str], Pooler], pgconn_at: At, mode: str
) -> None:
    pooler = pooled(mode)
    with one_idle_and_one_gone(pooler, cluster) as client:
        ended = answer(pgconn_at(cluster)("free", "1", "--user", "app", "--yes", "--json"))
        assert ended["freed"] == (0 if pooler.program == "pgagroal" else 1)
        assert works(pooler)
        assert alive(client) == 1


@pytest.mark.parametrize("reused", [True, False])
def test_pgpools_clients_that_have_just_logged_in_are_not_said_to_be_free_and_come_after_what_looks_leaked(
    cluster: Target, pgpool: MakePooler, pgconn_at: At, *, reused: bool
) -> None:
    pooler, beside = pgpool(cluster, settings={"num_init_children": "5"}), pgpool(cluster)
    with ExitStack() as stack:
        jobs = [stack.enter_context(session(pooler, **WHO, application_name=f"job{one}")) for one in range(2)]
        for job in jobs:
            job.execute("select 1")
        assert works(beside)
        if reused:
            with ExitStack() as before:
                for one in [before.enter_context(session(pooler, **WHO)) for _ in range(3)]:
                    one.execute("select 1")
        observer = stack.enter_context(control(cluster))
        wait_until(lambda: scalar(observer, FREE) == (4 if reused else 1), "the resets of those that have left")
        clients = [stack.enter_context(session(pooler, **WHO)) for _ in range(3)]
        forgotten = stack.enter_context(session(cluster, user="oncall", dbname="app"))
        free = ("free", "--user", "app", "--user", "oncall", "--json")

        def planned() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = answer(pgconn_at(cluster)(*free, "9", "--dry-run"))["victims"]
            return found

        wait_until(lambda: "looks leaked" in planned()[0]["reason"], "one that looks leaked")
        seen = planned()
        assert seen[0]["pid"] == forgotten.info.backend_pid
        doubtful = [one for one in seen if "unless a client of Pgpool-II has just logged in" in one["reason"]]
        assert seen[1 : len(doubtful) + 1] == doubtful
        assert len(doubtful) == (4 if reused else 1)
        assert sum("has asked nothing yet: no client" in one["reason"] for one in seen) == (0 if reused else 3)
        assert [one for one in seen if one["reason"].endswith("no client notices")] == []
        assert answer(pgconn_at(cluster)(*free, "1" if reused else "2", "--yes"))["freed"] == (1 if reused else 2)
        assert alive(*clients, *jobs) == 5


def test_pgpools_client_that_has_just_logged_in_is_disconnected_as_the_cost_says(
    cluster: Target, pgpool: MakePooler, pgconn_at: At
) -> None:
    pooler = pgpool(cluster, settings={"num_init_children": "1"})
    with session(pooler, **WHO) as gone:
        gone.execute("select 1")
    with control(cluster) as observer:
        wait_until(lambda: scalar(observer, FREE) == 1, "a reset")
    with session(pooler, **WHO) as client:
        ended = answer(pgconn_at(cluster)("free", "1", "--user", "app", "--yes", "--json"))
        assert "unless a client of Pgpool-II has just logged in" in ended["costs"][0]["effect"]
        with pytest.raises(psycopg.Error):
            client.execute("select 1")


def test_a_direct_connection_that_has_asked_nothing_is_not_taken_for_a_free_one_of_the_pooler_beside_it(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, "session")
    with ExitStack() as stack:
        direct = [stack.enter_context(session(cluster, **WHO)) for _ in range(3)]
        assert works(pooler)
        observer = stack.enter_context(control(cluster))
        wait_until(lambda: scalar(observer, FREE) == 1, "a free session")
        free = ("free", "--user", "app", "--json")
        planned = answer(pgconn_at(cluster)(*free, "4", "--dry-run"))["victims"]
        theirs = {one.info.backend_pid for one in direct}
        assert [one["pid"] in theirs for one in planned] == [False, True, True, True]
        assert all("else its client is disconnected" in one["reason"] for one in planned[1:])
        answer(pgconn_at(cluster)(*free, "1", "--yes"))
        assert alive(*direct) == 3


@MODES
def test_what_is_said_to_be_in_use_ends_its_client(
    cluster: Target, pooled: Callable[[str], Pooler], pgconn_at: At, mode: str
) -> None:
    pooler = pooled(mode)
    with one_idle_and_one_gone(pooler, cluster) as client:
        kill_idle = ("kill-idle", "--older", "1ms", "--user", "app", "--json", "--not-protected", "poolers")
        planned = answer(pgconn_at(cluster)(*kill_idle, "--dry-run"))
        used = [one for one in planned["victims"] if "that client is disconnected" in one["reason"]]
        assert len(used) == (pooler.program == "pgagroal" or mode == "session")
        if used:
            answer(pgconn_at(cluster)("kill", str(used[0]["pid"]), "--yes", "--json", "--not-protected", "poolers"))
            with pytest.raises(psycopg.Error):
                client.execute("select 1")
            client.close()
        else:
            answer(pgconn_at(cluster)(*kill_idle, "--yes"))
            assert alive(client) == 1


@MODES
def test_through_a_pooler_no_client_of_it_is_ended(
    cluster: Target, pooled: Callable[[str], Pooler], pgconn_at: At, mode: str
) -> None:
    pooler = pooled(mode)
    with one_idle_and_one_gone(pooler, cluster) as client:
        run = pgconn_at(pooler.conninfo(user="postgres"))
        for typed in (("kill-idle", "--older", "1ms"), ("free", "1")):
            ended = answer(run(*typed, "--user", "app", "--yes", "--json"))
            assert ended["outcomes"] == [], typed
            assert {one["protection"] for one in ended["spared"]} == {"poolers"}
        assert works(pooler)
        assert works(pooler)
        assert alive(client) == 1


def test_a_rescue_through_a_pooler_ends_no_session(
    local_cluster: Cluster, any_pooler: MakePooler, pgconn_at: At
) -> None:
    pooler = any_pooler(local_cluster)
    with full(local_cluster, user="app") as clients:
        rescued = json.loads(pgconn_at(pooler)("rescue", "--yes", "--json").stdout)
        assert rescued["kind"] == "error" or rescued["outcomes"] == [], "a place of a walsender may lead in"
        by_directory = pgconn_at(pooler)("rescue", "--pgdata", str(local_cluster.datadir), "--yes", "--json")
        assert by_directory.returncode != 0
        assert "is not" in json.loads(by_directory.stdout)["message"]
        assert alive(*clients) == len(clients)


def test_of_pgagroal_the_next_client_of_an_ended_free_session_fails_as_the_cost_says(
    cluster: Target, pgagroal: MakePooler, pgconn_at: At
) -> None:
    pooler = pgagroal(cluster)
    assert works(pooler)
    with control(cluster) as observer:
        wait_until(lambda: scalar(observer, FREE) >= 1, "a free session")
    ended = answer(
        pgconn_at(cluster)(
            "kill-idle", "--older", "1ms", "--user", "app", "--yes", "--json", "--not-protected", "poolers"
        )
    )
    assert "the next client that is handed it fails once (57P01)" in ended["costs"][0]["effect"]
    with pytest.raises(psycopg.Error):
        works(pooler)


def test_pgbouncer_in_transaction_mode_shows_many_applications_and_none_of_their_clients_notices(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, "transaction")
    with ExitStack() as stack:
        clients = [
            stack.enter_context(session(pooler, **WHO, application_name=name)) for name in ("web", "worker", "cron")
        ]
        for client in clients:
            client.execute("begin")
        for client in clients:
            client.execute("commit")
        ended = answer(pgconn_at(cluster)("kill-idle", "--older", "1ms", "--user", "app", "--yes", "--json"))
        assert len(ended["victims"]) == 3
        assert all("no client notices if it pools by transaction" in one["reason"] for one in ended["victims"])
        assert all("leaked" not in one["reason"] for one in ended["victims"])
        assert alive(*clients) == 3


@MODES
@pytest.mark.parametrize("name", ["web", "a" * 45, "b" * 55, ""])
def test_the_client_behind_the_name_is_shown_and_its_application_is_found(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path, pgconn_at: At, mode: str, name: str
) -> None:
    value = {"pgbouncer": "1", "odyssey": "yes"}.get(pooler_program.name)
    if value is None:
        pytest.skip("it has no application_name_add_host")
    pooler = any_pooler(cluster, mode, settings={"application_name_add_host": value})
    with session(pooler, **WHO, **({"application_name": name} if name else {})) as client:
        client.execute("begin")  # where it pools by transaction, Odyssey takes the name back at the end of one
        client.execute("select 1")
        with socket.socket(fileno=os.dup(client.fileno())) as line:
            port = line.getsockname()[1]
        shown = name or ("unknown" if pooler_program.name == "odyssey" else "app")
        found = json.loads(pgconn_at(cluster)("sessions", "--app", shown, "--json").stdout)["sessions"]
        assert [one["application_name"] for one in found] == [shown]
        complete = f"127.0.0.1:{port}"
        assert found[0]["pooled_client"] == (complete if len(name) < 55 else "127.0…")
        page = pgconn_at(cluster)("sessions", "--app", shown, columns=200).stdout
        assert f"{found[0]['pooled_client']} via 127.0.0.1" in page
        status = json.loads(pgconn_at(cluster)("status", "--json").stdout)
        assert shown in {one["value"] for one in status["by"]["application_name"]}


def test_keep_counts_the_sessions_of_an_application_whatever_client_stands_behind_its_name(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, "session", settings={"application_name_add_host": "1"})
    with ExitStack() as stack:
        clients = [stack.enter_context(session(pooler, **WHO, application_name="web")) for _ in range(5)]
        for client in clients:
            client.execute("select 1")
        typed = ("kill-idle", "--older", "1ms", "--app", "web", "--keep", "2", "--yes", "--json")
        ended = answer(pgconn_at(cluster)(*typed))
        assert len(ended["victims"]) == 3
        assert alive(*clients) == 2
        for client in clients:
            client.close()
