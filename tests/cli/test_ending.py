"""The commands that end sessions, as a user types them: on a terminal, in a pipe, with plans, audits and filters."""

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgconn.demo.clients import Connection, Target, close, scalar, session, sessions, start, wait_until
from tests.cli.terminal import terminal
from tests.conftest import Run, libpq_variables
from tests.servers import Server

At = Callable[[Target | str], Run]

pytestmark = pytest.mark.pg("== 16")  # what differs between versions is tested in tests/actions

SHOP = {"user": "app", "dbname": "app", "application_name": "shop"}
JOBS = {"user": "app2", "dbname": "app", "application_name": "jobs"}


@pytest.fixture
def run(cluster: Server, pgconn_at: At) -> Run:
    return pgconn_at(cluster)


def pid(connection: Connection) -> int:
    return connection.info.backend_pid


def lives(connection: Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def in_transaction(cluster: Server, statement: str, **who: str) -> Iterator[Connection]:
    """A session that has begun a transaction, sent this, and gone quiet."""
    with session(cluster, **who) as connection:
        connection.execute("begin")
        with contextlib.suppress(psycopg.errors.DivisionByZero):
            connection.execute(statement)
        yield connection


def answer(ended: Any) -> dict[str, Any]:
    reported: dict[str, Any] = json.loads(ended.stdout)
    return reported


def test_kill_idle_ends_who_was_idle_so_long_and_spares_the_rest(cluster: Server, run: Run) -> None:
    with (
        sessions(cluster, 3, **SHOP) as shop,
        session(cluster) as superuser,
        in_transaction(cluster, "select 1", **SHOP) as busy,
    ):
        pids = list(map(pid, shop))
        ended = run("kill-idle", "--older", "0s", "--yes", "--json")
        reported = answer(ended)
        assert ended.returncode == 0, ended.stderr
        assert {outcome["result"] for outcome in reported["outcomes"]} == {"terminated"}
        assert [victim["pid"] for victim in reported["victims"]] == pids
        assert [(s["pid"], s["protection"]) for s in reported["spared"]] == [(pid(superuser), "superusers")]
        assert (reported["freed"], reported["frees"], reported["dry_run"], reported["command"]) == (
            3,
            3,
            False,
            "kill-idle",
        )
        assert [lives(one) for one in (*shop, superuser, busy)] == [False, False, False, True, True]
        for number in pids:
            assert re.search(rf"^pgconn: {number} \(app@app [0-9.]+ shop\) terminated$", ended.stderr, re.MULTILINE)


def test_an_age_that_no_session_has_reached_ends_no_session(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one:
        ended = run(
            "kill-idle", "--older", "1h", "--yes", "--watch-refill", "1h"
        )  # no session ended, so none to wait for
        assert (ended.returncode, ended.stdout) == (0, "pgconn kill-idle: no session was ended\n")
        assert lives(one)


@pytest.mark.parametrize("command", ["kill-idle", "kill-idle-tx"])
def test_an_age_is_asked_for_and_has_a_unit(pgconn: Run, command: str) -> None:
    bare = pgconn(command, "--older", "10", "-h", "127.0.0.1", "-p", "1")
    assert (bare.returncode, bare.stdout) == (2, "")
    assert "'10' has no unit" in bare.stderr
    without = pgconn(command, "-h", "127.0.0.1", "-p", "1")
    assert without.returncode == 2
    assert "--older" in without.stderr


def test_in_a_pipe_it_demands_a_yes_and_ends_no_session(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one:
        ended = run("kill-idle", "--older", "0s", "--json")
        assert ended.returncode == 7
        assert answer(ended)["kind"] == "error"
        assert "no session was ended; 1 session would be: there is no terminal to ask on" in ended.stderr
        assert "hint: --yes does it without asking" in ended.stderr
        assert lives(one)


def test_on_a_terminal_it_names_the_victims_and_asks(cluster: Server) -> None:
    with sessions(cluster, 2, **SHOP) as opened:
        arguments = ("kill-idle", "--older", "0s")
        with terminal(*arguments, env=libpq_variables(cluster.conninfo()), columns=80) as screen:
            shown = screen.until("End 2 sessions? [y/N]:")
            for one in opened:
                assert str(pid(one)) in shown
            screen.type("n\n")
            assert "no session was ended" in screen.until()
        assert all(map(lives, opened))
        with terminal(*arguments, env=libpq_variables(cluster.conninfo()), columns=160) as screen:
            screen.until("End 2 sessions? [y/N]:")
            screen.type("y\n")
            assert "pgconn kill-idle: 2 terminated; 2 sessions ended" in screen.until()
            assert max(map(len, screen.shown.splitlines())) <= 160
        assert not any(map(lives, opened))


def test_an_interrupt_at_the_question_ends_no_session_and_keeps_its_line(cluster: Server) -> None:
    with session(cluster, **SHOP) as one:
        with terminal("kill-idle", "--older", "0s", env=libpq_variables(cluster.conninfo())) as screen:
            screen.until("[y/N]:")
            assert re.search(r"\n(\x1b\S*)?pgconn: interrupted\r?\n", screen.interrupt())
            assert screen.process.wait() == 130
        assert lives(one)


def test_a_dry_run_shows_the_plan_and_ends_no_session(cluster: Server, run: Run) -> None:
    with sessions(cluster, 2, **SHOP) as opened, session(cluster):
        shown = run("kill-idle", "--older", "0s", "--dry-run")
        assert shown.returncode == 0
        assert shown.stdout.startswith("pgconn kill-idle would end 2 sessions and free 2 slots\n")
        assert "2 idle: the next use fails once (57P01)" in shown.stdout
        assert "it belongs to a superuser" in shown.stdout
        assert all(map(lives, opened))


def test_a_plan_is_kept_and_carried_out_later_on_who_still_matches(cluster: Server, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "idle.json"
    with sessions(cluster, 3, **SHOP) as opened:
        planned = run("kill-idle", "--older", "0s", "--plan", str(kept))
        assert planned.returncode == 0, planned.stderr
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert all(map(lives, opened[1:]))  # and these have worked since the plan was made
        refused = run("apply", str(kept))
        assert refused.returncode == 7
        ended = run("apply", str(kept), "--yes", "--json")
        assert ended.returncode == 0, ended.stderr
        assert [outcome["pid"] for outcome in answer(ended)["outcomes"]] == [pid(opened[0])]
        assert answer(ended)["command"] == "kill-idle"
        assert [lives(one) for one in opened] == [False, True, True]
        assert answer(run("apply", str(kept), "--yes", "--json"))["outcomes"] == []


def test_a_plan_is_never_written_over(cluster: Server, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "idle.json"
    kept.write_text("mine")
    with session(cluster, **SHOP) as one:
        refused = run("kill-idle", "--older", "0s", "--plan", str(kept))
        assert (refused.returncode, kept.read_text()) == (2, "mine")
        assert lives(one)


@pytest.mark.offline
@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"kind":"plan","version":1}', '{"kind":"status","version":1}', "\0"]
)
def test_a_file_that_holds_no_plan_is_refused(pgconn: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    refused = pgconn("apply", str(file))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{file} is not a plan" in refused.stderr


@pytest.mark.offline
def test_a_plan_of_a_newer_pgconn_and_one_that_is_not_there_are_distinguished(pgconn: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert "cannot read" in pgconn("apply", str(file)).stderr
    file.write_text('{"kind":"plan","version":2}')
    assert "written by a newer pgconn" in pgconn("apply", str(file)).stderr


def test_planning_works_on_a_recording_and_ends_no_session(cluster: Server, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    with session(cluster, **SHOP) as one, session(cluster, **JOBS) as locks:
        locks.execute("select pg_advisory_lock(7)")
        assert run("record", str(file), "--with-queries").returncode == 0
        planned = run("kill-idle", "--older", "0s", "--yes", "--json", "--from", str(file))
        assert planned.stderr == ""
        reported = answer(planned)
        assert reported["dry_run"] is True
        assert [victim["pid"] for victim in reported["victims"]] == [pid(one)]
        assert [(s["pid"], s["protection"]) for s in reported["spared"]] == [(pid(locks), "advisory-locks")]
        assert lives(one)
        assert run("record", str(tmp_path / "mute.jsonl")).returncode == 0
        mute = run("kill-idle", "--older", "0s", "--from", str(tmp_path / "mute.jsonl"))
        assert "the recording holds no queries, so it does not show which sessions listen" in mute.stderr


def test_kill_idle_tx_ends_both_kinds_and_names_which_each_blocks(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as owner:
        owner.execute("create temp table mine (n int)")
        with (
            session(cluster, dbname="app") as superuser,
            in_transaction(cluster, "select pg_advisory_xact_lock(11)", **SHOP) as holder,
            in_transaction(cluster, "select 1/0", **SHOP) as aborted,
            session(cluster, **JOBS) as waiter,
        ):
            start(waiter, psycopg.sql.SQL("select pg_advisory_lock(11)"))
            waits = "select count(*) from pg_stat_activity where wait_event = 'advisory'"
            wait_until(lambda: scalar(superuser, waits) == 1, "the waiter")
            lifted = ("--not-protected", "advisory-locks")
            reported = answer(run("kill-idle-tx", "--older", "0s", "--yes", "--json", *lifted))
            assert [(v["pid"], v["blocks"]) for v in reported["victims"]] == [
                (pid(holder), [pid(waiter)]),
                (pid(aborted), []),
            ]
            assert "blocks 1 session" in reported["victims"][0]["reason"]
            assert [lives(one) for one in (owner, holder, aborted)] == [True, False, False]
            close(waiter)


@pytest.mark.parametrize(
    ("command", "state"),
    [("kill-idle", "active"), ("kill-idle", "aborted"), ("kill-idle-tx", "idle"), ("free", "active")],
)
@pytest.mark.offline
def test_a_state_that_a_command_never_ends_is_wrong_usage(pgconn: Run, command: str, state: str) -> None:
    what = ("1",) if command == "free" else ("--older", "1m")
    refused = pgconn(command, *what, "--state", state)
    assert refused.returncode == 2
    assert f"pgconn {command} never ends sessions that are" in refused.stderr


def test_a_misspelt_filter_ends_no_session_and_says_what_there_is(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one, session(cluster, **JOBS) as other:
        for option, value in (
            ("--app", "shopp"),
            ("--user", "~^nobody"),
            ("--database", "apps"),
            ("--ip", "10.99.0.0/16"),
            ("--query", "~drop table"),
            ("--not-app", "jbos"),
            ("--not-user", "app3"),
        ):
            ended = run("kill-idle", "--older", "0s", "--yes", option, value)
            assert (ended.returncode, ended.stdout) == (6, ""), option
            assert repr(value) in ended.stderr
            assert "hint: there is" in ended.stderr
        assert lives(one)
        assert lives(other)


def test_filters_name_and_exclusions_spare(cluster: Server, run: Run) -> None:
    with sessions(cluster, 2, **SHOP) as shop, sessions(cluster, 2, **JOBS) as jobs:
        jobs[0].execute("select 'import'")
        named = ("--app", "~^(shop|jobs)$", "--not-query", "~import", "--ip", "0.0.0.0/0", "--not-ip", "local")
        reported = answer(run("kill-idle", "--older", "0s", "--yes", "--json", *named[:-2]))
        assert {victim["pid"] for victim in reported["victims"]} == {*map(pid, shop), pid(jobs[1])}
        assert reported["criteria"]["not_query"] == ["~import"]
        assert lives(jobs[0])


def test_limit_and_keep_spare_the_youngest(cluster: Server, run: Run) -> None:
    with sessions(cluster, 5, **SHOP) as opened:
        run("kill-idle", "--older", "0s", "--yes", "--limit", "1")
        run("kill-idle", "--older", "0s", "--yes", "--keep", "2")
        wait_until(lambda: sum(map(lives, opened)) == 2, "that two stay")
        assert [lives(one) for one in opened] == [False, False, False, True, True]


def test_free_stops_at_the_number_and_takes_the_transactions_last(cluster: Server, run: Run) -> None:
    alike = (
        "select count(*) from pg_stat_activity where pid = any(%(pids)s)"
        " and now() - state_change > 0.98 * (now() - backend_start)"
    )
    with (
        session(cluster) as superuser,
        sessions(cluster, 3, **SHOP) as idle,
        in_transaction(cluster, "select 1", **JOBS) as held,
    ):
        pids = list(map(pid, idle))
        wait_until(lambda: scalar(superuser, alike, pids=pids) == 3, "sessions that all look leaked")
        reported = answer(run("free", "2", "--yes", "--json"))
        assert (reported["wanted"], reported["freed"]) == (2, 2)
        assert [lives(one) for one in (*idle, held)] == [False, False, True, True]
        short = run("free", "5", "--yes", "--json")
        assert short.returncode == 6
        assert (answer(short)["frees"], answer(short)["freed"]) == (2, 2)
        assert "2 of the 5 slots that were asked for are free" in short.stderr
        assert not lives(held)


def test_free_keeps_active_sessions_unless_asked_otherwise(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as busy, session(cluster) as superuser:
        start(busy, psycopg.sql.SQL("select pg_sleep(60)"))
        working = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        wait_until(lambda: scalar(superuser, working) == 1, "that it works")
        assert answer(run("free", "1", "--yes", "--json"))["victims"] == []
        ended = run("free", "1", "--yes", "--json", "--include-active")
        assert answer(ended)["freed"] == 1, ended.stderr


def test_kill_ends_the_named_and_says_what_it_spared(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one, session(cluster, **JOBS) as other, session(cluster) as superuser:
        part = run("kill", str(pid(one)), str(pid(superuser)), "--yes")
        assert part.returncode == 6
        assert f"{pid(superuser)} was spared: it belongs to a superuser" in part.stderr
        assert "hint: --not-protected superusers lifts that" in part.stderr
        assert [lives(connection) for connection in (one, other, superuser)] == [False, True, True]
        whole = run("kill", str(pid(superuser)), "--yes", "--not-protected", "superusers")
        assert whole.returncode == 0
        assert not lives(superuser)


def test_a_process_id_that_no_session_has_ends_no_other_either(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one:
        refused = run("kill", str(pid(one)), "4194303", "--yes")
        assert (refused.returncode, refused.stdout) == (6, "")
        assert "no session has the process id 4194303, so no session was ended" in refused.stderr
        assert "pgconn sessions lists 1 session\n" in refused.stderr
        assert lives(one)


def test_cancel_ends_the_statement_and_not_the_session(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as busy, session(cluster, **JOBS) as idle, session(cluster) as superuser:
        start(busy, psycopg.sql.SQL("select pg_sleep(60)"))
        working = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        wait_until(lambda: scalar(superuser, working) == 1, "that it works")
        done = run("cancel", str(pid(busy)), str(pid(idle)), "--yes", "--json")
        reported = answer(done)
        assert [(o["pid"], o["result"]) for o in reported["outcomes"]] == [(pid(busy), "canceled")]
        assert (reported["action"], reported["frees"], reported["freed"]) == ("cancel", 0, 0)
        assert reported["spared"][0]["why"].startswith("it is idle: there is no statement to cancel; pgconn kill")
        assert done.returncode == 6
        wait_until(lambda: scalar(superuser, working) == 0, "that it stopped")
        while busy.pgconn.get_result() is not None:
            pass
        assert lives(busy)


def test_an_audit_has_a_line_for_each_victim(cluster: Server, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    for _ in range(2):
        with sessions(cluster, 2, **SHOP):
            ended = run("kill-idle", "--older", "0s", "--yes", "--audit", str(file))
            assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for line in lines:
        assert (line["result"], line["command"], line["action"]) == ("terminated", "kill-idle", "terminate")
        assert (line["role"], line["user"], line["application_name"]) == ("postgres", "app", "shop")
        assert line["os_user"]
        assert line["os_host"]
        assert "idle for" in line["reason"]


def test_an_audit_that_cannot_be_written_ends_no_session(cluster: Server, run: Run, tmp_path: Path) -> None:
    with session(cluster, **SHOP) as one:
        refused = run("kill-idle", "--older", "0s", "--yes", "--audit", str(tmp_path / "none" / "audit.jsonl"))
        assert (refused.returncode, refused.stdout) == (2, "")
        assert lives(one)


def test_the_refill_is_watched_by_application(cluster: Server, run: Run) -> None:
    back: list[Connection] = []

    def come_back() -> None:
        wait_until(lambda: scalar(superuser, left) == 0, "that they were ended")
        back.extend(cluster.connect(**SHOP) for _ in range(2))

    left = "select count(*) from pg_stat_activity where application_name = 'shop'"
    with sessions(cluster, 3, **SHOP), session(cluster, **JOBS), session(cluster) as superuser:
        client = threading.Thread(target=come_back)
        client.start()
        reported = answer(run("kill-idle", "--older", "0s", "--yes", "--json", "--watch-refill", "4s", "--limit", "4"))
        client.join()
    close(*back)
    refill = {one["application_name"]: one for one in reported["refill"]}
    assert (refill["shop"]["ended"], refill["shop"]["came_back"]) == (3, 2)
    assert (refill["jobs"]["ended"], refill["jobs"]["came_back"]) == (1, 0)
    assert refill["shop"]["per_second"] > 0


def test_a_protection_that_there_is_not_ends_no_session(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as one:
        refused = run("kill-idle", "--older", "0s", "--yes", "--not-protected", "superuser")
        assert refused.returncode == 2
        assert "did you mean superusers?" in refused.stderr
        assert lives(one)


def test_a_yes_lifts_no_protection(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as listener, session(cluster, application_name="pg_dump", user="app") as dump:
        listener.execute("listen jobs")
        reported = answer(run("kill-idle", "--older", "0s", "--yes", "--json"))
        assert {spared["protection"] for spared in reported["spared"]} == {"listeners", "backups"}
        assert lives(listener)
        assert lives(dump)


@pytest.mark.offline
def test_protections_are_listed_in_every_format(pgconn: Run) -> None:
    for form in ("table", "plain", "csv", "markdown", "json"):
        shown = pgconn("protections", "-o", form)
        assert shown.returncode == 0
        for name in ("replication", "superusers", "advisory", "listeners", "backups", "monitoring", "poolers"):
            assert name in shown.stdout, form
    reported = json.loads(pgconn("protections", "--json").stdout)
    assert reported["kind"] == "protections"
    assert {"name", "spares", "why", "applications", "roles", "queries"} == set(reported["protections"][0])


@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown", "json"])
def test_names_of_victims_take_no_effect_on_the_screen(cluster: Server, run: Run, form: str) -> None:
    hostile = "\x1b[31m=cmd()[/b]<b>"
    with session(cluster, user="app", dbname="app", application_name=hostile) as one:
        shown = run("kill-idle", "--older", "0s", "--dry-run", "-o", form)
        assert str(pid(one)) in shown.stdout
        assert "\x1b" not in shown.stdout
        ended = run("kill-idle", "--older", "0s", "--yes", "-o", form)
        assert "\x1b" not in ended.stdout + ended.stderr
        assert not lives(one)


@pytest.mark.parametrize("pace", ["nan", "inf"])
def test_a_pace_that_is_no_number_ends_no_session(pgconn: Run, pace: str) -> None:
    refused = pgconn("kill-idle", "--older", "1m", "--yes", "--per-second", pace, "-h", "127.0.0.1", "-p", "1")
    assert refused.returncode == 2
    assert f"--per-second {pace} is no number of sessions" in refused.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_talk_that_cannot_be_written_stops_neither_the_deed_nor_its_report(cluster: Server, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    typed = ("kill-idle", "--older", "0s", "--yes", "--json", "--per-second", "20", "--audit", str(audit))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **libpq_variables(cluster.conninfo())}
    with sessions(cluster, 4, **SHOP) as opened, Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "pgconn", *typed], stdout=subprocess.PIPE, stderr=full, env=environment, check=False
        )
        assert not any(map(lives, opened))
    assert (ended.returncode, answer(ended)["freed"]) == (0, 4)
    assert len(audit.read_text().splitlines()) == 4


def test_nothing_was_cancelled_is_reported_of_a_cancel_that_found_nothing(cluster: Server, run: Run) -> None:
    with session(cluster, **SHOP) as idle:
        assert run("cancel", str(pid(idle)), "--yes").stdout.startswith("pgconn cancel: nothing was cancelled\n")


def test_a_named_session_that_goes_on_to_something_else_while_it_asks_stays_and_the_exit_code_says_so(
    cluster: Server,
) -> None:
    with session(cluster, **SHOP) as one:
        with terminal("kill", str(pid(one)), env=libpq_variables(cluster.conninfo())) as screen:
            screen.until("[y/N]:")
            assert lives(one)
            screen.type("y\n")
            assert "1 session of 1 did not end" in screen.until()
            assert screen.process.wait() == 6
        assert lives(one)
