"""Rules about what only some versions do, on real servers: the situation is made, and the rule speaks of it alone."""

import contextlib
import json
from collections.abc import Callable, Iterator

import psycopg
import pytest

from pgconn.demo.clients import Connection, Target, scalar, session, sessions, wait_until
from pgconn.demo.cluster import Cluster
from tests.conftest import MakeCluster, Run
from tests.standby import Standby

At = Callable[[Target | str], Run]


def rules(run: Run) -> dict[str, str]:
    """The message of each rule that spoke, by its name."""
    return {finding["rule"]: finding["message"] for finding in json.loads(run("status", "--json").stdout)["findings"]}


@contextlib.contextmanager
def waiting(standby: Cluster, count: int, lsn: str) -> Iterator[None]:
    """So many sessions that wait until the standby has replayed WAL up to there."""
    with sessions(standby, count, user="app") as opened:
        for connection in opened:
            connection.pgconn.send_query(f"wait for lsn '{lsn}'".encode())
        with session(standby) as observer:
            wait_until(lambda: _waiters(observer) == count, "all wait for the replay")
            yield
            observer.execute(
                "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = 'app'"
            )


def _waiters(observer: Connection) -> int:
    question = "select count(*) from pg_catalog.pg_stat_activity where wait_event = 'WaitForWalReplay'"
    more = " and clock_timestamp() - query_start >= interval '1 s'"
    return int(str(scalar(observer, question + more)))


@pytest.mark.pg(">= 19")
def test_a_standby_full_of_sessions_that_wait_for_its_replay_is_told_the_cause(
    make_cluster: MakeCluster, pgconn_at: At
) -> None:
    primary = make_cluster()
    if not isinstance(primary, Cluster):
        pytest.skip("a standby needs the files of its primary")
    with Standby(primary) as standby:
        run = pgconn_at(standby)
        assert "replay_awaited" not in rules(run)
        with waiting(standby, 12, "F/0"):
            assert "wait until WAL is replayed" in rules(run)["replay_awaited"]
            shown = run("status").stdout
            assert "the replay of this standby is behind" in shown
            assert "pg_is_wal_replay_paused" in shown
        wait_until(lambda: "replay_awaited" not in rules(run), "the rule is silent")


@pytest.mark.pg(">= 19")
def test_the_statement_that_the_remedy_names_ends_the_wait(make_cluster: MakeCluster) -> None:
    primary = make_cluster()
    if not isinstance(primary, Cluster):
        pytest.skip("a standby needs the files of its primary")
    timed_out = pytest.raises(psycopg.errors.QueryCanceled, match="timed out while waiting")
    with Standby(primary) as standby, session(standby) as connection, timed_out:
        connection.execute("wait for lsn 'F/0' with (timeout '10ms')")


LEVELS = [("panic", True), ("fatal", False), ("warning", False)]


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(("levels", "hidden"), LEVELS)
def test_what_is_reported_to_hide_refusals_hides_them(
    make_cluster: MakeCluster, pgconn_at: At, levels: str, hidden: bool
) -> None:
    hides(make_cluster, pgconn_at, levels, hidden)


@pytest.mark.pg(">= 19")
@pytest.mark.parametrize(
    ("levels", "hidden"),
    [("backend:panic,warning", True), ("panic,backend:fatal", False), ("walsender:panic,warning", False)],
)
def test_from_19_on_the_level_of_backends_decides(
    make_cluster: MakeCluster, pgconn_at: At, levels: str, hidden: bool
) -> None:
    hides(make_cluster, pgconn_at, levels, hidden)


def hides(make_cluster: MakeCluster, pgconn_at: At, levels: str, hidden: bool) -> None:
    server = make_cluster({"log_min_messages": levels, "lc_messages": "C"})
    if not isinstance(server, Cluster):
        pytest.skip("the log of a container is elsewhere")
    with session(server) as owner:
        owner.execute("alter role app connection limit 0")
    with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
        server.connect(user="app")
    assert ("too many connections for role" not in server.log) is hidden
    listed = json.loads(pgconn_at(server)("settings", "--json").stdout)["settings"]
    (advice,) = [row["advice"] for row in listed if row["name"] == "log_min_messages"]
    assert (advice is not None) is hidden
    if hidden:
        assert (advice["severity"], advice["better"]) == ("warning", "warning")


@pytest.mark.pg(">= 18")
def test_64_locks_are_reported_from_19_on(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster({"max_locks_per_transaction": "64"})
    with session(server) as connection:
        nineteen = connection.info.server_version >= 190000
    listed = json.loads(pgconn_at(server)("settings", "--json").stdout)["settings"]
    (advice,) = [row["advice"] for row in listed if row["name"] == "max_locks_per_transaction"]
    assert (advice is not None) is nineteen
    said = pgconn_at(server)("size", "--live", "--ram", "8G").stdout
    assert ("41% fewer locks" in said) is nineteen


@pytest.mark.pg(">= 19")
def test_what_19_added_for_connections_is_listed(cluster: Target, pgconn_at: At) -> None:
    listed = {row["name"] for row in json.loads(pgconn_at(cluster)("settings", "--json").stdout)["settings"]}
    assert listed >= {
        "wal_sender_shutdown_timeout",
        "password_expiration_warning_threshold",
        "ssl_sni",
        "md5_password_warnings",
        "log_min_messages",
    }


@pytest.mark.pg("< 15")
def test_a_version_past_its_end_is_said_once(cluster: Target, pgconn_at: At) -> None:
    for command in (("status",), ("settings",), ("size", "--live", "--ram", "8G")):
        said = pgconn_at(cluster)(*command)
        assert (said.stdout + said.stderr).count("reached its end of life on") == 1, command
