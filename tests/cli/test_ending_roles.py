"""The commands that end sessions, by the role that runs them: what each role may, and what each way in makes of it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, LiteralString

import pytest
from psycopg import sql

from pgconn.demo.clients import Connection, Target, control, scalar, session, sessions, start, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.slots import full
from tests.cli.terminal import terminal
from tests.conftest import MakeCluster, MakePgBouncer, Run, libpq_variables
from tests.ending import alive, in_state, pid
from tests.looking import openable
from tests.standby import Standby

At = Callable[[Target | str], Run]
SLEEP = sql.SQL("select pg_catalog.pg_sleep(60)")


@contextmanager
def ill(target: Target, user: str = "app") -> Iterator[dict[str, Connection]]:
    """A session for each command, named after it in application_name, in the state that the command is for."""
    names = ("kill-idle", "kill-idle-tx", "free", "kill", "cancel", "apply")
    with ExitStack() as stack:
        opened = {name: stack.enter_context(session(target, user=user, application_name=name)) for name in names}
        opened["kill-idle-tx"].execute("begin")
        start(opened["cancel"], SLEEP)
        in_state(target, opened["cancel"], "active")
        yield opened


def commands(opened: Mapping[str, Connection]) -> dict[str, tuple[str, ...]]:
    """How each of them is typed for its session."""
    return {
        "kill-idle": ("kill-idle", "--older", "1ms", "--app", "kill-idle"),
        "kill-idle-tx": ("kill-idle-tx", "--older", "1ms", "--app", "kill-idle-tx"),
        "free": ("free", "1", "--app", "free"),
        "kill": ("kill", str(pid(opened["kill"]))),
        "cancel": ("cancel", str(pid(opened["cancel"]))),
    }


def document(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ended.stdout)
    assert answer["kind"] == "termination"
    return answer


def results(ended: "subprocess.CompletedProcess[str]") -> list[str]:
    return [outcome["result"] for outcome in document(ended)["outcomes"]]


@contextmanager
def role_with(target: Target, grants: LiteralString) -> Iterator[str]:
    """A role with these memberships, or the superuser without any."""
    if not grants:
        yield "postgres"
        return
    with role(target, "operator", sql.SQL("in role " + grants)):
        yield "operator"


@pytest.mark.parametrize("grants", ["", "pg_monitor, pg_signal_backend"], ids=["superuser", "monitor-and-signal"])
def test_who_may_see_and_signal_ends_with_each_command_what_it_names(
    cluster: Target, pgconn_at: At, tmp_path: Path, grants: LiteralString
) -> None:
    kept = str(tmp_path / "plan.json")
    with role_with(cluster, grants) as user, ill(cluster) as opened:
        run = pgconn_at(cluster.conninfo(user=user))
        for name, typed in commands(opened).items():
            ended = run(*typed, "--yes", "--json")
            assert ended.returncode == 0, (name, ended.stderr)
            assert results(ended) == ["canceled" if name == "cancel" else "terminated"], name
            assert document(ended)["freed"] == (name != "cancel")
        planned = run("kill-idle", "--older", "1ms", "--app", "apply", "--plan", kept, "--json")
        assert (planned.returncode, document(planned)["dry_run"], alive(opened["apply"])) == (0, True, 1)
        changed = run("apply", kept, "--yes", "--json")  # it has just answered, so it is no longer what the plan says
        assert (changed.returncode, results(changed), alive(opened["apply"])) == (0, [], 1)
        Path(kept).unlink()
        assert run("kill-idle", "--older", "1ms", "--app", "apply", "--plan", kept).returncode == 0
        assert results(run("apply", kept, "--yes", "--json")) == ["terminated"]
        assert alive(*[opened[name] for name in opened if name != "cancel"]) == 0
        assert opened["cancel"].pgconn.get_result() is not None
        opened["cancel"].pgconn.get_result()
        assert alive(opened["cancel"]) == 1


def test_who_may_not_see_sees_what_is_hidden_and_the_grant_and_ends_no_session(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    kept = str(tmp_path / "plan.json")
    with role_with(cluster, "pg_signal_backend") as user, ill(cluster) as opened:
        run = pgconn_at(cluster.conninfo(user=user))
        made = pgconn_at(cluster)("kill-idle", "--older", "1ms", "--app", "apply", "--plan", kept)
        assert made.returncode == 0
        for name, typed in (commands(opened) | {"apply": ("apply", kept)}).items():
            ended = run(*typed, "--yes")
            assert ended.returncode == 5, (name, ended.stderr)
            assert "GRANT pg_read_all_stats" in ended.stderr, name
            if name in ("kill", "cancel"):
                why = f"{pid(opened[name])} was spared: it is hidden from operator"
                assert why in ended.stderr
                continue
            assert "6 sessions may not be seen by operator, so none of them was meant" in ended.stderr, name
            assert 'hint: GRANT pg_read_all_stats TO "operator"' in ended.stderr, name
            assert "ended since" not in ended.stdout, name
        neither = pgconn_at(cluster.conninfo(user="nobody_special"))("kill-idle", "--older", "1ms", "--dry-run")
        assert neither.returncode == 5
        assert 'hint: GRANT pg_read_all_stats, pg_signal_backend TO "nobody_special"' in neither.stderr
        assert alive(*[opened[name] for name in opened if name != "cancel"]) == len(opened) - 1
        assert opened["cancel"].pgconn.is_busy()


def test_who_owns_some_of_the_sessions_ends_those_and_sees_the_others_named(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 2, user="app") as mine, sessions(cluster, 3, user="app2") as others:
        ended = pgconn_at(cluster.conninfo(user="app"))("kill-idle", "--older", "1ms", "--yes", "--json")
        assert (ended.returncode, results(ended)) == (0, ["terminated"] * 2)
        assert document(ended)["hidden_sessions"] == 3
        assert (alive(*mine), alive(*others)) == (0, 3)
        page = pgconn_at(cluster.conninfo(user="app"))("kill-idle", "--older", "1ms", "--yes")
        assert page.returncode == 5
        assert "3 sessions may not be seen: GRANT pg_read_all_stats shows them" in page.stdout


def test_who_sees_all_but_may_not_signal_is_denied_with_the_grant(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 2, user="app") as opened:
        run = pgconn_at(cluster.conninfo(user="watcher"))
        ended = run("kill-idle", "--older", "1ms", "--yes")
        assert ended.returncode == 5
        assert 'GRANT pg_signal_backend TO "watcher"' in ended.stderr
        assert "2 denied" in ended.stdout
        assert alive(*opened) == 2


@pytest.mark.parametrize("user", ["postgres", "operator"])
def test_on_a_full_server_slots_are_freed_through_a_walsenders_place(cluster: Target, pgconn_at: At, user: str) -> None:
    with ExitStack() as stack:
        if user == "operator":
            options = sql.SQL("replication in role pg_monitor, pg_signal_backend")
            stack.enter_context(role(cluster, "operator", options))
        opened = stack.enter_context(full(cluster))
        run = pgconn_at(cluster.conninfo(user=user))
        ended = run("free", "7", "--yes", "--json")
        assert ended.returncode == 0, ended.stderr
        assert "through a walsender slot: in" in ended.stderr
        assert (results(ended), document(ended)["freed"]) == (["terminated"] * 7, 7)
        assert openable(cluster, "app") == 7 - (5 if cluster.major >= 16 else 3)
        assert alive(*opened) == len(opened) - 7


def test_on_a_standby_its_own_sessions_are_ended(local_cluster: Cluster, pgconn_at: At) -> None:
    with (
        Standby(local_cluster) as standby,
        sessions(standby, 3, user="app") as opened,
        sessions(local_cluster, 1, user="app") as elsewhere,
    ):
        ended = pgconn_at(standby)("kill-idle", "--older", "1ms", "--yes", "--json")
        assert (ended.returncode, results(ended)) == (0, ["terminated"] * 3)
        assert (alive(*opened), alive(*elsewhere)) == (0, 1)
        spared = pgconn_at(local_cluster)("free", "30", "--yes", "--json")
        assert all(one["protection"] != "replication" for one in document(spared)["spared"])
        streams = "select count(*) from pg_catalog.pg_stat_replication where state = 'streaming'"
        wait_until(lambda: scalar_of(local_cluster, streams) == 1, "that the standby streams")


def scalar_of(target: Target, question: LiteralString) -> Any:
    with control(target) as observer:
        return scalar(observer, question)


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_behind_a_pooler_its_sessions_are_spared_and_it_says_that_many_share_them(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At, mode: str
) -> None:
    pooler = pgbouncer(cluster, mode)
    with sessions(pooler, 2, user="app") as clients, session(cluster, user="app", host="127.0.0.1") as direct:
        for client in clients:
            client.execute("select 1")
        run = pgconn_at(pooler.conninfo())
        spared = run("kill-idle", "--older", "1ms", "--yes", "--json")
        assert (spared.returncode, results(spared)) == (0, [])
        assert document(spared)["pooler"] is True
        assert "poolers" in {one["protection"] for one in document(spared)["spared"]}
        page = run("kill-idle", "--older", "1ms", "--dry-run")
        assert "shared by many clients" in page.stdout
        assert alive(*clients, direct) == 3
        ended = run("kill-idle", "--older", "1ms", "--yes", "--json", "--not-protected", "poolers")
        assert ended.returncode == 0, ended.stderr
        assert set(results(ended)) == {"terminated"}
        assert alive(direct) == 0


@contextmanager
def running(target: Target, *typed: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that runs, to be interrupted."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **libpq_variables(target.conninfo())}
    process = subprocess.Popen(
        [sys.executable, "-m", "pgconn", *typed],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_gives_a_true_report_and_one_session_was_enough(
    cluster: Target, tmp_path: Path, number: signal.Signals
) -> None:
    audit = tmp_path / "audit.jsonl"
    typed = ("kill-idle", "--older", "1ms", "--yes", "--json", "--per-second", "3", "--audit", str(audit))
    most = 0
    own = "select count(*) from pg_catalog.pg_stat_activity where application_name = 'pgconn'"
    with sessions(cluster, 15, user="app") as opened, control(cluster) as observer:
        pids = {one: pid(one) for one in opened}
        with running(cluster, *typed) as process:
            deadline = time.monotonic() + 60
            while not audit.exists() or len(audit.read_bytes().splitlines()) < 3:
                most = max(most, scalar(observer, own))
                assert time.monotonic() < deadline, process.poll()
                time.sleep(0.01)
            most = max(most, scalar(observer, own))
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=60)
        document = json.loads(stdout)
        ended = {outcome["pid"] for outcome in document["outcomes"]}
        assert process.returncode == 130, stderr
        assert "Traceback" not in stderr
        assert 3 <= len(ended) < 15
        assert len(document["victims"]) == 15
        assert document["freed"] == len(ended)
        assert [json.loads(line)["pid"] for line in audit.read_text().splitlines()] == [
            outcome["pid"] for outcome in document["outcomes"]
        ]
        assert {pids[one] for one in opened if not alive(one)} == ended
        assert most == 1


def test_a_server_that_is_lost_while_the_refill_is_watched_gives_the_report_of_what_was_done(cluster: Target) -> None:
    own = (
        "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where application_name = 'pgconn'"
    )
    typed = ("kill-idle", "--older", "1ms", "--yes", "--json", "--watch-refill", "60s")
    with sessions(cluster, 2, user="app"), control(cluster) as observer, running(cluster, *typed) as process:
        assert process.stderr is not None
        while "watching for 60 s" not in (line := process.stderr.readline()):
            assert line
        assert scalar(observer, own)
        stdout, stderr = process.communicate(timeout=60)
    document = json.loads(stdout)
    assert (process.returncode, document["freed"], document["refill"]) == (6, 2, [])
    assert re.fullmatch(
        r"pgconn: the reconnects are not known, the connection is lost: \S+:\d+: terminating connection .*\n", stderr
    )


@pytest.mark.pg(">= 18")
def test_a_server_that_stops_in_the_middle_is_reported_without_a_traceback(
    local_cluster: object, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster()
    assert isinstance(cluster, Cluster)
    opened = [cluster.connect(user="app") for _ in range(10)]
    with running(cluster, "kill-idle", "--older", "1ms", "--yes", "--json", "--per-second", "2") as process:
        assert process.stderr is not None
        assert "terminated" in process.stderr.readline()
        os.kill(cluster.pid, signal.SIGQUIT)
        stdout, stderr = process.communicate(timeout=60)
    document = json.loads(stdout)
    assert (process.returncode, "Traceback" in stderr) == (6, False), stderr
    assert "sessions of 10 did not end" in stderr
    assert "bug in pgconn" not in stderr
    assert document["outcomes"][0]["result"] == "terminated"
    assert len(document["outcomes"]) < 10
    for connection in opened:
        connection.close()


@pytest.mark.pg("== 18")
@pytest.mark.usefixtures("thousands_of_files")
def test_two_thousand_sessions_end_behind_a_bar_on_a_narrow_terminal(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"max_connections": "2100"})
    opened = connected(cluster, 2000)
    try:
        env = libpq_variables(cluster.conninfo())
        with terminal("kill-idle", "--older", "1ms", env=env) as screen:
            assert "End 2000 sessions? [y/N]" in screen.until("[y/N]:")
            before = len(screen.shown)
            screen.type("y\n")
            screen.until("2000 sessions ended")
            screen.until()
            assert screen.process.wait() == 0
        shown = screen.shown[before:]
        assert re.search(r"ending .*\d+/2000", shown)
        assert "2000 terminated; 2000 sessions ended" in shown
        assert scalar_of(cluster, "select count(*) from pg_catalog.pg_stat_activity where usename = 'app'") == 0
    finally:
        for connection in opened:
            connection.close()


def connected(cluster: Cluster | Target, count: int) -> list[Connection]:
    """So many idle sessions, opened by a few threads."""
    opened: list[Connection] = []
    share = count // 4

    def connect() -> None:
        opened.extend(cluster.connect(user="app") for _ in range(share))

    threads = [threading.Thread(target=connect) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return opened
