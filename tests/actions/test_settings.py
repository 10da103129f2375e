"""Plans for settings: what is refused, what is reported, and in which order; on a configuration made by hand."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.actions.advice import advise
from pgconn.actions.configuration import COMMAND_LINE, Configuration, at_next_start, statement, why_not
from pgconn.actions.settings_planning import SettingsRequest, plan_apply, plan_undo
from pgconn.data.provider import way
from pgconn.data.service import Assignment
from pgconn.errors import NotConfirmed, NotThere, PgconnError, PrivilegeMissing, WrongUsage
from pgconn.model.change import Change
from pgconn.model.setting import Configured, Configurer, GrantedSetting, OwnValue, ServerSetting
from pgconn.observe import Observation
from pgconn.text.quoting import sql_literal
from tests.actions.test_fence import limited
from tests.model.making import CAPACITY, INSTANCE, NOW, session, sessions, snapshot, walsender

pytestmark = pytest.mark.offline

IDLE = "idle_in_transaction_session_timeout"
FIELDS = {"superuser_reserved_connections": "superuser_reserved", "max_wal_senders": "max_wal_senders"}
"""What a snapshot calls the settings that say how many places there are."""


def setting(name: str, value: str, context: str = "postmaster", **different: Any) -> ServerSetting:
    """A setting with a whole number."""
    usual = ServerSetting(
        name=name,
        value=value,
        default=value,
        unit=None,
        context=context,
        kind="integer",
        least="0",
        most="262143",
        choices=None,
        source="default",
        file=None,
        line=None,
        pending_restart=False,
    )
    return msgspec.structs.replace(usual, **different)


SETTINGS = (
    setting("max_connections", "100"),
    setting("superuser_reserved_connections", "3"),
    setting("reserved_connections", "0"),
    setting("max_wal_senders", "10"),
    setting("max_worker_processes", "8"),
    setting("wal_level", "replica", kind="enum", choices=("minimal", "replica", "logical")),
    setting(IDLE, "0", "user", unit="ms", most="2147483647"),
    setting("idle_session_timeout", "0", "user", unit="ms", most="2147483647"),
    setting("log_connections", "off", "superuser-backend", kind="bool"),
    setting("log_line_prefix", "%m [%p] ", "sighup", kind="string"),
    setting("block_size", "8192", "internal"),
)


def configuration(*changed: ServerSetting, **different: Any) -> Configuration:
    """A server that a superuser configures."""
    names = {one.name for one in changed}
    usual = Configuration(
        snapshot=snapshot(),
        settings=(*changed, *(one for one in SETTINGS if one.name not in names)),
        configured=(),
        own_values=(),
        limited=(limited(), limited("shop", "database")),
        granted=(),
        me=Configurer(
            name="dba", superuser=True, may_reload=True, may_read_files=True, settings_grantable=True, loaded_at=NOW
        ),
    )
    return msgspec.structs.replace(usual, **different)


def plan(now: Configuration, *wanted: str, force: bool = False, **where: Any) -> tuple[Change, ...]:
    values = tuple((name, value) for name, _, value in (one.partition("=") for one in wanted))
    return plan_apply(now, SettingsRequest(values=values, **where), force=force)


def line(name: str, value: str, *, by_alter_system: bool = True) -> Configured:
    return Configured(name=name, value=value, file="x", line=1, by_alter_system=by_alter_system, error=None)


def refusal(now: Configuration, *wanted: str, **where: Any) -> PgconnError:
    with pytest.raises(PgconnError) as raised:
        plan(now, *wanted, **where)
    return raised.value


def test_the_way_back_is_what_alter_system_had_set_or_nothing() -> None:
    (change,) = plan(configuration(), "max_connections=200")
    assert (change.sql, change.undo) == (
        "ALTER SYSTEM SET max_connections TO '200';",
        "ALTER SYSTEM RESET max_connections;",
    )
    lines = (line("max_connections", "80", by_alter_system=False), line("max_connections", "90"))
    (change,) = plan(configuration(configured=lines), "max_connections=200")
    assert (change.before, change.undo) == ("90", "ALTER SYSTEM SET max_connections TO '90';")


def test_what_is_set_already_is_no_change() -> None:
    assert plan(configuration(configured=(line("max_connections", "90"),)), "max_connections=90") == ()


@pytest.mark.parametrize(
    "wanted",
    [
        ["max_connections=3"],
        ["superuser_reserved_connections=100"],
        ["reserved_connections=97"],
        ["max_connections=10", "reserved_connections=7"],
        ["wal_level=minimal"],
        ["max_connections=262143"],
    ],
)
def test_what_would_keep_the_server_from_starting_is_refused(wanted: list[str]) -> None:
    assert "would not start any more" in refusal(configuration(), *wanted).message


def test_the_files_count_and_not_what_runs() -> None:
    waiting = configuration(configured=(line("max_connections", "20"),))
    assert "would not start" in refusal(waiting, "superuser_reserved_connections=20").message
    assert plan(waiting, "superuser_reserved_connections=19")


def test_what_stands_on_the_command_line_counts_and_is_reported() -> None:
    now = configuration(setting("max_connections", "20", source=COMMAND_LINE))
    assert "would not start" in refusal(now, "max_connections=500", "reserved_connections=17").message
    (change,) = plan(now, "max_connections=500")
    assert any("will have no effect" in effect for effect in change.effects)


def test_the_sequence_keeps_a_server_that_starts_after_each_step() -> None:
    now = configuration(configured=(line("max_connections", "20"),))
    wanted = ["superuser_reserved_connections=30", "reserved_connections=30", "max_connections=100"]
    assert plan(now, *wanted)[0].setting == "max_connections"
    lower = configuration(configured=(line("superuser_reserved_connections", "30"), line("reserved_connections", "30")))
    changes = plan(lower, "max_connections=50", "superuser_reserved_connections=3", "reserved_connections=3")
    assert changes[0].setting != "max_connections"


@given(st.permutations(["max_connections=50", "superuser_reserved_connections=40", "reserved_connections=5"]))
def test_no_step_of_a_plan_is_fatal(wanted: list[str]) -> None:
    now, done = configuration(configured=(line("max_connections", "20"),)), dict[str, str]()
    for change in plan(now, *wanted):
        done[change.setting] = change.after or ""
        assert not list(why_not(at_next_start(now, done)))


def test_a_standby_is_warned_of_less_and_may_have_more() -> None:
    standby = configuration(snapshot=snapshot(instance=msgspec.structs.replace(INSTANCE, standby=True)))
    assert isinstance(refusal(standby, "max_connections=99"), NotConfirmed)
    assert plan(standby, "max_connections=99", force=True)
    assert plan(standby, "max_connections=101")
    assert isinstance(refusal(standby, f"{IDLE}=5s", roles=("app",)), WrongUsage)


def test_more_on_a_primary_names_its_standbys() -> None:
    (change,) = plan(configuration(snapshot=snapshot(walsender())), "max_connections=101")
    assert any("1 walsender now" in effect for effect in change.effects)


@pytest.mark.parametrize(
    ("wanted", "where", "kind"),
    [
        ("max_conections=5", {}, NotThere),
        ("block_size=4096", {}, WrongUsage),
        ("search_path=a", {}, NotThere),
        ("max_connections=5", {"roles": ("app",)}, WrongUsage),
        ("log_line_prefix=x", {"databases": ("shop",)}, WrongUsage),
        (f"{IDLE}=5s", {"roles": ("ap",)}, NotThere),
        (f"{IDLE}=5", {"roles": ("app",)}, WrongUsage),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: str, where: dict[str, Any], kind: type[PgconnError]) -> None:
    assert isinstance(refusal(configuration(), wanted, **where), kind)


def test_what_a_role_lacks_is_named_to_the_last_grant() -> None:
    me = Configurer(
        name="me", superuser=False, may_reload=False, may_read_files=True, settings_grantable=True, loaded_at=NOW
    )
    granted = (GrantedSetting(name=IDLE, may_set=True, may_alter_system=True),)
    missing = refusal(configuration(me=me, granted=granted), f"{IDLE}=5s", "max_connections=50")
    assert isinstance(missing, PrivilegeMissing)
    assert missing.hint == (
        'GRANT ALTER SYSTEM ON PARAMETER max_connections TO "me";'
        ' GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO "me";'
    )
    old = refusal(configuration(me=msgspec.structs.replace(me, settings_grantable=False)), "max_connections=50")
    assert old.hint == "log in as a superuser"
    backend = refusal(configuration(me=me), "log_connections=on", roles=("me",), databases=())
    assert isinstance(backend, NotThere | PrivilegeMissing)


def test_a_setting_that_files_of_others_hold_is_not_altered() -> None:
    closed = setting("allow_alter_system", "off", "sighup", kind="bool")
    assert isinstance(refusal(configuration(closed), "max_connections=50"), PrivilegeMissing)


@pytest.mark.parametrize(
    ("provider", "reported"),
    [
        ("RDS", "aws rds modify-db-parameter-group"),
        ("Aurora", "aws rds modify-db-cluster-parameter-group"),
        ("Cloud SQL", f"--database-flags={IDLE}=300000"),
        ("AlloyDB", "gcloud alloydb"),
        ("Azure", f"--name {IDLE} --value 300000"),
        ("Aiven", f"-c pg.{IDLE}=300000"),
        ("Supabase", "supabase"),
        ("Heroku", "the plan decides"),
        ("Somebody", "console"),
    ],
)
def test_a_managed_service_has_a_way_of_its_own(provider: str, reported: str) -> None:
    seen = snapshot(instance=msgspec.structs.replace(INSTANCE, provider=provider))
    refused = refusal(configuration(snapshot=seen), f"{IDLE}=5min")
    assert isinstance(refused, PrivilegeMissing)
    assert reported in (refused.hint or "")
    assert "ALTER SYSTEM" not in way(provider, [Assignment(name=IDLE, value="300000", restarts=False)])


def test_timeouts_are_reported_to_end_no_session_that_is_idle_already_and_to_hurt_pools() -> None:
    now = configuration(own_values=(OwnValue(scope="role", name="app", within=None, setting=IDLE, value="1h"),))
    first, second = plan(now, f"{IDLE}=5min", "idle_session_timeout=1h")
    assert any("not ended by it" in effect for effect in first.effects)
    assert any("role app (1h)" in effect for effect in first.effects)
    assert any("pools keep sessions idle on purpose" in effect for effect in second.effects)
    assert not any("pools" in effect for effect in plan(now, "idle_session_timeout=0")[0].effects)


def test_undo_is_held_to_the_same_and_says_what_it_finds() -> None:
    now = configuration(configured=(line("superuser_reserved_connections", "50"),))
    (change,) = plan(configuration(), "superuser_reserved_connections=50")
    undone = plan_undo(now, change)
    assert undone is not None
    assert (undone.before, undone.after, undone.sql) == ("50", None, change.undo)
    files = (line("max_connections", "9"), line("superuser_reserved_connections", "1"))
    raised = msgspec.structs.replace(change, before="20", after="1")
    with pytest.raises(WrongUsage, match="would not start"):
        plan_undo(configuration(configured=files), raised)
    (own,) = plan(now, f"{IDLE}=5s", roles=("app",))
    assert plan_undo(configuration(limited=()), own) is None


def test_names_and_values_are_quoted_where_they_need_it() -> None:
    assert statement("system", None, "TimeZone", "a'b") == "ALTER SYSTEM SET \"TimeZone\" TO 'a''b';"
    assert statement("role", 'a"b', "rds.x", "a\\b") == 'ALTER ROLE "a""b" SET rds.x TO E\'a\\\\b\';'
    assert statement("database", "x", "work_mem", None) == 'ALTER DATABASE "x" RESET work_mem;'
    assert sql_literal("two\nlines\\") == "E'two\\U0000000alines\\\\'"


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("superuser_reserved_connections", "0", "critical"),
        ("superuser_reserved_connections", "1", "warning"),
        ("superuser_reserved_connections", "3", None),
        ("max_wal_senders", "0", "warning"),
        ("max_wal_senders", "1", "critical"),
        ("max_wal_senders", "2", None),
        ("reserved_connections", "0", "info"),
        ("reserved_connections", "2", None),
        ("authentication_timeout", "60", "info"),
        ("authentication_timeout", "30", None),
        (IDLE, "0", "warning"),
        (IDLE, "9999", "warning"),
        (IDLE, "10000", None),
        ("idle_session_timeout", "1", "warning"),
        ("idle_session_timeout", "0", None),
        ("tcp_keepalives_idle", "0", "warning"),
        ("tcp_keepalives_idle", "7200", "warning"),
        ("tcp_keepalives_idle", "60", None),
        ("client_connection_check_interval", "0", "info"),
        ("statement_timeout", "1", "info"),
        ("transaction_timeout", "1", "info"),
        ("max_connections", "1001", "info"),
        ("max_connections", "1000", None),
        ("log_connections", "", "info"),
        ("log_connections", "receipt", None),
        ("log_disconnections", "off", "info"),
        ("log_line_prefix", "%m [%p] ", "info"),
        ("log_line_prefix", "%m %u", None),
        ("track_activities", "off", "warning"),
        ("update_process_title", "off", "warning"),
        ("lock_timeout", "0", None),
    ],
)
def test_what_is_unwise_is_reported_with_its_reason(name: str, value: str, severity: str | None) -> None:
    capacity = msgspec.structs.replace(CAPACITY, **{FIELDS[name]: int(value)}) if name in FIELDS else CAPACITY
    seen = snapshot(session(7, superuser=True, user="postgres"), *sessions(3), walsender(), capacity=capacity)
    advice = advise(Observation(snapshots=(seen,), settings=(setting(name, value),))).get(name)
    assert (advice.severity if advice is not None else None) == severity


def test_what_waits_for_a_restart_is_reported_before_all_else() -> None:
    for name, value in (("max_connections", "100"), ("superuser_reserved_connections", "0")):
        one = setting(name, value, pending_restart=True)
        advice = advise(Observation(snapshots=(snapshot(),), settings=(one,)))[name]
        assert "waits for a restart" in advice.message
