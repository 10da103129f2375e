"""Each protection keeps what it names, and nothing but its own name lifts it."""

from typing import Any

import msgspec
import pytest

from pgconn.actions.protections import Protections, enabled_except, listed, protections, roles_of_tools
from pgconn.errors import WrongUsage
from pgconn.model.session import Session
from tests.model.making import ROLE, session, snapshot, walsender

pytestmark = pytest.mark.offline

NAMES = [protection.name for protection in protections()]

KEPT: list[tuple[str, Session]] = [
    ("pgconn", session(application_name="pgconn")),
    ("replication", walsender()),
    ("replication", walsender(state="idle", database="shop")),
    ("server-processes", session(backend_type="parallel worker")),
    ("server-processes", session(backend_type="autovacuum worker", user=None)),
    ("server-processes", session(backend_type=None)),
    ("superusers", session(user="postgres", superuser=True)),
    ("replication-roles", session(user="backup_agent", replication=True)),
    ("advisory-locks", session(holds_advisory_lock=True)),
    ("listeners", session(query="LISTEN jobs")),
    ("listeners", session(query="  -- a comment\n /* and\n another */ listen jobs;")),
    ("listeners", session(query="begin; listen jobs; commit")),
    ("backups", session(application_name="pg_dump")),
    ("backups", session(application_name="pg_dumpall")),
    ("backups", session(application_name="pgBackRest [backup]")),
    ("backups", session(user="barman")),
    ("backups", session(query="select lsn from pg_catalog.pg_backup_start('x', true)")),
    ("backups", session(query="SELECT pg_start_backup('x', false, false)")),
    ("backups", session(state="idle in transaction", query="SELECT pg_catalog.pg_export_snapshot()")),
    ("high-availability", session(application_name="Patroni restapi")),
    ("high-availability", session(application_name="repmgrd")),
    ("high-availability", session(user="pgautofailover_monitor")),
    ("monitoring", session(application_name="postgres_exporter")),
    ("monitoring", session(application_name="datadog-agent")),
    ("monitoring", session(monitors=True)),
    ("poolers", session(application_name="PgBouncer")),
    ("poolers", session(application_name="Supavisor")),
    ("poolers", session(application_name="pgagroal", query="DISCARD ALL;")),
    ("slotsync", session(application_name="slotsync worker")),
    ("slotsync", session(application_name="slotsync")),
    ("slotsync", session(application_name="standby1_slotsync worker")),
    ("slotsync", session(application_name="s" * 48 + "_slotsync worke")),
    ("slotsync", session(application_name="s" * 54 + "_slotsync")),
    ("slotsync", session(application_name="", query="SELECT slot_name, plugin, confirmed_flush_lsn, restart_lsn")),
    (
        "slotsync",
        session(
            query="SELECT pg_is_in_recovery(), count(*) = 1 FROM pg_catalog.pg_replication_slots WHERE slot_name='a'"
        ),
    ),
]


@pytest.mark.parametrize(("name", "one"), KEPT, ids=[f"{name}-{i}" for i, (name, _) in enumerate(KEPT)])
def test_a_protection_keeps_its_sessions_and_its_name_alone_lifts_it(name: str, one: Session) -> None:
    seen = snapshot(one)
    kept = Protections().keeping(one, seen)
    assert kept is not None
    assert kept.name == name
    others = Protections(lifted=tuple(other for other in NAMES if other != name))
    assert others.keeping(one, seen) == kept
    assert Protections(lifted=tuple(NAMES)).keeping(one, seen) is None


def test_every_protection_has_a_session_here_that_it_keeps() -> None:
    assert {name for name, _ in KEPT} == set(NAMES)


@pytest.mark.parametrize(
    "different",
    [
        {"application_name": "pgconnect"},
        {"application_name": "my pg_dump"},
        {"application_name": "patronize"},
        {"application_name": "datadogs"},
        {"application_name": "slotsync workers"},
        {"application_name": "myslotsync"},
        {"application_name": "_slotsyn"},
        {"application_name": "pgagroals"},
        {"application_name": "pgconn", "query": "DISCARD ALL"},
        {"user": "barmann"},
        {"query": "UNLISTEN jobs"},
        {"query": "select 'listen'"},
        {"query": "select 1 as listen"},
        {"query": "insert into listeners values (1)"},
        {"query": "listeners"},
        {"query": None, "application_name": None, "user": None},
        {"holds_advisory_lock": None, "replication": None, "monitors": None, "superuser": None},
    ],
)
def test_an_ordinary_session_is_kept_by_none(different: dict[str, Any]) -> None:
    one = session(**different)
    assert Protections().keeping(one, snapshot(one)) is None


def test_through_a_pooler_the_sessions_from_where_it_stands_are_its_own() -> None:
    ours = session(ROLE.backend_pid, client_addr="10.0.0.5")
    shared, direct = session(1, client_addr="10.0.0.5"), session(2, client_addr="10.0.0.9")
    seen = snapshot(ours, shared, direct, pooler=True)
    kept = Protections().keeping(shared, seen)
    assert kept is not None
    assert kept.name == "poolers"
    assert Protections().keeping(direct, seen) is None
    assert Protections().keeping(shared, snapshot(ours, shared, direct)) is None


CERTAIN = "it is a pooler's, and many clients share it"


def through(own: Session, other: Session) -> str | None:
    """Why another session is spared where pgconn came through the pooler that serves it with its own."""
    kept = Protections().keeping(other, snapshot(own, other, pooler=True))
    return kept.why if kept is not None else None


def test_through_a_pooler_a_session_that_shows_nothing_may_be_one_of_its_own() -> None:
    why = through(session(ROLE.backend_pid), session(1))
    assert why is not None
    assert "may be one of its sessions" in why


@pytest.mark.parametrize("different", [{"query": "DISCARD ALL"}, {"application_name": "web - 10.0.0.7:4"}])
def test_through_a_pooler_a_session_that_shows_it_is_one_of_its_own(different: dict[str, Any]) -> None:
    assert through(session(ROLE.backend_pid), session(1, **different)) == CERTAIN


def test_through_pgagroal_a_session_with_another_name_is_direct() -> None:
    own = session(ROLE.backend_pid, application_name="pgagroal")
    assert through(own, session(1)) is None
    assert through(own, session(1, application_name="pgagroal")) == CERTAIN
    assert through(own, session(1, application_name="")) is not None


def test_through_a_pooler_that_names_its_clients_a_session_without_one_is_direct() -> None:
    own = session(ROLE.backend_pid, application_name="pgconn - 127.0.0.1:4")
    assert through(own, session(1)) is None
    for different in (
        {"application_name": ""},
        {"user": "another route's"},
        {"database": "other"},
        {"application_name": "w" * 63},
        {"query": ""},
        {"query": "DISCARD ALL"},
    ):
        assert through(own, session(1, **different)) is not None, different


def test_through_a_pooler_whose_own_session_is_not_seen_no_session_is_ended() -> None:
    one = session(1)
    assert Protections().keeping(one, snapshot(one, pooler=True)) is not None


def test_a_protection_that_there_is_not_ends_no_session_and_is_reported_with_the_nearest_name() -> None:
    with pytest.raises(WrongUsage, match="'superuser' is not a protection") as raised:
        enabled_except(["superuser"])
    assert raised.value.hint is not None
    assert "did you mean superusers?" in raised.value.hint


def test_the_document_lists_all_of_them_with_the_names_they_go_by() -> None:
    document = msgspec.to_builtins(listed())
    assert [protection["name"] for protection in document["protections"]] == NAMES
    assert all(protection["spares"] and protection["why"] for protection in document["protections"])


def test_the_roles_of_tools_are_those_that_rescue_spares() -> None:
    assert {"barman", "pgbackrest", "repmgr", "patroni", "replicator", "pgautofailover_monitor"} <= set(
        roles_of_tools()
    )
