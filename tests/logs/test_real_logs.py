"""What real servers and real poolers write when they are full is read to the last refusal."""

import contextlib
import re
from pathlib import Path
from typing import Final

import psycopg
import pytest

from pgconn.demo import workdir as workdir
from pgconn.demo.clients import Target, sessions, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.slots import database_limit, full, full_to_the_reserve, role_limit
from pgconn.documents.log import LogReport, Share
from pgconn.logs.blocks import Blocks
from pgconn.logs.tally import tally_of
from tests.conftest import MakeCluster, MakePgBouncer
from tests.servers import Source

PREFIXES = {
    "%m [%p] ": (False, False),
    "%m [%p] %q%u@%d %h ": (True, True),
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ": (True, True),
    "%t:%r:%u@%d:[%p]:": (True, True),
    "%n [%p] %q%u@%d %r ": (True, True),
    "%m %c %v %x %e [%p] db=%d,user=%u,host=%r ": (True, True),
    "<%m %u@%d %h %i>": (True, True),
    "%s %m [%p] %q%u@%d/%a ": (True, False),
}
WORDS = ("too many", "remaining connection slots", "number of requested standby")


def attempt(target: Target, **who: str) -> None:
    """Try to log in and be refused."""
    with pytest.raises(psycopg.OperationalError):
        target.connect(**who)


def names(shares: tuple[Share, ...]) -> set[str | None]:
    return {share.value for share in shares}


def report_on(log: str) -> LogReport:
    return tally_of([log.encode()]).report(["log"], len(log))


def local(server: Target) -> Cluster:
    if not isinstance(server, Cluster):
        pytest.skip("a container's log is out of reach")
    return server


def test_every_refusal_is_counted_whatever_the_prefix(make_cluster: MakeCluster) -> None:
    cluster = local(make_cluster({"max_connections": "8"}))
    for prefix, (knows_names, knows_host) in PREFIXES.items():
        cluster.reload({"log_line_prefix": prefix})
        before = len(cluster.log)
        with full(cluster):
            attempt(cluster, user="app2", dbname="other")
        log = cluster.log[before:]
        report = report_on(log)
        assert report.refusals == sum(any(word in line for word in WORDS) for line in log.splitlines())
        assert report.refusals > 3, prefix
        assert report.untimed == 0, prefix
        assert report.time_zone is not None, prefix
        assert "slots" in names(report.by.limit), prefix
        assert names(report.by.user) == ({"app", "app2", "postgres"} if knows_names else {None}), prefix
        assert names(report.by.database) == ({"app", "other", "postgres"} if knows_names else {None}), prefix
        assert names(report.by.host) == ({"127.0.0.1"} if knows_host else {None}), prefix
        assert report.verdict == "blip", prefix


@pytest.mark.parametrize("verbosity", ["default", "verbose"])
def test_every_refusal_is_counted_in_csvlog(make_cluster: MakeCluster, verbosity: str) -> None:
    count_in_structured_log(make_cluster, "csvlog", verbosity)


@pytest.mark.pg(">= 15")
@pytest.mark.parametrize("verbosity", ["default", "verbose"])
def test_every_refusal_is_counted_in_jsonlog(make_cluster: MakeCluster, verbosity: str) -> None:
    count_in_structured_log(make_cluster, "jsonlog", verbosity)


def count_in_structured_log(make_cluster: MakeCluster, form: str, verbosity: str) -> None:
    settings = {"log_destination": form, "logging_collector": "on", "log_error_verbosity": verbosity}
    cluster = local(make_cluster({"max_connections": "8", "log_statement": "all", **settings}))
    with cluster.connect(user="app", dbname="app") as connection, contextlib.suppress(psycopg.Error):
        connection.execute(
            "select 'a quote \" and\n2026-11-03 10:15:23 UTC [7] FATAL:  sorry, too many clients already\n'"
        )
    with full(cluster):
        attempt(cluster, user="app2", dbname="other")
    (log,) = (path for path in (cluster.datadir / "log").iterdir() if path.suffix in (".csv", ".json"))
    wait_until(
        lambda: re.search('"app2".*\n', log.read_text()) is not None,
        "the last refusal in its log, where the collector puts it when it can",
    )
    text = log.read_text()
    report = tally_of(Blocks(log)).report([log.name], len(text))
    assert report.refusals == text.count('"53300"' if form == "jsonlog" else "FATAL,53300,")
    assert names(report.by.user) == {"app", "app2", "postgres"}
    assert names(report.by.host) == {"127.0.0.1"}
    assert report.verdict == "blip"


def test_the_limits_are_distinguished_by_the_log(make_cluster: MakeCluster) -> None:
    cluster = local(make_cluster({"max_wal_senders": "2"}))
    with role_limit(cluster, 1):
        attempt(cluster, user="limited")
    with database_limit(cluster, 1):
        attempt(cluster, user="app2", dbname="limited")
    with physical_walsenders(cluster, 2):
        attempt(cluster, replication="database")
    with full_to_the_reserve(cluster):
        attempt(cluster, user="app2")
    attempt(cluster, user="missing")
    attempt(cluster, dbname="missing")
    report = report_on(cluster.log)
    reserve = "reserved_role" if cluster.major >= 16 else "superuser_reserve"
    assert names(report.by.limit) == {"role", "database", "walsenders", reserve}
    assert {"limited", None} == names(report.by.user) == names(report.by.database)
    assert names(report.others) == {"login", "no_such_database"}


ENGLISH_ALONE: Final[set[str]] = set()
"""The servers that turned out to have no translations, so that no other language need be tried on them."""


@pytest.mark.parametrize("language", ["de", "fr", "ja", "ru"])
def test_a_server_that_speaks_another_language_is_read(
    source: Source, make_cluster: MakeCluster, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source.name in ENGLISH_ALONE:
        pytest.skip("this server has no translations")
    environment = workdir._environment() | {"LANGUAGE": language, "LC_ALL": "C.UTF-8"}
    monkeypatch.setattr(workdir, "_environment", lambda: environment)
    settings = {"max_connections": "6", "reserved_connections": "0", "log_line_prefix": "%m [%p] %q%u@%d "}
    cluster = local(make_cluster({"lc_messages": "C.UTF-8", **settings}))
    attempt(cluster, dbname="missing")
    if 'database "missing" does not exist' in cluster.log:
        ENGLISH_ALONE.add(source.name)
        pytest.skip(f"this server has no messages in {language}")
    with sessions(cluster, 3, user="app"):
        attempt(cluster, user="app2")
        with sessions(cluster, 3):
            attempt(cluster, user="app2")
            attempt(cluster)
    report = report_on(cluster.log)
    assert [(share.value, share.refusals) for share in report.by.limit] == [("slots", 2), ("superuser_reserve", 1)]
    assert [(share.value, share.refusals) for share in report.by.user] == [("app2", 2), ("postgres", 1)]
    assert names(report.others) == {"no_such_database"}


def test_a_pooler_that_has_enough_clients_is_read_once_each(cluster: Target, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"max_client_conn": "2"})
    with sessions(pooler, 2, user="app", dbname="app"):
        for _ in range(3):
            attempt(pooler, user="app", dbname="app")
    report = report_on(pooler.log)
    assert [(share.value, share.refusals) for share in report.by.limit] == [("pooler_clients", 3)]
    assert names(report.by.host) == {"127.0.0.1"}
    assert report.explanation is not None
    assert "max_client_conn" in report.explanation.whose


@pytest.mark.parametrize("settings", [{}, {"log_pooler_errors": "0"}, {"log_disconnections": "0"}])
@pytest.mark.pg(">= 18")
def test_a_full_server_is_seen_in_the_log_of_the_pooler(
    cluster: Target, pgbouncer: MakePgBouncer, settings: dict[str, str]
) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"query_wait_timeout": "2", **settings})
    refused = 0
    with full(cluster):
        for _ in range(2):
            try:
                with pooler.connect(user="app", dbname="app") as connection:
                    connection.execute("select 1")
            except psycopg.Error:
                refused += 1
    report = report_on(pooler.log)
    assert report.refusals + sum(share.refusals for share in report.others) == refused == 2
    assert report.pooler_logins >= 1
    assert names(report.by.user) | names(report.by.database) <= {"app"}


@pytest.mark.pg(">= 18")
def test_a_log_on_the_disk_and_a_compressed_one_tell_the_same(make_cluster: MakeCluster, tmp_path: Path) -> None:
    import gzip

    cluster = local(make_cluster({"max_connections": "6"}))
    with full(cluster):
        attempt(cluster)
    plain, packed = tmp_path / "a.log", tmp_path / "a.log.gz"
    plain.write_text(cluster.log)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert tally_of(Blocks(plain)).report(["x"], 0) == tally_of(Blocks(packed)).report(["x"], 0)
