"""Each rule at, below and above its thresholds, and silent on a server that is well."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from pgconn.config.policy import Policy
from pgconn.model.finding import SEVERITIES, Finding
from pgconn.model.session import ABORTED, ACTIVE, IDLE_IN_TRANSACTION, LOCAL, STARTING, Session
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.rules import RULES, judge
from tests.model.making import CAPACITY, INSTANCE, ROLE, limit, session, sessions, shop, snapshot, walsender
from tests.rules.making import everything, setting

pytestmark = pytest.mark.offline

POLICY = Policy()
EVERYTHING = everything()


def findings(seen: Snapshot, policy: Policy = POLICY) -> tuple[Finding, ...]:
    return judge(Observation(snapshots=(seen,)), policy).findings


def found(seen: Snapshot, rule: str, policy: Policy = POLICY) -> list[Finding]:
    return [finding for finding in findings(seen, policy) if finding.rule == rule]


def one(seen: Snapshot, rule: str, policy: Policy = POLICY) -> Finding:
    (finding,) = found(seen, rule, policy)
    return finding


def hidden(pid: int, **different: object) -> Session:
    return Session(pid=pid, user="app", database="shop", application_name="web", hidden=True)


def test_a_server_that_is_well_has_no_findings() -> None:
    well = snapshot(
        *sessions(10, state=ACTIVE, query_seconds=0.1),
        *sessions(5, 200),
        walsender(),
        connection_limits=(limit(most=50), limit("database", "shop", 100)),
    )
    assert findings(well) == ()
    assert findings(snapshot()) == ()


def test_the_most_severe_finding_comes_first() -> None:
    severities = [SEVERITIES.index(finding.severity) for finding in findings(shop())]
    assert severities == sorted(severities)
    assert len(set(severities)) == 3


def test_each_finding_bears_the_name_of_the_module_that_found_it() -> None:
    modules = {rule.name for rule in RULES}
    assert {finding.rule for finding in findings(shop())} <= modules
    for rule in RULES:
        assert {finding.rule for finding in rule(EVERYTHING, POLICY)} <= {rule.name}


@pytest.mark.parametrize(
    ("used", "severity"), [(19, None), (20, "warning"), (22, "warning"), (23, "critical"), (25, "critical")]
)
def test_slots_are_used_up_from_80_percent_on_and_critically_from_90(used: int, severity: str | None) -> None:
    seen = snapshot(*sessions(used))
    assert [finding.severity for finding in found(seen, "slots_used_up")] == ([severity] if severity else [])


def test_slots_used_up_says_how_many_are_left_and_who_holds_the_most() -> None:
    finding = one(snapshot(*sessions(15, user="x"), *sessions(8, 200, application_name="api")), "slots_used_up")
    assert finding.message == "23 of 25 usable slots are used: an ordinary role can open 2 more"
    assert finding.evidence == {
        "used": 23,
        "usable": 25,
        "free_ordinary": 2,
        "largest_application": "web",
        "largest_user": "x",
        "largest_sessions": 15,
    }


def test_a_full_server_lets_in_no_further_connection() -> None:
    finding = one(snapshot(*sessions(27)), "slots_used_up")
    assert finding.message == "27 of 25 usable slots are used: an ordinary role can open no further connection"


def test_a_role_that_sees_little_gets_bounds() -> None:
    finding = one(snapshot(*(hidden(pid) for pid in range(1, 23))), "slots_used_up")
    assert finding.message == "at most 22 of 25 usable slots are used: an ordinary role can open at least 3 more"


def test_a_server_without_a_slot_for_ordinary_roles_is_full_before_any_session() -> None:
    capacity = msgspec.structs.replace(CAPACITY, max_connections=4)
    finding = one(snapshot(capacity=capacity), "slots_used_up")
    assert finding.severity == "critical"
    assert finding.evidence["largest_application"] is None


@pytest.mark.parametrize(("used", "severity"), [(8, None), (9, "warning"), (10, "critical"), (11, "critical")])
@pytest.mark.parametrize(("scope", "name"), [("role", "app"), ("database", "shop")])
def test_a_limit_is_close_above_80_percent_and_critical_at_the_end(
    scope: str, name: str, used: int, severity: str | None
) -> None:
    seen = snapshot(*sessions(used), connection_limits=(limit(scope, name, 10),))
    assert [finding.severity for finding in found(seen, "limit_close")] == ([severity] if severity else [])


def test_a_limit_that_is_close_is_named_with_its_scope() -> None:
    finding = one(snapshot(*sessions(5), connection_limits=(limit(most=5),)), "limit_close")
    assert finding.subject == "role app"
    assert finding.message == "5 of 5 connections that the role 'app' may have are used"
    assert finding.remedies[0].command == "pgconn sessions --user=app"


def test_a_limit_of_zero_is_distinguished_and_not_critical_because_another_client_meant_it() -> None:
    finding = one(snapshot(connection_limits=(limit("database", "o'k", 0),)), "limit_close")
    assert finding.severity == "warning"
    assert finding.message == 'the database "o\'k" may have no connection: its CONNECTION LIMIT is 0'
    assert [remedy.sql for remedy in finding.remedies] == ['ALTER DATABASE "o\'k" CONNECTION LIMIT -1;']
    assert finding.remedies[0].safety == "unsafe"


@pytest.mark.parametrize(("used", "severity"), [(4, None), (5, "critical")])
def test_the_pool_of_walsenders_is_close_above_80_percent(used: int, severity: str | None) -> None:
    findings = found(snapshot(*(walsender(pid) for pid in range(used))), "limit_close")
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
    assert all(finding.subject == "walsenders" for finding in findings)


@pytest.mark.parametrize("state", [IDLE_IN_TRANSACTION, ABORTED])
@pytest.mark.parametrize(("age", "speaks"), [(59.9, False), (60.0, True), (None, False)])
def test_an_open_transaction_is_found_after_a_minute(state: str, age: float | None, speaks: bool) -> None:
    assert bool(found(snapshot(session(state=state, state_seconds=age)), "idle_in_transaction")) == speaks


def test_an_open_transaction_that_blocks_others_is_found_at_once() -> None:
    finding = one(
        snapshot(
            session(1, state=IDLE_IN_TRANSACTION, state_seconds=0.5),
            session(2, state=ACTIVE, blocked_by=(1,)),
            session(3, state=ACTIVE, blocked_by=(1, 2)),
        ),
        "idle_in_transaction",
    )
    assert finding.message == "1 session is idle in transaction, for 0.5s; it blocks others"
    assert finding.evidence["blocking"] == 1


def test_several_open_transactions_are_one_finding_a_state() -> None:
    seen = snapshot(
        session(1, state=IDLE_IN_TRANSACTION, state_seconds=90.0),
        session(2, state=IDLE_IN_TRANSACTION, state_seconds=5.0),
        session(3, state=ABORTED, state_seconds=61.0),
        session(4, blocked_by=(2,)),
    )
    assert [finding.message for finding in found(seen, "idle_in_transaction")] == [
        "2 sessions are idle in transaction, the longest for 1m 30s; 1 of them blocks others",
        "1 session is idle in transaction (aborted), for 1m 1s",
    ]


def test_a_policy_without_patience_finds_no_transaction_where_there_is_none() -> None:
    assert not found(snapshot(session()), "idle_in_transaction", Policy(transaction_seconds=0.0))


@pytest.mark.parametrize(("old", "speaks"), [(4, False), (5, True), (6, True)])
def test_old_idle_sessions_are_found_when_they_are_half_of_what_is_used(old: int, speaks: bool) -> None:
    seen = snapshot(*sessions(old, 200, state_seconds=600.0), *sessions(10 - old, state_seconds=599.0))
    assert bool(found(seen, "idle_sessions")) == speaks


def test_old_idle_sessions_are_reported_with_the_application_that_has_most_and_a_command_that_lists_them() -> None:
    old: dict[str, Any] = {"state_seconds": 3600.0}
    finding = one(snapshot(*sessions(2, application_name="a", **old), session(3, **old), session(4)), "idle_sessions")
    assert finding.message == "3 of 4 used slots have been idle for more than 10m"
    assert (finding.evidence["largest_application"], finding.evidence["largest_sessions"]) == ("a", 2)
    assert finding.remedies[0].command == "pgconn sessions --state idle --older 10m"


@pytest.mark.parametrize(
    ("superusers", "others", "severity"), [(0, 20, None), (1, 0, "info"), (2, 18, "info"), (3, 17, "warning")]
)
def test_superusers_in_slots_are_reported_and_a_warning_when_they_are_the_whole_reserve_of_a_server_nearly_full(
    superusers: int, others: int, severity: str | None
) -> None:
    seen = snapshot(*sessions(superusers, superuser=True, user="postgres"), *sessions(others, 200))
    assert [finding.severity for finding in found(seen, "superusers_in_slots")] == ([severity] if severity else [])


def test_superusers_in_slots_are_named() -> None:
    seen = snapshot(
        *(session(pid, superuser=True, user=name) for pid, name in enumerate(("a", "b", "b", "c", "d"))),
        session(9, superuser=True, user="walreceiver", holds_slot=False),
    )
    assert one(seen, "superusers_in_slots").message == "5 sessions of superusers hold slots (b, a, c)"


@pytest.mark.parametrize(("clients", "others", "speaks"), [(1, 0, False), (2, 9, False), (2, 8, True), (5, 0, True)])
def test_a_crowd_that_authenticates_is_found_from_a_fifth_of_the_used_slots_on(
    clients: int, others: int, speaks: bool
) -> None:
    crowd = [Session(pid=pid, state=STARTING, holds_slot=True) for pid in range(clients)]
    assert bool(found(snapshot(*crowd, *sessions(others)), "authenticating")) == speaks


def test_sessions_that_are_hidden_are_counted_with_the_grant_that_shows_them() -> None:
    role = msgspec.structs.replace(ROLE, name='we"ird\n')
    finding = one(snapshot(hidden(1), session(2), role=role), "sessions_hidden")
    assert finding.message.startswith('1 session of other roles is hidden from U&"we""ird\\+00000a"')
    assert finding.message.endswith("the numbers of slots are bounds")
    assert [remedy.sql for remedy in finding.remedies] == ['GRANT pg_monitor TO U&"we""ird\\+00000a";']


def test_what_is_hidden_and_counted_anyway_keeps_the_numbers_exact() -> None:
    hidden_in_a_slot = msgspec.structs.replace(hidden(1), holds_slot=True)
    finding = one(snapshot(hidden_in_a_slot, hidden_in_a_slot), "sessions_hidden")
    assert finding.message == '2 sessions of other roles are hidden from "watcher"'


def test_a_client_of_the_socket_and_one_without_a_name_upset_no_rule() -> None:
    findings(snapshot(*sessions(25, client_addr=LOCAL, application_name="", state_seconds=9999.0, user=None)))


def version(major: int, day: str) -> Snapshot:
    """A server of this version, with nobody in it, on this day."""
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    return snapshot(instance=msgspec.structs.replace(INSTANCE, major=major, taken_at=at))


@pytest.mark.parametrize(
    ("major", "day", "speaks"),
    [
        (13, "2025-11-13", False),
        (13, "2025-11-14", True),
        (14, "2026-11-12", False),
        (14, "2026-11-13", True),
        (15, "2026-11-28", False),
        (18, "2030-11-15", True),
        (19, "2026-11-28", False),
    ],
)
def test_a_version_is_past_its_end_from_the_day_after_its_last_release_on(major: int, day: str, speaks: bool) -> None:
    said = found(version(major, day), "end_of_life")
    assert [finding.severity for finding in said] == (["info"] if speaks else [])
    assert all(f"PostgreSQL {major} reached its end of life on" in finding.message for finding in said)


@pytest.mark.parametrize(
    ("major", "locks", "speaks"),
    [(18, "64", False), (18, "10", False), (19, "64", True), (19, "127", True), (19, "128", False), (19, "256", False)],
)
def test_fewer_locks_than_the_default_are_reported_where_the_table_cannot_grow(
    major: int, locks: str, speaks: bool
) -> None:
    settings = (setting("max_locks_per_transaction", locks),)
    said = judge(Observation(snapshots=(version(major, "2026-11-28"),), settings=settings), POLICY).findings
    assert [finding.rule for finding in said] == (["fewer_locks"] if speaks else [])
    assert all("41% fewer locks" in finding.message and finding.evidence["better"] == "128" for finding in said)


@pytest.mark.parametrize(
    ("levels", "speaks"),
    [
        ("panic", True),
        ("PANIC", True),
        ("warning, backend:panic", True),
        ("backend:Panic, warning", True),
        ("panic, backend:fatal", False),
        ("panic,walsender:debug1", True),
        ("warning, walsender:panic", False),
        ("fatal", False),
        ("log", False),
        ("warning", False),
        ("", False),
    ],
)
def test_a_log_without_fatal_messages_of_backends_shows_no_refusal(levels: str, speaks: bool) -> None:
    settings = (setting("log_min_messages", levels),)
    said = judge(Observation(snapshots=(snapshot(),), settings=settings), POLICY).findings
    assert [finding.severity for finding in said] == (["warning"] if speaks else [])
    assert all(finding.rule == "log_too_silent" and finding.evidence["better"] == "warning" for finding in said)


def waiters(count: int, seconds: float, event: str = "WaitForWalReplay", start: int = 100) -> tuple[Session, ...]:
    return sessions(count, start, state=ACTIVE, query_seconds=seconds, wait_event_type="IPC", wait_event=event)


@pytest.mark.parametrize(
    ("waiting", "seconds", "others", "speaks"),
    [(2, 1.0, 8, True), (1, 1.0, 8, False), (10, 0.9, 0, False), (1, 60.0, 0, True), (0, 0.0, 10, False)],
)
def test_sessions_that_wait_for_replay_are_found_from_a_fifth_of_the_slots_on(
    waiting: int, seconds: float, others: int, speaks: bool
) -> None:
    standby = msgspec.structs.replace(INSTANCE, major=19, standby=True)
    seen = snapshot(*waiters(waiting, seconds), *sessions(others, 300), instance=standby)
    assert bool(found(seen, "replay_awaited")) is speaks


def test_a_standby_full_of_waiters_is_told_that_the_lag_is_the_cause() -> None:
    standby = msgspec.structs.replace(INSTANCE, major=19, standby=True)
    finding = one(snapshot(*waiters(20, 5.0), *waiters(2, 75.0, start=300), instance=standby), "replay_awaited")
    assert finding.message == (
        "22 of 22 used slots are held by sessions that wait until WAL is replayed, the longest for 1m 15s: "
        "the replay of this standby is behind"
    )
    assert "pg_is_wal_replay_paused" in (finding.remedies[0].sql or "")


def test_what_waits_for_wal_on_a_primary_is_named_after_its_event() -> None:
    finding = one(snapshot(*waiters(5, 2.0, "WaitForWalFlush")), "replay_awaited")
    assert finding.message.endswith("wait until WAL is flushed, the longest for 2s: the WAL is behind")
    assert all(remedy.sql is None for remedy in finding.remedies)
