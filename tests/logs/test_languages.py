"""A log of a server in any of its languages is counted by limit, whether its words are known or its codes alone."""

import contextlib
import os
import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from pgconn.demo import workdir as workdir
from pgconn.demo.clients import scalar, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.slots import database_limit, role_limit
from pgconn.documents.log import LogReport
from pgconn.logs import meanings
from pgconn.logs.blocks import Blocks
from pgconn.logs.tally import tally_of
from pgconn.model.refusal import Refusal
from tests.conftest import MakeCluster
from tests.logs.test_real_logs import attempt, local
from tests.servers import Source

LOCALES: Final = ("zh_TW.utf8", "zh_CN.utf8", "it_IT.utf8", "ru_RU.utf8", "de_DE.utf8", "ja_JP.utf8")
DESTINATIONS: Final = "stderr,csvlog,jsonlog"
NO_TRANSLATIONS: Final[set[str]] = set()
"""The servers that turned out to have no translations, so that no other language need be tried on them."""


@pytest.fixture
def locales(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locales that come with a server's own files, beside those of this machine."""
    if source.name in NO_TRANSLATIONS:
        pytest.skip("this server has no translations")
    environment, bindir = workdir._environment(), getattr(source, "bindir", None)
    for folder in Path(bindir).resolve().parents if bindir else ():
        if (place := folder / "lib/locale").is_dir() and any(place.glob("*.utf8")):
            environment["LOCPATH"] = os.fspath(place)
            break
    monkeypatch.setattr(workdir, "_environment", lambda: environment)


def start(make_cluster: MakeCluster, source: Source, locale: str, **more: str) -> Cluster:
    """A server that writes all three forms of log in this language."""
    prefix = "%m [%p] %e %b %q%u@%d %h "
    settings = {"log_destination": DESTINATIONS, "logging_collector": "on", "log_line_prefix": prefix, **more}
    try:
        cluster = local(
            make_cluster({"max_connections": "8", "max_wal_senders": "2", "lc_messages": locale, **settings})
        )
    except Exception as error:
        if "lc_messages" in str(getattr(error, "hint", error)):
            pytest.skip(f"this machine has no locale {locale}")
        raise
    with session(cluster) as connection, contextlib.suppress(psycopg.Error):
        connection.execute("select 1/0")
    wait_until(lambda: "22012" in written(cluster, "log"), "the first error in the log")
    if "division by zero" in written(cluster, "log"):
        NO_TRANSLATIONS.add(source.name)
        pytest.skip("this server has no translations")
    return cluster


def written(cluster: Cluster, form: str) -> str:
    """All that a server wrote in one form: log, csv or json."""
    return "".join(path.read_text() for path in sorted((cluster.datadir / "log").glob(f"*.{form}")))


def meet_every_limit(cluster: Cluster) -> None:
    """Be refused by each limit of a server that has one, and once for another reason."""
    with role_limit(cluster, 1):
        attempt(cluster, user="limited")
    with database_limit(cluster, 1):
        attempt(cluster, user="app2", dbname="limited")
    with physical_walsenders(cluster, 2):
        attempt(cluster, replication="database")
    with taken(cluster, "app"):
        attempt(cluster, user="app2")
        with taken(cluster, "postgres"):
            attempt(cluster, user="app2")
    attempt(cluster, user="missing")


@contextlib.contextmanager
def taken(cluster: Cluster, user: str) -> Iterator[None]:
    """All slots taken that this role can have, whatever the words in which the next one is refused."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                stack.enter_context(contextlib.closing(cluster.connect(user=user)))
        yield


def reports(cluster: Cluster, folder: Path) -> dict[str, LogReport]:
    """What is read of each form, once the last refusal is in all of them."""
    forms = ("log", "csv", "json")
    wait_until(lambda: all("missing" in written(cluster, form) for form in forms), "the last refusal in every log")
    found = {}
    for form in forms:
        path = folder / f"a.{form}"
        path.write_text(written(cluster, form))
        found[form] = tally_of(Blocks(path)).report([path.name], path.stat().st_size)
    return found


def counts(report: LogReport) -> Counter[str | None]:
    return Counter({share.value: share.refusals for share in report.by.limit})


def full_ones(cluster: Cluster, form: str) -> int:
    """How many lines the code of a full server is on."""
    pattern = {"log": r"\] 53300 (?!.*proc\.c)", "csv": ",53300,", "json": '"state_code":"53300"'}[form]
    return len(re.findall(pattern, written(cluster, form)))


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.usefixtures("locales")
def test_every_limit_is_told_from_the_others_in_every_form_of_log(
    source: Source, make_cluster: MakeCluster, locale: str, tmp_path: Path
) -> None:
    cluster = start(make_cluster, source, locale)
    meet_every_limit(cluster)
    for form, report in reports(cluster, tmp_path).items():
        assert report.refusals == full_ones(cluster, form), form
        known = {"slots", "reserved_role", "role", "database", "walsenders"}
        assert counts(report).keys() - {"some_limit"} >= known - ({"slots"} if form == "log" else set()), form
        assert counts(report).keys() <= known | {"superuser_reserve", "some_limit"}, form
        if form != "log":
            assert "some_limit" not in counts(report), form
        assert [share.value for share in report.others] == ["login"], written(cluster, form)
        assert report.untimed == 0


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize("locale", ["zh_TW.utf8", "it_IT.utf8"])
@pytest.mark.usefixtures("locales")
def test_a_language_without_a_table_is_counted_by_the_codes(
    source: Source, make_cluster: MakeCluster, locale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(text: str) -> Refusal:
        return Refusal(limit="unknown", message=text, source="unknown")

    cluster = start(make_cluster, source, locale)
    meet_every_limit(cluster)
    monkeypatch.setattr(meanings, "read_text", nothing)
    for form, report in reports(cluster, tmp_path).items():
        assert report.refusals == full_ones(cluster, form), form
        assert {"role", "database", "walsenders", "reserved_role"} <= counts(report).keys(), form
        assert ("slots" in counts(report)) == (form != "log"), form


@pytest.mark.pg(">= 19")
@pytest.mark.parametrize("locale", ["C", "zh_CN.utf8"])
@pytest.mark.usefixtures("locales")
def test_the_limit_of_connections_that_have_not_logged_in_is_no_lack_of_slots(
    make_cluster: MakeCluster, locale: str, tmp_path: Path
) -> None:
    more = {"log_line_prefix": "%m [%p] %e %b %q%u@%d ", "log_destination": DESTINATIONS, "logging_collector": "on"}
    try:
        cluster = local(make_cluster({"max_connections": "8", "max_wal_senders": "2", "lc_messages": locale, **more}))
    except Exception as error:
        pytest.skip(f"no locale {locale}: {error}")
    with contextlib.ExitStack() as stack, session(cluster) as inside:
        for _ in range(2 * (8 + 2)):
            stack.enter_context(socket.create_connection((cluster.host, cluster.port)))
        wait_until(lambda: refused(cluster), "that the server has as many half-open connections as it may have")
        assert scalar(inside, "select count(*) from pg_stat_activity where backend_type = 'client backend'") < 8
    attempt(cluster, user="missing")
    for form, report in reports(cluster, tmp_path).items():
        assert counts(report).keys() == {"children"}, form
        assert report.explanation is not None
        assert "pgconn rescue" not in str(report.explanation.remedies)


def refused(cluster: Cluster) -> bool:
    """Whether a client is turned away now."""
    try:
        with psycopg.connect(cluster.conninfo(user="app", sslmode="disable", connect_timeout=5)):
            return False
    except psycopg.OperationalError:
        return True


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize("locale", ["C", "ru_RU.utf8"])
@pytest.mark.usefixtures("locales")
def test_a_login_that_did_not_finish_is_counted_as_that(make_cluster: MakeCluster, locale: str, tmp_path: Path) -> None:
    more = {"log_destination": DESTINATIONS, "logging_collector": "on", "authentication_timeout": "1s"}
    prefix = {"log_line_prefix": "%m [%p] %e %q%u@%d ", "lc_messages": locale}
    hba = ("host all app all scram-sha-256",)
    try:
        cluster = local(make_cluster({**more, **prefix}, hba=hba))
    except Exception as error:
        pytest.skip(f"no locale {locale}: {error}")
    startup = b"\0\3\0\0user\0app\0database\0app\0\0"
    with socket.create_connection((cluster.host, cluster.port)) as silent:
        silent.sendall((len(startup) + 4).to_bytes(4) + startup)
        while silent.recv(4096):
            pass
    attempt(cluster, user="missing")
    for form, report in reports(cluster, tmp_path).items():
        assert (report.unfinished_logins, report.refusals) == (1, 0), written(cluster, form)
