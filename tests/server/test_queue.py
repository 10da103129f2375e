"""A login that nobody answers: a pooler's queue, a server behind a pooler that refuses, or one that hangs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from pgconn.demo.clients import Target, close, scalar, sessions
from pgconn.demo.cluster import Cluster, free_port
from pgconn.demo.incidents.slots import full
from tests.conftest import MakeCluster, MakePgBouncer, MakePooler, Run, libpq_variables
from tests.servers import Copy

At = Callable[[Target | str], Run]

PATIENT = {"query_wait_timeout": "60", "server_login_retry": "1"}


def failure(run: Run, *arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json", env=env).stdout)
    assert found["kind"] == "error"
    return found


SHORT = {"PGCONNECT_TIMEOUT": "2"}


def freed_while_it_waits(where: str, free: Callable[[], None]) -> "subprocess.CompletedProcess[str]":
    """`pgconn status --wait 60s`, where somebody frees what it waits for as soon as it says that it waits."""
    command = (sys.executable, "-m", "pgconn", "status", "--wait", "60s")
    environment = os.environ | libpq_variables(where) | SHORT
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        lines, is_freed = [], False
        for line in running.stderr:
            lines.append(line)
            if "waiting up to" in line and not is_freed:
                is_freed = True
                free()
        return subprocess.CompletedProcess(command, running.wait(), "", "".join(lines))


@pytest.mark.pg(">= 19")
def test_a_question_in_the_queue_of_pgbouncer_is_exit_4_and_is_waited_for(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, settings=PATIENT | {"default_pool_size": "1"})
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with sessions(pooler, 1, user="app", dbname="app") as held:
        assert scalar(held[0], "select 1") == 1, "from now on it has the only connection to the server"
        error = failure(run, "status", env=SHORT)
        assert (error["exit"], error["refusal"]["limit"]) == (4, "pooler_queue")
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held))
    assert done.returncode == 0, done.stderr
    assert "a queue, or a server that hangs" in done.stderr


@pytest.mark.pg(">= 19")
def test_waiting_stays_in_the_queue_of_pgbouncer_until_a_connection_is_free(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    pooler = pgbouncer(cluster, settings=PATIENT | {"server_login_retry": "10"})
    with full(cluster) as held:
        with suppress(psycopg.OperationalError):
            pooler.connect(user="app", dbname="app")
        run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
        assert failure(run, "status", env=SHORT)["exit"] == 4
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held[-12:]))
    assert done.returncode == 0, done.stderr


def test_children_of_pgpool_used_up_are_waited_for_and_without_waiting_are_no_answer(
    cluster: Target, pgpool: MakePooler, pgconn_at: At
) -> None:
    pooler = pgpool(cluster, settings={"num_init_children": "1"})
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with sessions(pooler, 1, user="app", dbname="app") as held:
        error = failure(run, "status", env=SHORT)
        assert error["exit"] == 3
        assert "hang" in error["hint"]
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held))
    assert done.returncode == 0, done.stderr
    assert "a queue, or a server that hangs" in done.stderr


def test_a_full_pool_of_pgagroal_is_waited_for(cluster: Target, pgagroal: MakePooler, pgconn_at: At) -> None:
    pooler = pgagroal(cluster, settings={"max_connections": "1", "blocking_timeout": "60"})
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with sessions(pooler, 1, user="app", dbname="app") as held:
        error = failure(run, "status", env=SHORT)
        assert (error["exit"], error["refusal"]["limit"]) == (4, "pooler_queue")
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held))
    assert done.returncode == 0, done.stderr


def test_a_full_server_behind_pgpool_is_exit_4_though_libpq_has_no_text(
    cluster: Target, pgpool: MakePooler, pgconn_at: At
) -> None:
    pooler = pgpool(cluster)
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with full(cluster) as held:
        error = failure(run, "status")
        assert (error["exit"], error["refusal"]["limit"], error["refusal"]["behind"]) == (4, "pooler_login", "slots")
        assert error["refusal"]["source"] == "pgpool"
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held[-12:]))
    assert done.returncode == 0, done.stderr


def test_a_full_server_behind_odyssey_is_waited_for(cluster: Target, odyssey: MakePooler) -> None:
    pooler = odyssey(cluster)  # without pool_timeout it has one text for all that a server answers
    with full(cluster) as held:
        done = freed_while_it_waits(pooler.conninfo(user="app", dbname="app"), lambda: close(*held[-12:]))
    assert done.returncode == 0, done.stderr


def test_a_server_that_is_down_behind_pgagroal_is_exit_3_whatever_libpq_could_read(
    cluster: Target, pgagroal: MakePooler, pgconn_at: At
) -> None:
    pooler = pgagroal(cluster, server_port=free_port(Copy.ports))
    for _ in range(6):
        error = failure(pgconn_at(pooler.conninfo(user="app", dbname="app")), "status")
        assert (error["exit"], error["refusal"]["limit"]) == (3, "pooler_login")


def test_a_full_pool_of_pgagroal_is_no_lack_of_slots_on_the_server(
    cluster: Target, pgagroal: MakePooler, pgconn_at: At
) -> None:
    pooler = pgagroal(cluster, settings={"max_connections": "1", "blocking_timeout": "0"})
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with sessions(pooler, 1, user="app", dbname="app"):
        for _ in range(5):
            error = failure(run, "status")
            assert error["exit"] == 4
            assert error["refusal"]["limit"].startswith("pooler_")
            assert "rescue" not in error["hint"]


def test_odysseys_global_limit_is_read_before_the_startup_packet(
    cluster: Target, odyssey: MakePooler, pgconn_at: At
) -> None:
    pooler = odyssey(cluster, settings={"client_max": "1"})
    run = pgconn_at(pooler.conninfo(user="app", dbname="app"))
    with sessions(pooler, 1, user="app", dbname="app"):
        for _ in range(5):
            error = failure(run, "status")
            assert (error["exit"], error["refusal"]["limit"]) == (4, "pooler_clients")


@pytest.mark.pg(">= 19")
def test_a_frozen_server_is_no_answer_with_exit_3(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster()
    if not isinstance(server, Cluster):
        pytest.skip("a container's processes are out of reach")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        error = failure(pgconn_at(server), "status", env=SHORT)
        assert (error["exit"], error["refusal"]["limit"]) == (3, "no_listener")
        done = freed_while_it_waits(server.conninfo(), lambda: os.kill(server.pid, signal.SIGCONT))
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert done.returncode == 0, done.stderr


@pytest.mark.offline
def test_an_address_that_drops_packets_is_given_up_after_connect_timeout_however_long_the_wait(pgconn: Run) -> None:
    began = time.monotonic()
    done = pgconn("status", "-h", "192.0.2.1", "-p", "5432", "--wait", "100s", env=SHORT)
    assert done.returncode == 3
    assert time.monotonic() - began < 60
