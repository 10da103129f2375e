"""A refusal after the password is read in every language of the server, and in none."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pgconn.demo.clients import Target, close, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.errors import PgconnError
from pgconn.model.instance import Backend, Target as Asked
from pgconn.server import Server
from tests.conftest import MakeCluster, Run
from tests.languages import LOCALES, ROLE, full, speaking
from tests.servers import PASSWORD

At = Callable[[Target | str], Run]

each_language = pytest.mark.parametrize("language", LOCALES)


@each_language
def test_a_server_full_to_its_reserve_is_entered_through_a_walsender_after_the_password(
    local_cluster: Cluster,
    make_cluster: MakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    pgconn_at: At,
    language: str,
) -> None:
    with speaking(local_cluster, make_cluster, monkeypatch, language) as server, full(server):
        done = pgconn_at(server.conninfo(user=ROLE, password=PASSWORD))("status", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["entered_by"] == "walsender"
        assert "\ufffd" not in done.stderr


@each_language
@pytest.mark.parametrize("ctype", ["C.UTF-8", "C"])
def test_the_refusal_is_readable_and_names_its_limit_whatever_the_encoding_of_the_server(
    local_cluster: Cluster,
    make_cluster: MakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    pgconn_at: At,
    language: str,
    ctype: str,
) -> None:
    with speaking(local_cluster, make_cluster, monkeypatch, language, ctype) as server, full(server):
        run = pgconn_at(server.conninfo(user=ROLE, password=PASSWORD))
        done = run("status", "--json", "--no-walsender")
        error: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == error["exit"] == 4
        refusal = error["refusal"]
        assert refusal["limit"] == ("reserved_role" if server.major >= 16 else "superuser_reserve")
        assert (refusal["sqlstate"], refusal["routine"], refusal["source"]) == ("53300", "InitPostgres", "postgresql")
        assert "\ufffd" not in refusal["message"]
        assert refusal["message"].isascii() == (ctype == "C")
        assert run("kill-idle", "--older", "1h", "--dry-run", "--no-walsender").returncode == 4


@each_language
def test_waiting_gets_in_when_a_slot_becomes_free(
    local_cluster: Cluster,
    make_cluster: MakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    pgconn_at: At,
    language: str,
) -> None:
    with speaking(local_cluster, make_cluster, monkeypatch, language) as server, full(server) as held:
        assert isinstance(server, Cluster)

        def close_some() -> None:
            wait_until(lambda: server.log.count(f"{ROLE}") > before, "that it turned pgconn away")
            close(*held[-2:])

        with session(server) as owner:
            owner.execute("alter system set log_line_prefix = '%m [%p] %u '")
            owner.execute("select pg_catalog.pg_reload_conf()")
        before, closer = server.log.count(f"{ROLE}"), threading.Thread(target=close_some)
        closer.start()
        done = pgconn_at(server.conninfo(user=ROLE, password=PASSWORD))("status", "--no-walsender", "--wait", "60s")
        closer.join()
        assert done.returncode == 0, done.stderr
        assert "waiting up to 60 s" in done.stderr


@each_language
def test_the_limits_of_role_and_database_are_told_apart(
    local_cluster: Cluster,
    make_cluster: MakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    pgconn_at: At,
    language: str,
) -> None:
    with speaking(local_cluster, make_cluster, monkeypatch, language) as server:
        for statement, limit in (
            (f"alter role {ROLE} connection limit 0", "role"),
            (f"alter role {ROLE} connection limit -1; alter database app connection limit 0", "database"),
        ):
            with session(server) as owner:
                owner.execute(statement.encode())
            done = pgconn_at(server.conninfo(user=ROLE, password=PASSWORD, dbname="app"))(
                "status", "--json", "--no-walsender"
            )
            assert json.loads(done.stdout)["refusal"]["limit"] == limit
            assert done.returncode == 4


@each_language
def test_a_session_that_is_ended_says_why(
    local_cluster: Cluster, make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    with (
        speaking(local_cluster, make_cluster, monkeypatch, language) as server,
        Server.connect(Asked(dbname=server.conninfo())) as ours,
        session(server) as owner,
    ):
        assert isinstance(server, Cluster)
        owner.execute(f"select pg_catalog.pg_terminate_backend({ours.announced_pid})".encode())
        with pytest.raises(PgconnError) as raised:
            ours.ask(Backend)
    assert "\ufffd" not in raised.value.message
    assert "57P01" in raised.value.message
