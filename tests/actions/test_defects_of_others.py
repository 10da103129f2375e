"""What other tools that end sessions get wrong, each as a sentence that holds here."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from pgconn.actions.planning import Request, plan
from pgconn.actions.protections import enabled_except, protections
from pgconn.cli.options.filters import Filters
from pgconn.demo.clients import Target, session, sessions, start
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.transactions import aborted_in_transaction, idle_in_transaction
from pgconn.model.criteria import Criteria
from pgconn.model.session import ABORTED, IDLE, IDLE_IN_TRANSACTION
from tests.conftest import Run
from tests.ending import alive, carried_out, entered, frozen, looked, pid, planned

At = Callable[[Target | str], Run]
ALL_BUT_REPLICATION = tuple(one.name for one in protections() if one.name != "replication")
ANY_AGE = Criteria(older_seconds=0.0)
KILL_IDLE = Request(command="kill-idle", criteria=ANY_AGE, states=(IDLE,))
KILL_IDLE_TX = Request(command="kill-idle-tx", criteria=ANY_AGE, states=(IDLE_IN_TRANSACTION, ABORTED))
FREE = Request(command="free", states=(IDLE, ABORTED, IDLE_IN_TRANSACTION), count=30)


def document(ended: Any) -> dict[str, Any]:
    reported: dict[str, Any] = json.loads(ended.stdout)
    return reported


def test_each_of_the_three_idle_states_is_distinguished_from_the_others(cluster: Target) -> None:
    with (
        session(cluster, user="app") as idle,
        idle_in_transaction(cluster, 1, user="app") as (in_transaction,),
        aborted_in_transaction(cluster, 1, user="app") as (aborted,),
        entered(cluster) as server,
    ):
        assert {victim.pid for victim in planned(server, KILL_IDLE).victims} == {pid(idle)}
        both = {victim.pid: victim.state for victim in planned(server, KILL_IDLE_TX).victims}
        assert both == {pid(in_transaction): IDLE_IN_TRANSACTION, pid(aborted): ABORTED}


@pytest.mark.parametrize("option", ["--app", "--user", "--database", "--ip"])
def test_a_filter_that_names_no_session_ends_no_session_and_fails(cluster: Target, pgconn_at: At, option: str) -> None:
    with sessions(cluster, 2, user="app", application_name="web") as opened:
        ended = pgconn_at(cluster)("kill-idle", "--older", "0s", option, "10.9.8.7", "--yes", "--json")
        assert ended.returncode == 6
        assert document(ended)["kind"] == "error"
        assert alive(*opened) == 2


def test_of_several_who_are_excluded_each_survives(cluster: Target, pgconn_at: At) -> None:
    with (
        session(cluster, user="app") as first,
        session(cluster, user="app2") as second,
        session(cluster, user="nobody_special") as third,
    ):
        typed = ("kill-idle", "--older", "0s", "--not-user", "app", "--not-user", "app2", "--yes")
        assert pgconn_at(cluster)(*typed).returncode == 0
        assert (alive(first, second), alive(third)) == (2, 0)


def test_of_several_roles_that_one_protection_names_each_survives(cluster: Target) -> None:
    with (
        role(cluster, "patroni"),
        role(cluster, "repmgr"),
        session(cluster, user="patroni") as first,
        session(cluster, user="repmgr") as second,
        entered(cluster) as server,
    ):
        plan = planned(server, KILL_IDLE)
        assert plan.victims == ()
        assert {one.pid for one in plan.spared if one.protection == "high-availability"} == {pid(first), pid(second)}


@pytest.mark.parametrize(
    "excluded",
    [
        {"not_app": ["web"]}, {"not_user": ["app"]}, {"not_database": ["postgres"]}, {"not_ip": ["0.0.0.0/0"]},
        {"not_query": ["~select 'mine'"]}, {"not_state": ["idle"]},
    ],
    ids=lambda excluded: next(iter(excluded)),
)  # fmt: skip
def test_every_exclusion_is_obeyed_and_every_filter_is(cluster: Target, excluded: dict[str, list[str]]) -> None:
    ((name, values),) = excluded.items()
    with session(cluster, user="app", application_name="web") as mine, entered(cluster) as server:
        mine.execute("select 'mine'")
        without = Request(command="kill-idle", criteria=Filters(**excluded).criteria("0s"), states=(IDLE,))
        only = Filters(**{name.removeprefix("not_"): values}).criteria("0s")
        assert planned(server, without).victims == ()
        assert [one.pid for one in planned(server, Request(command="kill-idle", criteria=only)).victims] == [pid(mine)]


def test_each_end_is_reported_on_stderr_and_in_the_audit_without_any_option_for_it(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    audit = tmp_path / "audit.jsonl"
    with sessions(cluster, 3, user="app", application_name="web") as opened:
        pids = sorted(map(pid, opened))
        ended = pgconn_at(cluster)("kill-idle", "--older", "0s", "--yes", "--audit", str(audit))
        for one in pids:
            assert re.search(rf"^pgconn: {one} \(app@postgres [0-9.]+ web\) terminated$", ended.stderr, re.MULTILINE)
        lines = [json.loads(line) for line in audit.read_text().splitlines()]
        assert sorted(line["pid"] for line in lines) == pids
        assert {(line["result"], line["command"], line["role"]) for line in lines} == {
            ("terminated", "kill-idle", "postgres")
        }


def test_who_is_listed_is_who_is_ended(cluster: Target, pgconn_at: At) -> None:
    with (
        sessions(cluster, 3, user="app", application_name="web") as listed,
        sessions(cluster, 3, user="app", application_name="worker") as others,
    ):
        typed = ("kill-idle", "--older", "0s", "--app", "web", "--limit", "2", "--json")
        shown = document(pgconn_at(cluster)(*typed, "--dry-run"))
        done = document(pgconn_at(cluster)(*typed, "--yes"))
        assert [one["pid"] for one in shown["victims"]] == [one["pid"] for one in done["victims"]]
        assert {one["pid"] for one in done["outcomes"]} == {one["pid"] for one in shown["victims"]}
        assert (alive(*listed), alive(*others)) == (1, 3)


def test_a_signal_that_was_sent_is_no_success_until_its_session_is_gone(local_cluster: Cluster, pgconn_at: At) -> None:
    with session(local_cluster, user="app") as stopped:
        with frozen(local_cluster, stopped):
            ended = pgconn_at(local_cluster)("kill-idle", "--older", "0s", "--yes", "--json", "--wait", "300ms")
        reported = document(ended)
        assert (ended.returncode, reported["freed"]) == (6, 0)
        assert [one["result"] for one in reported["outcomes"]] == ["alive"]
        assert "waits for Client: ClientRead" in ended.stderr
        assert "1 session of 1 did not end" in ended.stderr


def test_it_never_ends_itself_nor_a_process_of_the_server_whatever_is_lifted(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        background = {one.pid for one in looked(server).sessions if one.backend_type != "client backend"}
        assert background
        for request in (KILL_IDLE, KILL_IDLE_TX, FREE):
            plan = planned(server, request, *ALL_BUT_REPLICATION)
            assert not {one.pid for one in plan.victims} & {server.announced_pid, *background}
        assert [one.result for one in carried_out(plan, server).values()] == ["terminated"]
        assert looked(server).role.backend_pid == server.announced_pid
        assert alive(victim) == 0


def test_sessions_of_every_database_are_meant_unless_one_is_named(cluster: Target) -> None:
    with (
        session(cluster, user="app", dbname="app") as first,
        session(cluster, user="app", dbname="other") as second,
        entered(cluster) as server,
    ):
        assert {one.pid for one in planned(server, KILL_IDLE).victims} == {pid(first), pid(second)}
        only = Request(command="kill-idle", criteria=Filters(database=["other"]).criteria("0s"), states=(IDLE,))
        assert {one.pid for one in planned(server, only).victims} == {pid(second)}


def test_an_age_is_since_the_state_began_and_not_since_the_query_or_the_transaction(cluster: Target) -> None:
    nap = sql.SQL("select pg_catalog.pg_sleep(0.5)")
    with (
        session(cluster, user="app") as idle,
        session(cluster, user="app2") as in_transaction,
        session(cluster, user="nobody_special") as long_idle,
        entered(cluster) as server,
    ):
        in_transaction.execute("begin")
        for napping in (in_transaction, idle):
            start(napping, nap)
        for napping in (in_transaction, idle):
            while napping.pgconn.get_result() is not None:
                pass
        seen = looked(server)
        ages = {one.pid: one.state_seconds or 0.0 for one in seen.sessions}
        older = max(ages[pid(in_transaction)], ages[pid(idle)]) + 0.2  # less than since the query or the transaction
        request = Request(command="free", criteria=Criteria(older_seconds=older), states=FREE.states, count=30)
        assert [victim.pid for victim in plan(seen, request, enabled_except(())).victims] == [pid(long_idle)]


def test_ages_go_on_from_one_look_to_the_next_on_the_same_connection(cluster: Target) -> None:
    with session(cluster, user="app"), entered(cluster) as server:
        ages = [planned(server, KILL_IDLE).victims[0].state_seconds or 0.0 for _ in range(3)]
        assert ages == sorted(set(ages))


def test_no_time_zone_or_date_style_of_the_client_hides_or_changes_a_session(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    kept = str(tmp_path / "plan.json")
    here = {"TZ": "Pacific/Kiritimati", "PGTZ": "America/St_Johns", "PGDATESTYLE": "German, DMY"}
    there = {"TZ": "America/Adak", "PGTZ": "Asia/Kathmandu", "PGDATESTYLE": "SQL, MDY"}
    with session(cluster, user="app") as idle:
        run = pgconn_at(cluster)
        assert document(run("kill-idle", "--older", "1h", "--yes", "--json", env=here))["victims"] == []
        made = document(run("kill-idle", "--older", "0s", "--plan", kept, "--json", env=here))
        assert [one["pid"] for one in made["victims"]] == [pid(idle)]
        ended = document(run("apply", kept, "--yes", "--json", env=there))
        assert [one["result"] for one in ended["outcomes"]] == ["terminated"]
