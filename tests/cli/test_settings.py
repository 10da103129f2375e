"""`pgconn settings` on real servers: what is set takes effect or waits, nothing keeps a server down, all goes back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgconn.actions.configuration import why_not
from pgconn.demo.clients import Target, scalar, session
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.slots import full
from pgconn.errors import Unavailable
from tests.cli.terminal import terminal
from tests.conftest import MakeCluster, MakePgBouncer, Run, libpq_variables
from tests.docs.test_contracts import assert_keeps_its_contract
from tests.standby import Standby

At = Callable[[Target | str], Run]
IDLE = "idle_in_transaction_session_timeout"


def show(server: Target, name: str, **who: Any) -> str:
    """A setting as a new session has it."""
    with session(server, **who) as connection:
        return str(scalar(connection, "select current_setting(%(name)s)", name=name))


def by_alter_system(server: Target) -> dict[str, str]:
    """What postgresql.auto.conf sets."""
    question = "select name, setting from pg_catalog.pg_file_settings where sourcefile ~ 'auto.conf$'"
    with session(server) as owner:
        return dict(owner.execute(question))


def results(printed: str) -> list[tuple[str, str]]:
    return [(change["setting"], change["result"]) for change in json.loads(printed)["changes"]]


def test_the_list_tells_value_origin_and_what_is_unwise(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    printed = run("settings", "--json").stdout
    assert_keeps_its_contract(printed, "settings")
    seen = json.loads(printed)
    rows = {row["name"]: row for row in seen["settings"]}
    assert (rows["max_connections"]["value"], rows["max_connections"]["takes"]) == ("30", "restart")
    assert rows[IDLE]["advice"]["severity"] == "warning"
    assert rows["superuser_reserved_connections"]["advice"] is None
    assert seen["will_not_start"] == []
    assert ("reserved_connections" in rows) is (cluster.major >= 16)
    if isinstance(cluster, Cluster):
        assert rows["max_connections"]["file"] == str(cluster.datadir / "postgresql.conf")
        assert rows["max_connections"]["line"] > 0
    plain = run("settings").stdout
    assert f"warning: {IDLE} is 0: " in plain
    for form in ("table", "markdown", "csv"):
        assert "max_connections" in run("settings", "-o", form).stdout
    assert "\nwork_mem," in run("settings", "--all", "-o", "csv").stdout


@pytest.mark.pg(">= 18")
def test_a_small_screen_cuts_nothing_off(cluster: Target, tmp_path: Path) -> None:
    env = libpq_variables(cluster.conninfo()) | {"HOME": str(tmp_path)}
    with terminal("settings", env=env, columns=80, lines=12) as screen:
        shown = screen.until()
    assert "allow_alter_system" in shown
    assert "--limit" not in shown


def test_an_ordinary_role_sees_the_settings_too(cluster: Target, pgconn_at: At) -> None:
    listed = pgconn_at(cluster.conninfo(user="app"))("settings")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert IDLE in listed.stdout


def test_what_is_applied_takes_effect_and_undo_takes_it_back(cluster: Target, pgconn_at: At) -> None:
    run, before = pgconn_at(cluster), show(cluster, IDLE)
    done = run("settings", "apply", f"{IDLE}=7min", "log_disconnections=on", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert_keeps_its_contract(done.stdout, "changes")
    assert results(done.stdout) == [(IDLE, "done"), ("log_disconnections", "for_new_sessions")]
    assert "sessions that are idle already are not ended by it" in done.stderr
    assert (show(cluster, IDLE), show(cluster, "log_disconnections")) == ("7min", "on")
    assert by_alter_system(cluster) == {IDLE: "7min", "log_disconnections": "on"}
    undone = run("settings", "undo", "--yes", "--json")
    assert undone.returncode == 0, undone.stderr
    assert by_alter_system(cluster) == {}
    assert show(cluster, IDLE) == before


@pytest.mark.pg(">= 18")
def test_what_waits_for_a_restart_is_reported_and_holds_after_it(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster()
    if not isinstance(server, Cluster):
        pytest.skip("the settings of a container are on its command line")
    run = pgconn_at(server)
    done = run("settings", "apply", "max_connections=20", "superuser_reserved_connections=4", "--yes", "--json")
    waits = [("max_connections", "waits_for_restart"), ("superuser_reserved_connections", "waits_for_restart")]
    assert results(done.stdout) == waits
    assert "warning: max_connections is 30, then 20: " in run("settings").stdout
    server.restart()
    assert (show(server, "max_connections"), show(server, "superuser_reserved_connections")) == ("20", "4")
    assert run("settings", "undo", "max_connections", "--yes").returncode == 0
    server.restart()
    assert (show(server, "max_connections"), show(server, "superuser_reserved_connections")) == ("30", "4")


@pytest.mark.pg(">= 18")
def test_what_alter_system_had_set_before_comes_back_to_the_letter(cluster: Target, pgconn_at: At) -> None:
    run, prefix = pgconn_at(cluster), 'it\'s 5%% \\ "x" %m '
    with session(cluster) as owner:
        owner.execute(sql.SQL("alter system set log_line_prefix = {}").format(prefix))
        before = by_alter_system(cluster)
        try:
            assert run("settings", "apply", "log_line_prefix=100% it's \\ new ", "--yes").returncode == 0
            assert show(cluster, "log_line_prefix") == "100% it's \\ new "
            assert run("settings", "undo", "--yes").returncode == 0
            assert by_alter_system(cluster) == before
            assert show(cluster, "log_line_prefix") == prefix
        finally:
            owner.execute("alter system reset log_line_prefix")
            owner.execute("select pg_catalog.pg_reload_conf()")


@pytest.mark.pg(">= 18")
def test_a_list_of_names_is_written_as_a_list(cluster: Target, pgconn_at: At) -> None:
    run, value, kept = pgconn_at(cluster), 'one,"Two, three", four', 'one, "Two, three", four'
    since = {"oauth_validator_libraries": 18, "output_plugin_libraries": 19}
    for name in (name for name, major in since.items() if major <= cluster.major):
        before = show(cluster, name)
        done = run("settings", "apply", f"{name}={value}", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert results(done.stdout) == [(name, "done")]
        assert by_alter_system(cluster) == {name: kept}
        assert show(cluster, name) == kept
        undone = run("settings", "undo", "--yes", "--json")
        assert (undone.returncode, by_alter_system(cluster)) == (0, {}), undone.stderr
        assert show(cluster, name) == before


@pytest.mark.pg(">= 18")
def test_the_search_path_of_a_role_is_a_list_and_goes_back(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with session(cluster) as owner:
        owner.execute("""alter role app set search_path to "$user", 'Sales, old', public""")
    done = run("settings", "apply", 'search_path="$user", shop', "--role", "app", "--yes", "--json")
    assert (done.returncode, results(done.stdout)) == (0, [("search_path", "for_new_sessions")]), done.stderr
    assert show(cluster, "search_path", user="app") == '"$user", shop'
    assert run("settings", "undo", "--yes").returncode == 0
    assert show(cluster, "search_path", user="app") == '"$user", "Sales, old", public'
    with session(cluster) as owner:
        owner.execute("alter role app reset search_path")


@pytest.mark.pg(">= 18")
def test_what_is_no_list_is_refused_before_anything_is_written(cluster: Target, pgconn_at: At) -> None:
    refused = pgconn_at(cluster)("settings", "apply", 'search_path="a,b', "--yes")
    assert (refused.returncode, by_alter_system(cluster)) == (2, {})
    assert "is no list of names" in refused.stderr


@pytest.mark.pg(">= 19")
@pytest.mark.parametrize(
    ("value", "shown"),
    [("backend:panic,warning", "warning, backend:panic"), ("walsender:LOG, error", "error, walsender:LOG")],
)
def test_a_list_that_the_server_puts_in_another_order_has_taken_effect(
    cluster: Target, pgconn_at: At, value: str, shown: str
) -> None:
    takes_effect_and_goes_back(cluster, pgconn_at(cluster), "log_min_messages", value, shown)


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(("value", "shown"), [("european,sql", "SQL, DMY"), ("german", "German, DMY")])
def test_a_value_that_the_server_writes_otherwise_has_taken_effect(
    cluster: Target, pgconn_at: At, value: str, shown: str
) -> None:
    takes_effect_and_goes_back(cluster, pgconn_at(cluster), "DateStyle", value, shown)


def takes_effect_and_goes_back(server: Target, run: Run, name: str, value: str, shown: str) -> None:
    before = show(server, name)
    done = run("settings", "apply", f"{name}={value}", "--yes", "--json")
    assert (done.returncode, results(done.stdout)) == (0, [(name, "done")]), done.stdout
    assert show(server, name) == shown
    undone = run("settings", "undo", "--yes", "--json")
    assert (undone.returncode, results(undone.stdout)) == (0, [(name, "done")]), undone.stderr
    assert (show(server, name), by_alter_system(server)) == (before, {})


@pytest.mark.pg(">= 18")
def test_what_a_role_has_of_its_own_is_still_reported_to_override(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with session(cluster) as owner:
        owner.execute("alter role postgres set datestyle = 'german'")
    try:
        done = run("settings", "apply", "datestyle=european,sql", "--yes", "--json")
        assert results(done.stdout) == [("DateStyle", "overridden")]
        assert run("settings", "undo", "--yes").returncode == 0
    finally:
        with session(cluster) as owner:
            owner.execute("alter role postgres reset datestyle")


def test_new_sessions_of_a_role_or_a_database_get_their_own(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with session(cluster) as owner:
        owner.execute("alter role app set statement_timeout = '1h'")
    done = run("settings", "apply", "statement_timeout=5min", "--role", "app", "--database", "other", "--yes", "--json")
    assert results(done.stdout) == [("statement_timeout", "for_new_sessions")] * 2
    assert show(cluster, "statement_timeout", user="app") == "5min"
    assert show(cluster, "statement_timeout", user="app2", dbname="other") == "5min"
    assert show(cluster, "statement_timeout", user="app2") == "0"
    assert "role app has its own statement_timeout: 5min" in run("settings").stdout
    assert "role app (5min)" in run("settings", "apply", "statement_timeout=1min", "--dry-run").stdout
    assert run("settings", "undo", "statement_timeout", "--yes").returncode == 2
    assert run("settings", "undo", "--role", "app", "--yes").returncode == 0
    assert show(cluster, "statement_timeout", user="app") == "1h"
    assert run("settings", "undo", "--yes").returncode == 0
    with session(cluster) as owner:
        owner.execute("alter role app reset statement_timeout")


@pytest.mark.pg(">= 18")
def test_a_value_that_another_client_set_meanwhile_is_put_back_only_by_force(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    assert run("settings", "apply", f"{IDLE}=7min", "--yes").returncode == 0
    with session(cluster) as owner:
        owner.execute(f"alter system set {IDLE} = '8min'".encode())
    refused = run("settings", "undo", "--yes")
    assert refused.returncode == 7
    assert "is 8min now, and not 7min" in refused.stderr
    assert by_alter_system(cluster) == {IDLE: "8min"}
    assert run("settings", "undo", "--yes", "--force").returncode == 0
    assert by_alter_system(cluster) == {}
    assert run("settings", "undo", "--yes").returncode == 6


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        (["superuser_reserved_connections=30"], 2, "would not start any more"),
        (["max_connections=3"], 2, "would not start any more"),
        (["wal_level=minimal"], 2, "would not start any more"),
        ([f"{IDLE}=5"], 2, "has no unit"),
        (["max_connections=many"], 2, "is no value of"),
        (["max_connections=300000"], 2, "is above what the server takes"),
        (["max_conections=50"], 6, "has no setting 'max_conections'"),
        (["server_version=17"], 2, "is fixed"),
        (["shared_preload_libraries=a,b"], 2, "a list of names"),
        ([f"{IDLE}=5min", "data_directory=/tmp"], 1, "cannot be changed"),
        (["max_connections=50", "--role", "app"], 2, "holds for the whole server"),
        (["statement_timeout=5s", "--role", "ap"], 6, "there is no role 'ap'"),
    ],
)
def test_what_makes_no_sense_or_harms_is_refused_and_nothing_is_written(
    local_cluster: Cluster, pgconn_at: At, wanted: list[str], code: int, message: str
) -> None:
    refused = pgconn_at(local_cluster)("settings", "apply", *wanted, "--yes")
    assert refused.returncode == code, refused.stderr
    assert message in refused.stderr
    assert by_alter_system(local_cluster) == {}


@pytest.mark.offline
@pytest.mark.parametrize(
    "arguments",
    [
        ["frob"],
        ["apply"],
        ["apply", "x"],
        ["apply", "=5"],
        ["apply", "a=1", "A=2"],
        ["list", "x"],
        ["--install"],
        ["health-function", "x"],
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(pgconn: Run, arguments: list[str]) -> None:
    assert pgconn("settings", *arguments, "-h", "127.0.0.1", "-p", "1").returncode == 2


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(("answer", "value"), [("y", "7min"), ("n", None)])
def test_on_a_terminal_it_asks(cluster: Target, tmp_path: Path, answer: str, value: str | None) -> None:
    env = libpq_variables(cluster.conninfo()) | {"HOME": str(tmp_path)}
    with terminal("settings", "apply", f"{IDLE}=7min", env=env) as screen:
        assert "will run: ALTER SYSTEM SET" in screen.until("[y/N]")
        screen.type(f"{answer}\n")
        screen.until()
    assert by_alter_system(cluster).get(IDLE) == value
    if value is not None:
        with terminal("settings", "undo", env=env) as screen:
            screen.until("[y/N]")
            screen.type("y\n")
            screen.until()
    assert by_alter_system(cluster) == {}


@pytest.mark.pg(">= 18")
def test_in_a_pipe_it_demands_yes_and_a_dry_run_changes_nothing(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    run = pgconn_at(cluster)
    assert run("settings", "apply", f"{IDLE}=7min").returncode == 7
    shown = run("settings", "apply", f"{IDLE}=7min", "--dry-run")
    assert f"\n  ALTER SYSTEM SET {IDLE} TO '7min';\n" in shown.stdout
    assert f"\n  ALTER SYSTEM RESET {IDLE};\n" in shown.stdout
    refused = run("settings", "apply", f"{IDLE}=7min", "--yes", "--journal", str(tmp_path))
    assert refused.returncode == 2
    assert by_alter_system(cluster) == {}
    assert not list(tmp_path.rglob("*.jsonl"))


def test_an_ordinary_role_sees_what_it_lacks_and_that_is_enough(cluster: Target, pgconn_at: At) -> None:
    with role(cluster, "tuner"), session(cluster) as owner:
        run = pgconn_at(cluster.conninfo(user="tuner"))
        refused = run("settings", "apply", f"{IDLE}=7min", "--yes")
        assert refused.returncode == 5
        hint = refused.stderr.partition("hint: ")[2]
        assert ("GRANT ALTER SYSTEM" in hint) is (cluster.major >= 15)
        if cluster.major >= 15:
            try:
                owner.execute(hint.encode())
                assert run("settings", "apply", f"{IDLE}=7min", "--yes").returncode == 0
                assert by_alter_system(cluster) == {IDLE: "7min"}
                assert run("settings", "undo", "--yes").returncode == 0
            finally:
                owner.execute("drop owned by tuner")
        assert run("settings", "apply", "statement_timeout=5min", "--role", "tuner", "--yes").returncode == 0
        assert run("settings", "undo", "--yes").returncode == 0


def test_on_a_full_server_it_works_through_a_walsender_slot(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with full(cluster):
        done = run("settings", "apply", f"{IDLE}=7min", "--yes", "--json")
        assert results(done.stdout) == [(IDLE, "done")]
        assert run("settings").returncode == 0
        assert run("settings", "undo", "--yes").returncode == 0
    assert by_alter_system(cluster) == {}


@pytest.mark.pg(">= 18")
def test_through_a_pooler_it_works_as_well(cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At) -> None:
    run = pgconn_at(pgbouncer(cluster, "transaction"))
    assert results(run("settings", "apply", f"{IDLE}=7min", "--yes", "--json").stdout) == [(IDLE, "done")]
    assert run("settings", "undo", "--yes").returncode == 0
    assert by_alter_system(cluster) == {}


@pytest.mark.pg(">= 18")
def test_who_operates_the_server_is_named_with_the_way_that_works_there(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with role(cluster, "rds_superuser"):
        refused = run("settings", "apply", "max_connections=50", f"{IDLE}=5min", "--yes")
        assert refused.returncode == 5
        assert "RDS operates this server" in refused.stderr
        assert "not possible at RDS" in run("settings").stdout
        assert "ParameterName=max_connections,ParameterValue=50,ApplyMethod=pending-reboot" in refused.stderr
        assert f"ParameterName={IDLE},ParameterValue=300000,ApplyMethod=immediate" in refused.stderr
        assert run("settings", "apply", f"{IDLE}=5min", "--role", "app", "--dry-run").returncode == 0
    assert by_alter_system(cluster) == {}


@pytest.mark.pg(">= 18")
def test_a_standby_gets_no_less_than_it_has_unless_forced(make_cluster: MakeCluster, pgconn_at: At) -> None:
    primary = make_cluster()
    if not isinstance(primary, Cluster):
        pytest.skip("a standby is made from the files of its primary")
    with Standby(primary) as standby:
        run = pgconn_at(standby)
        refused = run("settings", "apply", "max_connections=29", "--yes")
        assert refused.returncode == 7
        assert "lower the primary first" in refused.stderr
        assert run("settings", "apply", "statement_timeout=5s", "--role", "app", "--yes").returncode == 2
        assert run("settings", "apply", "max_connections=40", f"{IDLE}=5min", "--yes").returncode == 0
        standby.restart()
        assert (show(standby, "max_connections"), show(standby, IDLE)) == ("40", "5min")
        assert run("settings", "undo", "max_connections", "--yes").returncode == 7
        assert run("settings", "undo", "max_connections", "--yes", "--force").returncode == 0
        reported = pgconn_at(primary)("settings", "apply", "max_connections=50", "--dry-run").stdout
        assert "a standby (1 walsender now) needs as much" in reported


@pytest.mark.pg(">= 18")
def test_files_with_which_the_server_would_not_start_are_found(local_cluster: Cluster, pgconn_at: At) -> None:
    run = pgconn_at(local_cluster)
    with session(local_cluster) as owner:
        owner.execute("alter system set superuser_reserved_connections = 30")
        try:
            listed = run("settings")
            assert "critical: the server will not start again with its files: superuser_reserved" in listed.stdout
            assert run("settings", "apply", "max_connections=29", "--yes").returncode == 2
            assert run("settings", "apply", "superuser_reserved_connections=3", "--dry-run").returncode == 0
        finally:
            owner.execute("alter system reset superuser_reserved_connections")


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(
    "fatal",
    [
        {"max_connections": "5", "superuser_reserved_connections": "3", "reserved_connections": "2"},
        {"wal_level": "minimal", "max_wal_senders": "1"},
        {"wal_level": "minimal", "max_wal_senders": "0", "archive_mode": "on"},
        {"wal_level": "minimal", "max_wal_senders": "0", "summarize_wal": "on"},
    ],
)
def test_what_is_reported_to_keep_a_server_from_starting_does(local_cluster: Cluster, fatal: dict[str, str]) -> None:
    settings = {"max_connections": "30", "superuser_reserved_connections": "3", "wal_level": "replica"} | fatal
    assert list(why_not(settings))
    with pytest.raises(Unavailable, match="did not start"), Cluster(local_cluster.bindir, settings):
        pass


def check(server: Target, **who: Any) -> Any:
    with session(server, **who) as connection:
        return connection.execute("select * from check_connection_health()").fetchone()


@pytest.mark.pg(">= 18")
def test_the_health_function_is_printed_without_a_server_and_runs_as_it_stands(cluster: Target, pgconn: Run) -> None:
    printed = pgconn("settings", "health-function", "-h", "127.0.0.1", "-p", "1")
    assert (printed.returncode, printed.stderr) == (0, "")
    with session(cluster) as owner:
        owner.execute("begin")
        owner.execute(printed.stdout.encode())
        assert scalar(owner, "select total from check_connection_health()") == 1
        owner.execute("rollback")


def test_the_health_function_is_installed_used_and_removed(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    assert run("settings", "health-function", "--install").returncode == 7
    assert run("settings", "health-function", "--install", "--schema", "no", "--yes").returncode == 6
    assert run("settings", "health-function", "--install", "--yes").returncode == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        check(cluster, user="app")
    assert check(cluster, user="watcher")[0] == 1
    assert run("settings", "health-function", "--install", "--yes").returncode == 7
    assert run("settings", "health-function", "--install", "--yes", "--force").returncode == 0
    elsewhere = pgconn_at(cluster.conninfo(dbname="other"))
    assert elsewhere("settings", "undo", "--yes").returncode == 2
    for _ in range(2):
        assert run("settings", "undo", "--yes").returncode == 0
    with session(cluster) as owner:
        assert scalar(owner, "select count(*) from pg_proc where proname ~ '^check_connection_health'") == 0
