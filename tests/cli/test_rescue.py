"""`pgconn rescue` on full servers: it gets in, ends as few as possible, and none that it should not."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from pgconn.demo.clients import Connection, Target, close, session, sessions, start
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.slots import full, full_to_the_reserve, half_authenticated
from pgconn.demo.relay import relays
from tests.conftest import MakeCluster, Run
from tests.ending import in_wait
from tests.looking import at_rest
from tests.unprivileged import as_nobody

At = Callable[[Target | str], Run]


SLEEP = sql.SQL("select pg_catalog.pg_sleep(60)")
WITHOUT_WALSENDERS = {"max_wal_senders": "0", "wal_level": "minimal"}


@pytest.fixture(autouse=True)
def _on_this_machine(local_cluster: Cluster) -> None:
    """To rescue a server, pgconn must see its processes."""


def alive(*connections: Connection) -> int:
    """How many of these sessions live on."""
    return sum(1 for connection in connections if _answers(connection))


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def application(cluster: Cluster, **who: str) -> Iterator[list[Connection]]:
    """A client that opens a connection as soon as the server has room, again and again, without a pause."""
    opened: list[Connection] = []
    over = threading.Event()

    def reconnect() -> None:
        while not over.is_set():
            with contextlib.suppress(psycopg.OperationalError):
                opened.append(cluster.connect(**who))

    thread = threading.Thread(target=reconnect)
    thread.start()
    try:
        yield opened
    finally:
        over.set()
        thread.join()
        close(*opened)


def test_a_server_that_is_full_to_the_last_slot_lets_a_superuser_in_for_one_backend(
    make_cluster: MakeCluster, pgconn_at: At
) -> None:
    cluster = make_cluster(WITHOUT_WALSENDERS)
    with full(cluster) as opened:
        run, first = pgconn_at(cluster), opened[0].info.backend_pid
        ended = run("rescue", "--yes", "--json")
        reported = json.loads(ended.stdout)
        assert ended.returncode == 0, ended.stderr
        assert (reported["kind"], reported["freed"], reported["dry_run"]) == ("termination", 1, False)
        assert reported["status"]["kind"] == "status"
        assert reported["status"]["slots"]["used"] == 29
        assert alive(*opened) == 29
        assert reported["outcomes"][0]["pid"] == first
        assert f"pgconn: {first}: terminated" in ended.stderr


def test_an_ordinary_role_gets_in_for_as_many_as_the_reserve_asks(cluster: Cluster, pgconn_at: At) -> None:
    with full_to_the_reserve(cluster) as opened:
        ended = pgconn_at(cluster.conninfo(user="app2"))("rescue", "--yes")
        assert ended.returncode == 0, ended.stderr
        assert "1 idle backend ended, so that this connection was accepted" in ended.stdout
        assert alive(*opened) == len(opened) - 1


@pytest.mark.pg("== 16")
def test_an_application_that_reconnects_all_the_time_does_not_keep_us_out(cluster: Cluster, pgconn_at: At) -> None:
    with (
        full_to_the_reserve(cluster) as opened,
        application(cluster, user="app", dbname="app") as taken,
    ):
        ended = pgconn_at(cluster.conninfo(user="app2"))("rescue", "--yes", "--json")
        assert ended.returncode == 0, ended.stderr
        freed = json.loads(ended.stdout)["freed"]
        assert 1 <= freed <= 10
        assert alive(*opened) == len(opened) - freed
        assert len(taken) >= freed - 1


@pytest.mark.pg("== 16")
def test_a_server_full_of_superusers_ends_none_of_them_unless_asked(make_cluster: MakeCluster, pgconn_at: At) -> None:
    cluster = make_cluster(WITHOUT_WALSENDERS)
    with full(cluster, user="postgres") as opened:
        run = pgconn_at(cluster)
        refused = run("rescue", "--yes")
        assert (refused.returncode, alive(*opened)) == (4, 30)
        assert "taken for a superuser" in refused.stderr
        assert "--include-superusers" in refused.stderr
        assert run("rescue", "--yes", "--include-superusers").returncode == 0
        assert alive(*opened) == 29


def test_no_session_ends_that_is_active_in_a_transaction_or_logging_in(cluster: Cluster, pgconn_at: At) -> None:
    with half_authenticated(cluster, 2), full_to_the_reserve(cluster) as opened:
        for number, connection in enumerate(opened):
            if number % 2:
                connection.execute("begin")
            else:
                start(connection, SLEEP)
                in_wait(cluster, connection, "PgSleep")
        refused = pgconn_at(cluster.conninfo(user="app2"))("rescue", "--yes")
        assert refused.returncode == 4
        assert "idle in transaction" in refused.stderr
        assert alive(*opened[1::2]) == len(opened[1::2])
        assert [connection.info.status for connection in opened[::2]] == [psycopg.pq.ConnStatus.OK] * len(opened[::2])
        for connection in opened[::2]:
            assert connection.pgconn.is_busy()


def test_a_server_that_lets_us_in_anyway_loses_no_session(cluster: Cluster, pgconn_at: At) -> None:
    with sessions(cluster, 3, user="app") as opened:
        entered = pgconn_at(cluster)("rescue", "--yes", "--json")
        reported = json.loads(entered.stdout)
        assert (entered.returncode, reported["victims"], reported["freed"]) == (0, [], 0)
        assert reported["status"]["slots"]["used"] == 3
        assert alive(*opened) == 3


def test_a_walsender_slot_saves_everybody(cluster: Cluster, pgconn_at: At) -> None:
    with full(cluster) as opened:
        entered = pgconn_at(cluster)("rescue", "--yes", "--json")
        reported = json.loads(entered.stdout)
        assert (entered.returncode, reported["freed"], reported["status"]["entered_by"]) == (0, 0, "walsender")
        assert alive(*opened) == 30


@pytest.mark.pg("== 16")
def test_without_a_terminal_and_without_yes_no_session_ends(cluster: Cluster, pgconn_at: At) -> None:
    with full(cluster) as opened:
        refused = pgconn_at(cluster)("rescue", "--no-walsender")
        assert refused.returncode == 7
        assert "no session was ended" in refused.stderr
        assert f"would end {opened[0].info.backend_pid}" in refused.stderr
        assert alive(*opened) == 30


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 7, 30), ("y", 0, 29)])
@pytest.mark.pg("== 16")
def test_on_a_terminal_it_asks(cluster: Cluster, answer: str, code: int, left: int) -> None:
    ours, theirs = os.openpty()
    where = ["-h", cluster.host, "-p", str(cluster.port), "-U", cluster.superuser, "-d", "postgres"]
    command = [sys.executable, "-m", "pgconn", "rescue", "--no-walsender", *where]
    with full(cluster) as opened, os.fdopen(ours, "wb", buffering=0) as keyboard:
        keyboard.write(answer.encode() + b"\n")
        asked = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=60, check=False)
        os.close(theirs)
        assert asked.returncode == code, asked.stderr
        assert "until a connection is accepted, 10 backends at most?" in asked.stderr
        assert alive(*opened) == left


@pytest.mark.pg("== 16")
def test_a_dry_run_shows_what_it_would_end_and_ends_no_session(cluster: Cluster, pgconn_at: At) -> None:
    with full_to_the_reserve(cluster) as opened, session(cluster) as superuser:
        at_rest(cluster)
        run = pgconn_at(cluster)
        reported = json.loads(run("rescue", "--dry-run", "--json").stdout)
        assert (reported["dry_run"], reported["status"]) == (True, None)
        assert {victim["pid"] for victim in reported["victims"]} == {c.info.backend_pid for c in opened}
        assert [spared["pid"] for spared in reported["spared"]] == [superuser.info.backend_pid]
        for form in ("plain", "table", "markdown", "csv"):
            shown = run("rescue", "--dry-run", "-o", form)
            assert shown.returncode == 0
            assert str(opened[0].info.backend_pid) in shown.stdout
        assert alive(*opened, superuser) == len(opened) + 1


def test_a_refusal_that_ending_others_would_not_cure_ends_no_session(cluster: Cluster, pgconn_at: At) -> None:
    with sessions(cluster, 2, user="app") as opened:
        refused = pgconn_at(cluster.conninfo(user="nobody of that name"))("rescue", "--yes")
        assert refused.returncode == 3
        assert alive(*opened) == 2


def test_a_server_that_is_not_on_this_machine_has_no_session_to_end(cluster: Cluster, pgconn: Run) -> None:
    refused = pgconn("rescue", "--dry-run", "-h", "127.0.0.1", "-p", "1")
    assert refused.returncode == 3
    assert "no PostgreSQL server with port 1 runs on this machine" in refused.stderr
    assert pgconn("rescue", "--dry-run", "-h", "192.0.2.1").returncode == 2


@pytest.mark.pg("== 16")
def test_a_neighbour_on_the_same_machine_is_never_touched(
    cluster: Cluster, make_cluster: MakeCluster, pgconn_at: At
) -> None:
    other = make_cluster()
    with sessions(other, 5, user="app") as neighbours, full(cluster) as opened:
        assert pgconn_at(cluster)("rescue", "--yes", "--no-walsender").returncode == 0
        assert (alive(*neighbours), alive(*opened)) == (5, 29)


@pytest.mark.pg("== 16")
def test_a_server_is_rescued_through_its_socket(local_cluster: Cluster, pgconn_at: At) -> None:
    with full(local_cluster) as opened:
        entered = pgconn_at(local_cluster.conninfo(host=str(local_cluster.socket_dir)))(
            "rescue", "--yes", "--no-walsender"
        )
        assert entered.returncode == 0, entered.stderr
        assert alive(*opened) == 29


@pytest.mark.pg("== 16")
def test_an_address_that_leads_to_another_server_ends_no_session(
    local_cluster: Cluster, make_cluster: MakeCluster, pgconn_at: At
) -> None:
    other = make_cluster()
    assert isinstance(other, Cluster)
    wrong = ["rescue", "--yes", "--no-walsender", "--pgdata", str(other.datadir)]
    with sessions(other, 5, user="app") as neighbours, full(local_cluster) as opened:
        for where in (local_cluster.host, str(local_cluster.socket_dir)):
            refused = pgconn_at(local_cluster.conninfo(host=where))(*wrong)
            assert refused.returncode == 3
            assert "what answers at" in refused.stderr
        with relays(local_cluster, "127.0.0.11") as tunnels:
            wrong[-1] = str(local_cluster.datadir)
            refused = pgconn_at(local_cluster.conninfo(**tunnels["127.0.0.11"].place))(*wrong)
            assert refused.returncode == 3
            assert "a tunnel" in refused.stderr
        assert (alive(*neighbours), alive(*opened)) == (5, 30)


@pytest.mark.pg("== 16")
def test_a_data_directory_alone_leads_to_its_server_and_to_no_other(local_cluster: Cluster, pgconn: Run) -> None:
    there = ["--pgdata", str(local_cluster.datadir), "-U", "postgres", "-d", "postgres"]
    entered = pgconn("rescue", *there, "--yes", "--json")
    assert entered.returncode == 0, entered.stderr
    reported = json.loads(entered.stdout)
    assert (reported["freed"], reported["status"]["server"]["port"]) == (0, local_cluster.port)
    assert f"-p {local_cluster.port} " in pgconn("rescue", *there, "--yes").stdout
    assert f"pgconn rescue --pgdata {local_cluster.datadir} " in pgconn("status", "--os", *there[:2]).stdout
    refused = pgconn("rescue", *there, "--yes", "-p", "1")
    assert (refused.returncode, "is not the server" in refused.stderr) == (3, True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
@pytest.mark.pg("== 16")
def test_another_user_than_the_servers_ends_no_session(local_cluster: Cluster) -> None:
    with full(local_cluster) as opened:
        who = ["-h", local_cluster.host, "-p", str(local_cluster.port), "-U", local_cluster.superuser, "-d", "postgres"]
        code = (
            "from pgconn.cli.main import run; run([*sys.argv[1:], '--dry-run'])  # so that libraries are loaded\n"
            "become_nobody(); sys.exit(run(sys.argv[1:]))"
        )
        what = ["rescue", "--yes", "--no-walsender", "--pgdata", str(local_cluster.datadir)]
        refused = as_nobody(code, *what, *who)
        assert refused.returncode == 5
        assert "may end processes of" in refused.stderr
        assert alive(*opened) == 30
