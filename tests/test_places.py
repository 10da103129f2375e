"""The status is true wherever it is asked: behind a pooler, on a standby, in any encoding, among thousands."""

import json
from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from pgconn.config.policy import Policy
from pgconn.demo.clients import Target, scalar, session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import database, not_utf8, role
from pgconn.demo.incidents.slots import half_authenticated
from pgconn.demo.incidents.transactions import lock_queue
from pgconn.observe import Observation
from pgconn.rules import sessions_hidden
from tests.conftest import MakeCluster, MakePgBouncer, Run
from tests.looking import look, openable
from tests.standby import Standby

At = Callable[[Target | str], Run]


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_through_a_pooler_the_numbers_are_those_of_the_server(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At, mode: str
) -> None:
    with sessions(cluster, 3, user="app"):
        pooler = pgbouncer(cluster, mode)
        run = pgconn_at(pooler.conninfo(user="watcher", dbname="app"))
        run("status")  # from now on the pool holds a backend
        seen = json.loads(run("status", "--json").stdout)
        assert seen["pooler"]
        assert seen["slots"]["own"] == 0
        assert seen["slots"]["free"]["ordinary"] == openable(cluster, "app")
        assert "seen through a pooler" in run("status").stdout


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_nothing_of_ours_stays_behind_in_a_pooler(cluster: Target, pgbouncer: MakePgBouncer, mode: str) -> None:
    pooler = pgbouncer(cluster, mode, settings={"default_pool_size": "1"})
    look(pooler, user="watcher", dbname="app")
    with session(pooler, user="watcher", dbname="app") as next_client:
        left = [
            scalar(next_client, f"select current_setting('{name}')") for name in ("statement_timeout", "search_path")
        ]
        assert left == ["0", '"$user", public']


def test_on_a_standby_the_numbers_are_those_of_the_standby(local_cluster: Cluster, pgconn_at: At) -> None:
    with Standby(local_cluster) as standby, sessions(standby, 2, user="app"):
        seen = look(standby)
        assert seen.instance.standby
        assert seen.slots.used == 2
        assert seen.slots.free.ordinary == openable(standby, "app")
        assert look(local_cluster).walsenders.used == 1
        assert "standby" in pgconn_at(standby)("status").stdout.splitlines()[0]
        assert "makes it on the primary" in pgconn_at(standby)("ready").stdout


@pytest.mark.pg("!= 14, != 15, != 16")
@pytest.mark.parametrize("place", ["latin", "app", "postgres"])
def test_names_and_queries_that_are_no_utf8_are_shown_from_any_database(
    cluster: Target, pgconn_at: At, place: str
) -> None:
    with not_utf8(cluster):
        run = pgconn_at(cluster.conninfo(dbname=place))
        for form in ("table", "plain", "json", "csv", "markdown"):
            for command in ("status", "sessions"):
                done = run(command, "-o", form)
                assert done.returncode == 0, done.stderr
                assert "caf" in done.stdout
        (row,) = [row for row in json.loads(run("sessions", "--json").stdout)["sessions"] if "caf" in row["user"]]
        assert row["user"] == row["database"] == "caf\\xe9"
        assert row["query"] == "select 'caf\\xe9'"


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "WIN1252"])
def test_a_database_of_another_encoding_is_asked_without_a_conversion(cluster: Target, encoding: str) -> None:
    options = sql.SQL("encoding {} template template0 lc_collate 'C' lc_ctype 'C'").format(encoding)
    with database(cluster, "old", options), role(cluster, "börsen"), session(cluster, dbname="app", user="börsen"):
        seen = look(cluster, dbname="old", with_queries=True)
    assert "börsen" in {session.user for session in seen.sessions}


def test_a_name_in_the_encoding_of_the_database_is_read_in_it(cluster: Target) -> None:
    options = sql.SQL("encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'")
    with database(cluster, "old", options), session(cluster, dbname="old", client_encoding="UTF8") as connection:
        connection.execute("select 'café'")
        seen = look(cluster, dbname="old", with_queries=True)
    assert "select 'café'" in {session.query for session in seen.sessions}


def test_a_hostile_search_path_changes_no_answer(cluster: Target) -> None:
    with database(cluster, "trap"), session(cluster, dbname="trap") as owner:
        owner.execute("create function public.lie(int, int) returns bool language sql as 'select true'")
        owner.execute("create operator public.<> (leftarg = int, rightarg = int, function = public.lie)")
        owner.execute("create view public.pg_stat_activity as select 1 as pid")
        owner.execute("alter database trap set search_path = public, pg_catalog")
        with sessions(cluster, 2, user="app"):
            assert look(cluster, dbname="trap").slots.used == 3


def test_without_track_activities_sessions_are_counted_and_reported_as_unknown(
    make_cluster: MakeCluster, pgconn_at: At
) -> None:
    server = make_cluster({"track_activities": "off"})
    with sessions(server, 3, user="app"):
        seen = look(server)
        assert seen.slots.used == 3
        assert {session.state for session in seen.holders} == {"disabled"}
        assert "track_activities is off" in pgconn_at(server)("status").stdout


def test_a_cluster_that_talks_german_dates_is_understood(cluster: Target) -> None:
    with session(cluster) as connection:
        connection.execute("alter role watcher set datestyle = 'German'")
        connection.execute("alter role watcher set timezone = 'Asia/Kathmandu'")
        connection.execute("alter role watcher set intervalstyle = 'sql_standard'")
        try:
            seen = look(cluster, user="watcher")
        finally:
            connection.execute("alter role watcher reset all")
    (other,) = seen.holders
    assert other.backend_start is not None
    assert abs((seen.taken_at - other.backend_start).total_seconds()) < 60


def test_who_acts_as_another_role_gets_grants_for_that_one(cluster: Target, pgconn_at: At) -> None:
    with role(cluster, "lowered", sql.SQL("in role pg_monitor")), session(cluster) as owner:
        owner.execute("grant app2 to lowered; alter role lowered set role = app2")
        with sessions(cluster, 1, user="app", dbname="app"):
            run = pgconn_at(cluster.conninfo(user="lowered", dbname="app"))
            assert json.loads(run("status", "--json").stdout)["role"]["name"] == "lowered"
            assert 'GRANT pg_monitor TO "app2";' in run("status").stdout


@pytest.mark.parametrize("options", ["noinherit", "noinherit in role pg_monitor"])
def test_the_grant_shows_all_sessions_to_a_role_that_does_not_inherit_too(
    cluster: Target, options: LiteralString
) -> None:
    with role(cluster, "heir", sql.SQL(options)), session(cluster) as owner:
        before = look(cluster, user="heir")
        assert before.role.sees_all_sessions == (not before.hidden_sessions)
        for finding in sessions_hidden.judge(Observation(snapshots=(before,)), Policy()):
            owner.execute(str(finding.remedies[0].sql).encode())
        after = look(cluster, user="heir")
        assert after.role.sees_all_sessions
        assert not after.hidden_sessions


@pytest.mark.pg(">= 16")
def test_who_acts_as_a_superuser_may_not_use_the_reserved_slots_for_that(cluster: Target) -> None:
    with role(cluster, "raised", sql.SQL("in role postgres")), session(cluster) as owner:
        owner.execute("alter role raised set role = postgres")
        assert not look(cluster, user="raised").role.may_use_reserved


def test_a_server_whose_views_were_taken_from_the_public_is_exit_5_and_says_which(
    cluster: Target, pgconn_at: At
) -> None:
    with database(cluster, "strict"):
        with session(cluster, dbname="strict") as owner:
            owner.execute("revoke select on pg_catalog.pg_locks from public")
        done = pgconn_at(cluster.conninfo(user="watcher", dbname="strict"))("status")
    assert done.returncode == 5
    assert "permission denied for view pg_locks\nhint: grant it to the role" in done.stderr


def test_a_client_that_still_logs_in_has_no_application_name_that_would_be_empty(cluster: Target) -> None:
    with half_authenticated(cluster, 1), session(cluster, application_name=""):
        found = {(session.state, session.application_name) for session in look(cluster).holders}
    assert found == {("starting", None), ("idle", "")}


def test_which_session_blocks_which_is_reported(cluster: Target) -> None:
    with lock_queue(cluster, 2, user="app", dbname="app"):
        seen = look(cluster, with_queries=True)
    waiting = [session for session in seen.sessions if session.wait_event_type == "Lock"]
    holders = {session.pid for session in seen.sessions if session.state == "idle in transaction"}
    assert len(waiting) == 2
    assert all(set(session.blocked_by or ()) & (holders | {other.pid for other in waiting}) for session in waiting)


def test_a_look_is_one_connection_one_message_and_no_lock_on_a_user_table(make_cluster: MakeCluster) -> None:
    server = make_cluster({"log_statement": "all", "log_connections": "on", "log_disconnections": "on"})
    if not isinstance(server, Cluster):
        pytest.skip("the log of a container is out of reach")
    look(server, user="watcher", dbname="app")
    ours = [line for line in server.log.splitlines() if "LOG:  " in line]
    assert sum("connection authorized: user=watcher" in line for line in ours) == 1
    assert sum("statement: -- What every message of ours begins with" in line for line in ours) == 1
    after = ours[next(i for i, line in enumerate(ours) if "user=watcher" in line) :]
    assert sum("statement: " in line for line in after) == 1


@pytest.mark.pg("!= 14, != 15, != 16")
@pytest.mark.pg(">= 18")
@pytest.mark.usefixtures("thousands_of_files")
def test_two_thousand_sessions_are_counted_and_listed(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster({"max_connections": "2100", "shared_buffers": "32MB"})
    with sessions(server, 1990, user="app", dbname="app"):
        seen = json.loads(pgconn_at(server)("status", "--json").stdout)
        assert seen["slots"]["used"] == 1990
        assert len(json.loads(pgconn_at(server)("sessions", "--json").stdout)["sessions"]) == 1990
        screen = pgconn_at(server)("sessions", "-o", "table", columns=160).stdout
        assert screen.count("\n") > 1990


def test_a_role_that_was_dropped_while_connected_has_a_session_without_name(cluster: Target) -> None:
    with session(cluster, dbname="app") as owner:
        owner.execute("create role leaving login")
        with session(cluster, user="leaving", dbname="app"):
            try:
                owner.execute("drop role leaving")
            except psycopg.errors.ObjectInUse:
                pytest.skip("this version keeps it")
            seen = look(cluster)
    assert any(session.user is None and session.database == "app" for session in seen.holders)


def test_the_console_of_a_pooler_is_reported_to_be_no_database(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    done = pgconn_at(pgbouncer(cluster, "transaction").conninfo(dbname="pgbouncer"))("status")
    assert done.returncode == 3
    assert "console of PgBouncer" in done.stderr


def test_a_provider_gives_itself_away_by_its_roles_and_keeps_its_own_reserve(
    make_cluster: MakeCluster, pgconn_at: At
) -> None:
    server = make_cluster({"rds.rds_superuser_reserved_connections": "2"})
    with session(server) as owner:
        owner.execute("create role rdsadmin superuser")
    before = json.loads(pgconn_at(server)("status", "--json").stdout)
    assert before["server"]["provider"] == "RDS"
    slots = before["slots"]
    assert slots["provider_reserved"] == 2
    assert slots["usable"] == 30 - 3 - 2 - slots["reserved"]
    assert "RDS 2" in pgconn_at(server)("status").stdout


@pytest.mark.parametrize(
    ("role_name", "provider"),
    [
        ("cloudsqlsuperuser", "Cloud SQL"),
        ("azure_pg_admin", "Azure"),
        ("doadmin", "DigitalOcean"),
        ("avnadmin", "Aiven"),
    ],
)
def test_each_provider_is_known_by_its_role(cluster: Target, role_name: str, provider: str) -> None:
    with role(cluster, role_name):
        assert look(cluster).instance.provider == provider
    assert look(cluster).instance.provider is None
