"""What Pgpool-II, Odyssey and pgagroal write when they or the server are full is counted to the last client."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from pgconn.demo.clients import Connection, Target, control, sessions, wait_until
from pgconn.demo.incidents.slots import full, full_to_the_reserve
from pgconn.documents.log import LogReport
from tests.conftest import MakeCluster, MakePooler
from tests.logs.test_real_logs import names, report_on
from tests.poolers.pooler import Pooler

APP = {"user": "app", "dbname": "app"}


def refused(pooler: Pooler, times: int, **who: str) -> int:
    """Try to log in and to ask something, and count how often that fails."""
    failed = 0
    for _ in range(times):
        try:
            where = pooler.conninfo(**(APP | who), sslmode="disable", connect_timeout=10)
            with psycopg.connect(where, autocommit=True) as connection:
                connection.execute("select 1")
        except psycopg.Error:
            failed += 1
    return failed


def limits(report: LogReport) -> dict[str | None, int]:
    return {share.value: share.refusals for share in report.by.limit}


def others(report: LogReport) -> dict[str | None, int]:
    return {share.value: share.refusals for share in report.others}


@contextlib.contextmanager
def no_logins(server: Target, what: str, name: str) -> Iterator[None]:
    """A CONNECTION LIMIT of none."""
    with control(server) as connection:
        connection.execute(f"alter {what} {name} connection limit 0")
        try:
            yield
        finally:
            connection.execute(f"alter {what} {name} connection limit -1")


def written(pooler: Pooler, words: str, times: int) -> str:
    """Its log, once it has these words so many times."""
    wait_until(lambda: pooler.log.count(words) >= times, f"{words!r} {times} times in the log of {pooler!r}")
    return pooler.log


def forms(report: LogReport) -> list[str]:
    return [form.form for form in report.forms]


@pytest.mark.pg(">= 18")
def test_clients_that_pgpool_turns_away_are_counted(cluster: Target, pgpool: MakePooler) -> None:
    pooler = pgpool(cluster, settings={"num_init_children": "3", "reserved_connections": "1"})
    with sessions(pooler, 2, **APP):
        assert refused(pooler, 3) == 3
    report = report_on(written(pooler, "Sorry, too many clients already", 3))
    assert (limits(report), forms(report)) == ({"pooler_clients": 3}, ["pgpool"])
    assert report.verdict == "blip"
    assert report.explanation is not None
    assert report.explanation.source == "pgpool"


@pytest.mark.pg(">= 18")
def test_a_full_server_is_seen_in_the_log_of_pgpool(make_cluster: MakeCluster, pgpool: MakePooler) -> None:
    cluster = make_cluster({"max_connections": "8"})
    pooler = pgpool(cluster, settings={"failover_on_backend_error": "off"})
    with full(cluster):
        assert refused(pooler, 3) == 3
    with full_to_the_reserve(cluster):
        assert refused(pooler, 2) == 2
    with no_logins(cluster, "role", "app"):
        assert refused(pooler, 1) == 1
    with no_logins(cluster, "database", "other"):
        assert refused(pooler, 1, dbname="other") == 1
    assert refused(pooler, 1, dbname="missing") == 1
    report = report_on(written(pooler, "unable to read data from DB node 0", 5))
    assert limits(report) == {"pooler_login": 3, "reserved_role": 2, "role": 1, "database": 1}
    assert others(report) == {"no_such_database": 1}
    assert report.untimed == 0


@pytest.mark.pg(">= 18")
def test_a_server_that_pgpool_takes_out_of_use_is_reported(make_cluster: MakeCluster, pgpool: MakePooler) -> None:
    cluster = make_cluster({"max_connections": "8"})
    health = {"health_check_period": "1", "health_check_user": "app", "health_check_database": "app"}
    pooler = pgpool(cluster, settings=health)
    with full(cluster):
        written(pooler, "Failover done", 1)
    assert refused(pooler, 2) == 2
    report = report_on(written(pooler, "all backend nodes are down", 2))
    assert (report.nodes_down, report.refusals, others(report)) == (1, 0, {"pooler_login": 2})


@pytest.mark.pg(">= 18")
def test_clients_that_odyssey_turns_away_are_counted(cluster: Target, odyssey: MakePooler) -> None:
    pooler = odyssey(cluster, settings={"route.client_max": "2"})
    with sessions(pooler, 2, **APP):
        assert refused(pooler, 3) == 3
    report = report_on(written(pooler, "connection limit reached", 3))
    assert (limits(report), names(report.by.host)) == ({"pooler_clients": 3}, {"127.0.0.1"})
    assert (report.pooler_logins, forms(report)) == (0, ["odyssey"])


@pytest.mark.pg(">= 18")
def test_a_pool_of_odyssey_that_is_full_is_told_from_a_server_that_is(
    make_cluster: MakeCluster, odyssey: MakePooler
) -> None:
    cluster = make_cluster({"max_connections": "8"})
    pooler = odyssey(cluster, settings={"pool_size": "1", "pool_timeout": "500"})
    with pooler.connect(**APP) as busy:
        begin(busy)
        assert refused(pooler, 2) == 2
        busy.rollback()
    report = report_on(written(pooler, "server pool wait timed out", 2))
    assert (limits(report), report.pooler_logins) == ({"pooler_queue": 2}, 0)
    with no_logins(cluster, "role", "app2"):
        assert refused(pooler, 2, user="app2") == 2
    report = report_on(written(pooler, "server pool wait timed out", 4))
    assert limits(report) == {"pooler_queue": 2, "pooler_login": 2}
    assert report.pooler_logins == 2
    assert names(report.by.user) == {"app", "app2"}
    assert names(report.by.database) == {"app"}


def begin(connection: Connection) -> None:
    connection.execute("begin")
    connection.execute("select 1")


@pytest.mark.pg(">= 18")
def test_the_logins_of_odyssey_itself_are_no_clients(make_cluster: MakeCluster, odyssey: MakePooler) -> None:
    cluster = make_cluster({"max_connections": "8"})
    pooler = odyssey(cluster)
    with full(cluster):
        assert refused(pooler, 3) == 3
    with full_to_the_reserve(cluster):
        assert refused(pooler, 2, user="app2", dbname="other") == 2
    assert refused(pooler, 1, dbname="missing") == 1
    report = report_on(written(pooler, "OD_ESERVER_CONNECT", 6))
    assert (report.refusals, limits(report), others(report)) == (5, {"pooler_login": 5}, {"pooler_login": 1})
    assert report.pooler_logins == 6
    assert {share.value: share.refusals for share in report.by.user} == {"app": 3, "app2": 2}
    assert {share.value: share.refusals for share in report.by.database} == {"app": 3, "other": 2}
    assert report.explanation is not None
    assert report.explanation.behind == "slots"


@pytest.mark.pg(">= 18")
def test_without_its_sessions_the_log_of_odyssey_still_tells_of_its_own_logins(
    make_cluster: MakeCluster, odyssey: MakePooler
) -> None:
    pooler = odyssey(make_cluster(), settings={"log_session": "no"})
    with no_logins(pooler.server, "role", "app"):
        assert refused(pooler, 2) == 2
    report = report_on(written(pooler, "too many connections for role", 2))
    assert report.pooler_logins == 2


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize("level", ["info", "debug"])
def test_pgagroal_writes_down_a_full_pool_for_debug_alone_and_the_answer_says_so(
    cluster: Target, pgagroal: MakePooler, level: str
) -> None:
    pooler = pgagroal(
        cluster,
        settings={"max_connections": "2", "blocking_timeout": "0", "log_level": level, "log_disconnections": "on"},
    )
    with sessions(pooler, 2, **APP):
        assert refused(pooler, 3) == 3
    report = report_on(written(pooler, "disconnect: ", 3))
    assert forms(report) == ["pgagroal"]
    (form,) = report.forms
    assert form.mute
    assert "log_level is debug" in (form.not_logged or "")
    assert limits(report) == ({"pooler_queue": 3} if level == "debug" else {})
    assert report.verdict == ("blip" if level == "debug" else "unknown")
