"""`pgconn status` and `pgconn sessions` on real servers, in all five formats."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from markdown_it import MarkdownIt

from pgconn.demo.clients import Target, session, sessions
from pgconn.demo.incidents.names import HOSTILE, hostile_names
from pgconn.demo.incidents.transactions import aborted_in_transaction, idle_in_transaction, lock_queue
from pgconn.text.harmless import is_visible
from tests.conftest import Run

FORMATS = ("table", "plain", "json", "csv", "markdown")
At = Callable[[Target | str], Run]


def answer(run: Run, *arguments: str) -> dict[str, Any]:
    """The JSON of a command that succeeds and says nothing on stderr."""
    ran = run(*arguments, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    decoded: dict[str, Any] = json.loads(ran.stdout)
    return decoded


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("command", ["status", "sessions"])
@pytest.mark.pg("== 16")
def test_every_format_has_its_answer_on_stdout_and_nothing_else(
    cluster: Target, pgconn_at: At, command: str, name: str
) -> None:
    with sessions(cluster, 2, user="app", application_name="web"):
        ran = pgconn_at(cluster)(command, "-o", name)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("\n")
    assert "web" in ran.stdout
    match name:
        case "json":
            assert json.loads(ran.stdout)["kind"] == command
        case "csv":
            assert len({len(row) for row in csv.reader(io.StringIO(ran.stdout))}) == 1
        case "markdown":
            assert "table_open" in {token.type for token in MarkdownIt("commonmark").enable("table").parse(ran.stdout)}
        case _:
            assert ran.stdout.startswith(f"PostgreSQL {cluster.major}")


@pytest.mark.pg("== 16")
def test_a_pipe_gets_plain_text_without_colour(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster)
    with session(cluster):
        assert "\x1b" not in run("status").stdout
        listed = run("sessions")
    assert listed.stdout.splitlines()[2].split()[:3] == ["pid", "user", "database"]


def test_status_counts_what_there_is(cluster: Target, pgconn_at: At) -> None:
    with (
        sessions(cluster, 3, user="app", application_name="web"),
        idle_in_transaction(cluster, 2, user="app2", application_name="api"),
        aborted_in_transaction(cluster, 1, user="app2", application_name="api"),
    ):
        seen = answer(pgconn_at(cluster), "status")
        pivot = answer(pgconn_at(cluster), "status", "--by", "app,state")["pivot"]
    assert seen["slots"]["used"] == 6
    assert seen["slots"]["free"]["superuser"] == 24
    by_app = {group["value"]: group for group in seen["by"]["application_name"]}
    assert (by_app["web"]["sessions"], by_app["web"]["idle"]) == (3, 3)
    assert (by_app["api"]["idle_in_transaction"], by_app["api"]["aborted"]) == (2, 1)
    assert [tuple(row["values"]) for row in pivot["rows"]] == [
        ("web", "idle"),
        ("api", "idle in transaction"),
        ("api", "idle in transaction (aborted)"),
    ]


def test_sessions_shows_which_session_waits_for_which_and_what_each_did(cluster: Target, pgconn_at: At) -> None:
    with lock_queue(cluster, 2, user="app") as (holder, waiters):
        blocker, blocked = holder.info.backend_pid, [waiter.info.backend_pid for waiter in waiters]
        listed = {row["pid"]: row for row in answer(pgconn_at(cluster), "sessions")["sessions"]}
    waiting = [listed[pid] for pid in blocked]
    assert {row["wait_event_type"] for row in waiting} == {"Lock"}
    assert blocker in {pid for row in waiting for pid in row["blocked_by"]}
    assert all("update" in row["query"] and row["query_seconds"] is not None for row in waiting)
    assert listed[blocker]["state"] == "idle in transaction"
    assert listed[blocker]["transaction_seconds"] is not None


@pytest.mark.pg("== 16")
def test_pgconn_does_not_list_itself(cluster: Target, pgconn_at: At) -> None:
    listed = answer(pgconn_at(cluster), "sessions", "--all")["sessions"]
    assert all(row["application_name"] != "pgconn" for row in listed)
    assert "checkpointer" in {row["backend_type"] for row in listed}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--app", "web"], {"web-app"}),
        (["--app", "web", "--app", "api"], {"web-app", "api-app", "api-app2"}),
        (["--app", "~^a", "--user", "app2"], {"api-app2"}),
        (["--not-app", "web"], {"api-app", "api-app2"}),
        (["--user", "app", "--not-app", "api"], {"web-app"}),
        (["--state", "idle", "--not-user", "app"], set()),
        (["--state", "aborted"], {"api-app2"}),
        (["--database", "other"], {"api-app"}),
        (["--ip", "127.0.0.0/8"], {"web-app", "api-app", "api-app2"}),
        (["--ip", "10.0.0.0/8", "--ip", "::/0", "--ip", "0.0.0.0/0"], None),
        (["--type", "client backend", "--older", "0s"], {"web-app", "api-app", "api-app2"}),
        (["--older", "1h"], set()),
        (["--active-over", "1h"], set()),
        (["--superusers"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.pg("== 16")
def test_filters_choose_on_a_real_server_what_they_say(
    local_cluster: Target, pgconn_at: At, arguments: list[str], expected: set[str] | None
) -> None:
    with (
        session(local_cluster, user="app", application_name="web"),
        session(local_cluster, user="app", application_name="api", dbname="other"),
        aborted_in_transaction(local_cluster, 1, user="app2", application_name="api"),
    ):
        ran = pgconn_at(local_cluster)("sessions", "--json", *arguments)
    found = {f"{row['application_name']}-{row['user']}" for row in json.loads(ran.stdout)["sessions"]}
    if expected is None:  # one of the blocks names no session, which the exit code says
        assert ran.returncode == 6
        assert len(found) == 3
    else:
        assert (ran.returncode, found) == (0, expected)


@pytest.mark.parametrize("option", ["--app", "--user", "--database", "--ip", "--type", "--not-user"])
@pytest.mark.pg("== 16")
def test_a_filter_that_names_nothing_selects_nothing_and_says_what_there_is(
    cluster: Target, pgconn_at: At, option: str
) -> None:
    with session(cluster, user="app", application_name="web"):
        ran = pgconn_at(cluster)("sessions", "--json", option, "10.9.9.9")
    assert ran.returncode == 6
    assert "no session has" in ran.stderr
    assert ran.stdout.count("\n") == 1
    assert json.loads(ran.stdout)["kind"] == "sessions"
    assert len(json.loads(ran.stdout)["sessions"]) == (1 if option.startswith("--not") else 0)


@pytest.mark.pg("== 16")
def test_a_limit_cuts_and_says_so(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 5, user="app"):
        run = pgconn_at(cluster)
        ran = run("sessions", "--limit", "2")
        everything = run("sessions", "--limit", "0")
        assert len(answer(run, "sessions", "--limit", "2")["sessions"]) == 2
    assert "3 more sessions (--limit 0 shows all)" in ran.stdout
    assert "more" not in everything.stdout


@pytest.mark.pg("== 16")
def test_queries_are_cut_shown_whole_or_without_their_literals(cluster: Target, pgconn_at: At) -> None:
    with session(cluster, user="app") as connection:
        connection.execute("select 'ann',\n   42")
        run = pgconn_at(cluster)
        assert "select 'ann', 42" in run("sessions").stdout
        assert "select 'ann',\\n   42" in run("sessions", "--full").stdout
        assert "select ?, ?" in run("sessions", "--redact").stdout
        assert answer(run, "sessions", "--redact")["sessions"][0]["query"] == "select ?,\n   ?"


@pytest.mark.parametrize(
    "sort", ["age", "transaction", "query", "start", "pid", "user", "app", "database", "ip", "state"]
)
@pytest.mark.pg("== 16")
def test_every_sort_can_be_asked_for(cluster: Target, pgconn_at: At, sort: str) -> None:
    with sessions(cluster, 2, user="app"):
        assert len(answer(pgconn_at(cluster), "sessions", "--sort", sort)["sessions"]) == 2


@pytest.mark.pg("== 16")
def test_hostile_names_of_real_sessions_come_out_harmless_in_every_format(cluster: Target, pgconn_at: At) -> None:
    with hostile_names(cluster):
        for command in ("status", "sessions"):
            for name in FORMATS:
                ran = pgconn_at(cluster)(command, "-o", name, "--limit", "0", columns=160)
                assert (ran.returncode, ran.stderr) == (0, "")
                assert all(is_visible(line) for line in ran.stdout.split("\n")), name
        listed = answer(pgconn_at(cluster), "sessions")["sessions"]
    assert {row["user"] for row in listed} == set(HOSTILE.values())


def test_the_role_without_privileges_is_reported_with_the_grant_that_mends_it(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 2, user="app"):
        ran = pgconn_at(cluster.conninfo(user="nobody_special"))("status")
    assert ran.returncode == 0
    assert 'GRANT pg_monitor TO "nobody_special";' in ran.stdout
