"""`pgconn fence` on real servers: it holds new sessions, locks no role out unasked, and goes without a trace."""

import contextlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgconn.actions.journal import Journal
from pgconn.demo.clients import Target, close, scalar, session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import logical_walsenders
from pgconn.demo.incidents.names import database, hostile_for, role
from pgconn.demo.incidents.slots import full
from pgconn.model.change import CONNECTION_LIMIT, Change, Identity
from tests.cli.terminal import terminal
from tests.conftest import MakeCluster, MakePgBouncer, Run, libpq_variables
from tests.docs.test_contracts import assert_keeps_its_contract
from tests.model.making import NOW
from tests.standby import Standby

At = Callable[[Target | str], Run]


def limits(server: Target, name: str) -> dict[str, int]:
    """The limits of the role and of the database of this name."""
    with session(server) as owner:
        found = owner.execute(
            "select 'role', rolconnlimit from pg_catalog.pg_roles where rolname = %(name)s"
            " union all select 'database', datconnlimit from pg_catalog.pg_database where datname = %(name)s",
            {"name": name},
        )
        return dict(found)


@contextlib.contextmanager
def set_to(server: Target, scope: str, name: str, limit: int) -> Iterator[None]:
    """A limit that is there already."""
    change = sql.SQL("alter {} {} connection limit {}")
    with session(server) as owner:
        owner.execute(change.format(sql.SQL(scope), sql.Identifier(name), limit))
        try:
            yield
        finally:
            owner.execute(change.format(sql.SQL(scope), sql.Identifier(name), -1))


def test_new_sessions_are_refused_those_that_are_there_stay_and_undo_lets_them_in(
    cluster: Target, pgconn_at: At
) -> None:
    run = pgconn_at(cluster)
    with sessions(cluster, 3, user="app") as opened:
        done = run("fence", "--role", "app", "--limit", "2", "--yes")
        assert done.returncode == 0, done.stderr
        assert "3 sessions of the role 'app' now: they stay" in done.stderr
        assert [scalar(connection, "select 1") for connection in opened] == [1, 1, 1]
        with pytest.raises(psycopg.OperationalError, match='too many connections for role "app"'):
            cluster.connect(user="app")
        cluster.connect(user="app2").close()
        assert run("fence", "--undo", "--yes").returncode == 0
        close(cluster.connect(user="app"))
    assert limits(cluster, "app") == {"role": -1, "database": -1}


@pytest.mark.parametrize("before", [-1, 0, 7])
def test_what_was_there_before_is_put_back_exactly(cluster: Target, pgconn_at: At, before: int) -> None:
    run = pgconn_at(cluster)
    with set_to(cluster, "role", "app", before), set_to(cluster, "database", "app", 3):
        assert run("fence", "--role", "app", "--database", "app", "--limit", "5", "--yes").returncode == 0
        assert limits(cluster, "app") == {"role": 5, "database": 5}
        assert run("fence", "--undo", "--yes").returncode == 0
        assert limits(cluster, "app") == {"role": before, "database": 3}


def test_on_a_copy_of_the_server_a_fence_that_does_not_stand_there_is_not_forgotten(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    run = pgconn_at(cluster)
    path = tmp_path / "journal.jsonl"
    journal = ("--journal", str(path))
    assert run("fence", "--role", "app", "--limit", "5", "--yes", *journal).returncode == 0
    here = json.loads(run("fence", "--list", "--json", *journal).stdout)["server"]
    path.write_text(path.read_text().replace(f'"address":"{here}"', '"address":"db7:5432"'))
    with set_to(cluster, "role", "app", -1):  # as a copy from before the fence has it
        undone = run("fence", "--undo", "--yes", *journal)
        assert undone.returncode == 0
        assert "it was put up on db7:5432" in undone.stdout
        assert len(path.read_text().splitlines()) == 1
        assert "has been undone already" in run("fence", "--undo", "--yes", "--force", *journal).stdout
        assert run("fence", "--undo", "--yes", *journal).returncode == 6


def test_who_is_on_the_wrong_server_sees_where_fences_are(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    change = Change(scope="role", name="app", setting=CONNECTION_LIMIT, before="-1", after="5", sql="x", undo="y")
    another = Identity(system_identifier="1")
    path = tmp_path / "journal.jsonl"
    Journal(path).note([change], at=NOW, server=another, address="db7:5432", role="postgres", by="fence")
    lost = pgconn_at(cluster)("fence", "--undo", "--yes", "--journal", str(path))
    assert lost.returncode == 6
    assert "is written down in" in lost.stderr
    assert "hint: it has fences on db7:5432; --journal FILE names another one" in lost.stderr


def test_a_limit_that_another_client_set_meanwhile_is_put_back_only_by_force(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    assert run("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
    with set_to(cluster, "role", "app", 9):
        refused = run("fence", "--undo", "--yes")
        assert refused.returncode == 7
        assert "role app has a limit of 9 now, where the fence had set 5" in refused.stderr
        assert limits(cluster, "app")["role"] == 9
        assert json.loads(run("fence", "--list", "--json").stdout)["fences"][0]["standing"] is False
        assert run("fence", "--undo", "--yes", "--force").returncode == 0
        assert limits(cluster, "app")["role"] == -1
    assert run("fence", "--undo", "--yes").returncode == 6


@pytest.mark.pg(">= 18")
def test_a_fence_that_another_client_took_down_is_closed(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    assert run("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
    with session(cluster) as owner:
        owner.execute("alter role app connection limit -1")
    undone = run("fence", "--undo", "--json")
    assert undone.returncode == 0
    assert [change["result"] for change in json.loads(undone.stdout)["changes"]] == ["unchanged"]
    assert run("fence", "--undo").returncode == 6


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(("answer", "limit"), [("y", 5), ("n", -1)])
def test_on_a_terminal_it_asks(cluster: Target, tmp_path: Path, answer: str, limit: int) -> None:
    env = libpq_variables(cluster.conninfo()) | {"HOME": str(tmp_path)}
    with terminal("fence", "--role", "app", "--limit", "5", env=env) as screen:
        assert 'ALTER ROLE "app" CONNECTION LIMIT 5;' in screen.until("[y/N]")
        screen.type(f"{answer}\n")
        screen.until()
        assert screen.process.wait() == (0 if answer == "y" else 7)
    assert limits(cluster, "app")["role"] == limit
    if answer == "y":
        with set_to(cluster, "role", "app", 9), terminal("fence", "--undo", env=env) as screen:
            assert "it has been changed since" in screen.until("[y/N]")
            screen.type("y\n")
            screen.until()
            assert limits(cluster, "app")["role"] == -1


@pytest.mark.pg(">= 18")
def test_in_a_pipe_it_demands_yes(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    asked = pgconn_at(cluster)("fence", "--role", "app", "--limit", "5")
    assert asked.returncode == 7
    assert 'will run: ALTER ROLE "app" CONNECTION LIMIT 5;' in asked.stderr
    assert limits(cluster, "app")["role"] == -1
    assert not list(tmp_path.rglob("*.jsonl"))


@pytest.mark.pg(">= 18")
def test_a_dry_run_shows_the_sql_and_changes_nothing(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    run = pgconn_at(cluster)
    shown = run("fence", "--role", "app", "--database", "app", "--limit", "0", "--dry-run")
    assert shown.returncode == 0
    for line in ('ALTER ROLE "app" CONNECTION LIMIT 0;', 'ALTER DATABASE "app" CONNECTION LIMIT -1;'):
        assert f"\n  {line}\n" in shown.stdout
    assert "locks the role out" in shown.stdout
    assert_keeps_its_contract(run("fence", "--role", "app", "--limit", "3", "--dry-run", "--json").stdout, "changes")
    assert limits(cluster, "app") == {"role": -1, "database": -1}
    assert not list(tmp_path.rglob("*.jsonl"))


@pytest.mark.pg(">= 18")
def test_a_journal_that_cannot_be_written_means_that_nothing_is_changed(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "other").write_text('{"kind":"snapshot"}\n')
    for journal in (tmp_path / "file" / "x", tmp_path, tmp_path / "other", Path("/proc/nowhere/x")):
        refused = pgconn_at(cluster)("fence", "--role", "app", "--limit", "5", "--yes", "--journal", str(journal))
        assert refused.returncode == 2, journal
        assert "nothing was changed" in refused.stderr
        assert limits(cluster, "app")["role"] == -1
    assert (tmp_path / "other").read_text() == '{"kind":"snapshot"}\n'


@pytest.mark.pg(">= 18")
def test_a_name_that_is_no_sessions_is_reported_with_what_there_is(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    refused = run("fence", "--role", "app", "--role", "ap", "--limit", "5", "--yes", "--json")
    assert refused.returncode == 6
    assert "there is no role 'ap'" in refused.stderr
    assert "'app', 'app2'" in refused.stderr
    assert_keeps_its_contract(refused.stdout, "error")
    assert "'other'" in run("fence", "--database", "orders", "--limit", "5").stderr
    assert limits(cluster, "app")["role"] == -1


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--role", "postgres"], "is a superuser, and no CONNECTION LIMIT applies to superusers"),
        (["--role", "pg_monitor"], "may not log in"),
        (["--database", "template0"], "accepts no connections"),
    ],
)
def test_a_limit_that_would_hold_no_session_is_refused(
    cluster: Target, pgconn_at: At, arguments: list[str], message: str
) -> None:
    refused = pgconn_at(cluster)("fence", *arguments, "--limit", "5", "--yes")
    assert refused.returncode == 2
    assert message in refused.stderr


def test_no_role_locks_itself_out(cluster: Target, pgconn_at: At) -> None:
    owned = sql.SQL("owner boss")
    with role(cluster, "boss", sql.SQL("createrole")), database(cluster, "bossy", owned):
        run = pgconn_at(cluster.conninfo(user="boss", dbname="bossy"))
        with sessions(cluster, 2, user="boss", dbname="bossy"):
            for arguments in (["--role", "boss"], ["--database", "bossy"]):
                refused = run("fence", *arguments, "--limit", "2", "--yes")
                assert refused.returncode == 2, refused.stderr
                assert "it has to be 3 or more now" in refused.stderr
            assert run("fence", "--database", "bossy", "--limit", "3", "--yes").returncode == 0
            assert pgconn_at(cluster)("fence", "--database", "bossy", "--limit", "0", "--yes").returncode == 0
            with pytest.raises(psycopg.OperationalError, match="too many connections for database"):
                cluster.connect(user="boss", dbname="bossy")


def test_what_is_granted_as_the_hint_says_is_enough(cluster: Target, pgconn_at: At) -> None:
    with (
        role(cluster, "boss"),
        role(cluster, "owner"),
        role(cluster, "shopper"),
        database(cluster, "shopping", sql.SQL('owner "owner"')),
        session(cluster) as owner,
    ):
        for arguments in (["--role", "shopper"], ["--database", "shopping"]):
            fence = partial(pgconn_at(cluster.conninfo(user="boss")), "fence", *arguments, "--limit", "5", "--yes")
            refused = fence()
            assert refused.returncode == 5
            owner.execute(refused.stderr.partition("hint: ")[2].encode())
            assert fence().returncode == 0
        assert limits(cluster, "shopper") == {"role": 5}
        assert limits(cluster, "shopping") == {"database": 5}


@pytest.mark.pg(">= 18")
def test_names_of_every_kind_are_quoted_and_come_out_harmless(
    local_cluster: object, cluster: Target, pgconn_at: At
) -> None:
    run, names = pgconn_at(cluster), hostile_for(cluster)
    kinds = {"escape", "quote", "newline"} & names.keys()
    with contextlib.ExitStack() as stack:
        for kind, name in names.items():
            stack.enter_context(role(cluster, name))
            if kind in kinds:
                stack.enter_context(database(cluster, name))
        who = [f"--role={name}" for name in names.values()] + [f"--database={names[kind]}" for kind in kinds]
        ran = [run("fence", *who, "--limit", "4", "--yes"), run("fence", "--list"), run("fence", "--list", "-o", "csv")]
        assert [found for name in names.values() for found in limits(cluster, name).values()] == [4] * len(who)
        ran.append(run("fence", "--undo", *who, "--yes"))
        assert [found for name in names.values() for found in limits(cluster, name).values()] == [-1] * len(who)
    for done in ran:
        assert done.returncode == 0, done.stderr
        assert not {"\x1b", "\u202e", "\u200b", "\x9b", "\r"} & set(done.stdout + done.stderr)


@pytest.mark.pg(">= 18")
def test_a_name_that_two_have_is_asked_for_with_its_kind(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    assert run("fence", "--role", "app", "--database", "app", "--limit", "9", "--yes").returncode == 0
    assert run("fence", "--undo", "app", "--yes").returncode == 2
    assert run("fence", "--undo", "--database", "app", "--yes").returncode == 0
    assert limits(cluster, "app") == {"role": 9, "database": -1}
    assert "there is role app" in run("fence", "--undo", "nobody", "--yes").stderr
    assert run("fence", "--undo", "app", "--yes").returncode == 0
    assert limits(cluster, "app") == {"role": -1, "database": -1}


@pytest.mark.pg(">= 18")
def test_fences_within_fences_go_one_by_one(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    for limit in ("20", "10"):
        assert run("fence", "--role", "app", "--limit", limit, "--yes").returncode == 0
    assert run("fence", "--role", "app", "--limit", "10", "--yes").stdout.endswith("nothing to change\n")
    first = run("fence", "--undo", "last", "--yes")
    assert "an earlier fence stands again" in first.stdout
    assert limits(cluster, "app")["role"] == 20
    assert run("fence", "--undo", "--yes").returncode == 0
    assert limits(cluster, "app")["role"] == -1


@pytest.mark.pg(">= 18")
def test_a_role_that_is_called_otherwise_by_now_is_known_and_one_that_is_gone_is_let_go(
    cluster: Target, pgconn_at: At
) -> None:
    run = pgconn_at(cluster)
    with session(cluster) as owner:
        owner.execute("create role passing login")
        assert run("fence", "--role", "passing", "--limit", "4", "--yes").returncode == 0
        owner.execute("alter role passing rename to renamed")
        assert run("fence", "--undo", "renamed", "--yes").returncode == 0
        assert limits(cluster, "renamed") == {"role": -1}
        assert run("fence", "--role", "renamed", "--limit", "4", "--yes").returncode == 0
        owner.execute("drop role renamed; create role renamed login connection limit 2")
        undone = run("fence", "--undo", "--yes", "--json")
        assert [change["result"] for change in json.loads(undone.stdout)["changes"]] == ["gone"]
        assert limits(cluster, "renamed") == {"role": 2}
        assert run("fence", "--undo").returncode == 6
        owner.execute("drop role renamed")


@pytest.mark.pg(">= 18")
def test_the_list_has_every_limit_and_keeps_its_contract(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with set_to(cluster, "database", "other", 12), sessions(cluster, 2, user="app"):
        assert run("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
        printed = run("fence", "--list", "--json").stdout
        assert_keeps_its_contract(printed, "fences")
        ours, others = json.loads(printed)["fences"]
        assert (ours["name"], ours["limit"], ours["used"], ours["free"], ours["set_by"]) == ("app", 5, 2, 3, "postgres")
        assert (others["name"], others["limit"], others["set_at"]) == ("other", 12, None)
        for form in ("table", "plain", "markdown", "csv"):
            assert "other" in run("fence", "--list", "-o", form).stdout
        done = run("fence", "--undo", "--yes", "--json")
    assert_keeps_its_contract(done.stdout, "changes")


def test_on_a_full_server_the_fence_goes_up_through_a_walsender_slot(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with full(cluster):
        assert run("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
        assert limits_through_a_walsender(cluster) == 5
        assert run("fence", "--undo", "--yes").returncode == 0
    assert limits(cluster, "app")["role"] == -1


def limits_through_a_walsender(server: Target) -> Any:
    with session(server, replication="database") as owner:
        return scalar(owner, "select rolconnlimit from pg_catalog.pg_roles where rolname = 'app'")


def test_replication_is_reported_not_to_be_held(cluster: Target, pgconn_at: At) -> None:
    with role(cluster, "copier", sql.SQL("replication")), logical_walsenders(cluster, 1, user="copier"):
        shown = pgconn_at(cluster)("fence", "--role", "copier", "--limit", "0", "--dry-run").stdout
        assert "replication is not held by it: 1 walsender may come back" in shown
        assert pgconn_at(cluster)("fence", "--role", "copier", "--limit", "0", "--yes").returncode == 0
        close(cluster.connect(user="copier", replication="database"))
        assert pgconn_at(cluster)("fence", "--undo", "--yes").returncode == 0


@pytest.mark.pg(">= 18")
def test_a_standby_sends_to_its_primary_and_lists(make_cluster: MakeCluster, pgconn_at: At, tmp_path: Path) -> None:
    primary = make_cluster()
    if not isinstance(primary, Cluster):
        pytest.skip("a standby is made from the files of its primary")
    with Standby(primary) as standby:
        assert pgconn_at(primary)("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
        for arguments in (["--role", "app", "--limit", "3", "--yes"], ["--undo", "--yes"]):
            refused = pgconn_at(standby)("fence", *arguments)
            assert refused.returncode == 2
            assert "is a standby" in refused.stderr
        assert limits(primary, "app")["role"] == 5
        assert pgconn_at(standby)("fence", "--list").returncode == 0
        with Cluster(primary.bindir) as other:  # not one of make_cluster's, which are copies of one system
            assert pgconn_at(other)("fence", "--undo", "--yes").returncode == 6


@pytest.mark.pg(">= 18")
def test_through_a_pooler_it_says_what_the_limit_holds(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At
) -> None:
    run = pgconn_at(pgbouncer(cluster, "transaction"))
    assert "you came through a pooler" in run("fence", "--role", "app", "--limit", "5", "--dry-run").stdout
    assert run("fence", "--role", "app", "--limit", "5", "--yes").returncode == 0
    assert run("fence", "--undo", "--yes").returncode == 0
    assert limits(cluster, "app")["role"] == -1


@pytest.mark.offline
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["app"],
        ["--limit", "5"],
        ["--limit", "-1", "--role", "app"],
        ["--limit", str(2**31), "--role", "app"],
        ["app", "--limit", "5"],
        ["--role", "app"],
        ["--list", "--role", "app"],
        ["--undo", "--list"],
        ["--undo", "--limit", "5"],
    ],
)
def test_an_ambiguous_command_line_is_refused(pgconn: Run, arguments: list[str]) -> None:
    refused = pgconn("fence", *arguments, "-h", "127.0.0.1", "-p", "1")
    assert refused.returncode == 2, refused.stderr
