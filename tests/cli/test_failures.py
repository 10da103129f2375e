"""Each way to fail: one clear line, one hint, the right exit code, in time."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pgconn.cli.main import run as run_here
from pgconn.demo.clients import Target, session, wait_until
from pgconn.demo.cluster import Cluster, free_port
from pgconn.demo.incidents.slots import database_limit, full, full_to_the_reserve, role_limit
from pgconn.documents.processes import processes_of
from pgconn.host import scan_processes
from pgconn.model.process import ServerLocation
from pgconn.server import timeouts
from tests.cli.listeners import frozen_after_login, silent, web_server
from tests.conftest import Run, libpq_variables
from tests.servers import PASSWORD

At = Callable[[Target | str], Run]
Ended = subprocess.CompletedProcess[str]


def failed(ran: Ended, code: int, *words: str) -> None:
    """Whether a run failed as it should: no answer, and on stderr lines that begin with pgconn: or hint: alone."""
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == ""
    lines = ran.stderr.splitlines()
    assert all(line.startswith(("pgconn: ", "hint: ")) for line in lines), ran.stderr
    assert lines[-1].startswith("hint: ") or not any(line.startswith("hint: ") for line in lines)
    for word in words:
        assert word in ran.stderr


@pytest.mark.offline
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], ["nosuch"]),
        (["status", "--nosuch"], ["--nosuch", "pgconn status --help"]),
        (["status", "extra"], ["extra"]),
        (["status", "-o", "xml"], ["xml"]),
        (["status", "--limit", "-1"], ["--limit"]),
        (["status", "--limit", "many"], ["many"]),
        (["status", "--by", "pid"], ["'pid'", "app, user, state, ip, database"]),
        (["sessions", "--older", "10"], ["'10' has no unit", "10m"]),
        (["sessions", "--active-over", "soon"], ["'soon'"]),
        (["sessions", "--state", "idel"], ["'idel'", "idle in transaction (aborted)"]),
        (["sessions", "--app", "~["], ["regular expression"]),
        (["sessions", "--ip", "10.0.0"], ["'10.0.0'", "local"]),
        (["sessions", "--sort", "mood"], ["mood"]),
        (["record"], ["FILE"]),
        (["record", "x", "--every", "5"], ["'5' has no unit"]),
        (["record", "x", "--every", "0s"], ["too often"]),
        (["record", "x", "--count", "0"], ["--count"]),
        (["status", "-d", "host=h dbname"], ["not described well"]),
        (["status", "-d", "nosuch=x"], ["not described well"]),
        (["status", "-d", "target_session_attrs=any-at-all"], ["not described well", "target_session_attrs"]),
        (["status", "-d", "replication=true"], ["answers no question", "replication=database"]),
        (["status", "--service", "nosuch"], ['"nosuch" not found', "pg_service.conf"]),
        (["status", "-p", "0"], ["port"]),
        (["status", "-W"], ["no terminal"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_exit_2(pgconn: Run, arguments: list[str], words: list[str]) -> None:
    ran = pgconn(*arguments, env={"PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "app"})
    failed(ran, 2, *words)


@pytest.mark.offline
def test_an_error_is_an_object_for_who_asked_for_json(pgconn: Run) -> None:
    for options in (["--json"], ["-o", "json"], ["--output", "json"], ["--output=json"], ["-ojson"]):
        ran = pgconn("sessions", "--older", "10", *options)
        error = json.loads(ran.stdout)
        assert (error["kind"], error["version"], error["exit"]) == ("error", 1, 2)
        assert error["message"] == "'10' has no unit"
        assert "10m" in error["hint"]
        assert error["message"] in ran.stderr


@pytest.mark.offline
def test_two_formats_at_once_are_wrong_usage_before_any_question_is_asked(pgconn: Run) -> None:
    ran = pgconn("status", "--json", "-o", "csv", "-h", "no-such-host.invalid")
    assert ran.returncode == json.loads(ran.stdout)["exit"] == 2
    assert "--json and -o csv contradict each other" in ran.stderr


@pytest.mark.offline
def test_an_unknown_host_is_exit_3(pgconn: Run) -> None:
    ran = pgconn("status", "-h", "no-such-host.invalid", "-U", "app")
    failed(ran, 3, "no-such-host.invalid", "check the host's name")


@pytest.mark.offline
def test_a_port_where_no_server_listens_is_exit_3(pgconn: Run) -> None:
    port = str(free_port())
    failed(pgconn("status", "-h", "127.0.0.1", "-p", port, "-U", "app"), 3, f"127.0.0.1:{port}", "check host and port")


@pytest.mark.offline
def test_a_socket_folder_without_a_server_is_exit_3(pgconn: Run, tmp_path: Path) -> None:
    failed(pgconn("status", "-h", str(tmp_path), "-U", "app"), 3, "no server has its socket there")


@pytest.mark.offline
def test_a_port_where_something_else_listens_is_exit_3(pgconn: Run) -> None:
    with web_server() as port:
        failed(pgconn("status", "-h", "127.0.0.1", "-p", str(port), "-U", "app"), 3, "something else than PostgreSQL")


@pytest.mark.offline
def test_a_port_that_takes_connections_and_says_nothing_is_exit_3_within_the_connect_timeout(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    monkeypatch.setattr(timeouts, "CONNECT_TIMEOUT", 120)
    arguments = ["status", "-h", "127.0.0.1", "-U", "app"]
    with silent() as port:
        start = time.monotonic()
        code = run_here([*arguments, "-p", str(port)])
        assert time.monotonic() - start < 60
    failed(Ended(arguments, code, *capfd.readouterr()), 3, "no answer")


def nobody_in(server: Cluster) -> bool:
    """Whether it has no session, and no client that has yet to log in."""
    seen = processes_of(scan_processes(ServerLocation(port=server.port)))
    return (seen.slots.used, seen.silent) == (0, 0)


@pytest.mark.pg(">= 18")
def test_a_stopped_server_is_exit_3_in_time(local_cluster: Cluster, pgconn_at: At) -> None:
    os.kill(local_cluster.pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        failed(pgconn_at(local_cluster)("status", env={"PGCONNECT_TIMEOUT": "2"}), 3, "no answer")
        assert time.monotonic() - start < 60
    finally:
        os.kill(local_cluster.pid, signal.SIGCONT)
        with session(local_cluster):  # which it accepts after us, who had tried before
            pass
        wait_until(lambda: nobody_in(local_cluster), "that it has noticed that we left")


def test_a_server_that_falls_silent_after_the_login_is_exit_3_in_time(
    cluster: Target, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(timeouts, "ANSWER_TIMEOUT", 1.0)
    with frozen_after_login(cluster) as port:
        start = time.monotonic()
        code = run_here(["status", "-d", cluster.conninfo(host="127.0.0.1", port=port, sslmode="disable")])
        assert time.monotonic() - start < 60
    assert code == 3
    assert "sent nothing" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"user": "half", "password": "wrong-one"}, ["check user and password"]),
        ({"user": "nosuch"}, ["nosuch", "check the user's name"]),
        ({"dbname": "nosuch"}, ["nosuch", "check the database's name"]),
        ({"sslmode": "require", "sslrootcert": ""}, ["the server has no TLS"]),
    ],
    ids=["wrong password", "no such role", "no such database", "no TLS"],
)
def test_a_login_that_is_refused_is_exit_3(
    local_cluster: Target, pgconn: Run, different: dict[str, str], words: list[str]
) -> None:
    ran = pgconn("status", "-d", local_cluster.conninfo(**different))
    failed(ran, 3, *words)
    assert "wrong-one" not in ran.stderr


def test_a_server_of_another_kind_than_asked_for_is_exit_3(cluster: Target, pgconn: Run) -> None:
    ran = pgconn("status", "-d", cluster.conninfo(target_session_attrs="standby"))
    failed(ran, 3, "not in hot standby mode", "hint: target_session_attrs asks for another kind of server")


def test_a_role_whose_password_is_missing_sees_where_to_put_it(local_cluster: Cluster, pgconn: Run) -> None:
    failed(pgconn("status", "-d", local_cluster.conninfo(user="half")), 3, "-W")


def test_a_role_at_its_limit_is_exit_4(cluster: Target, pgconn_at: At) -> None:
    with role_limit(cluster):
        ran = pgconn_at(cluster.conninfo(user="limited"))("status", "--json")
    error = json.loads(ran.stdout)
    assert (ran.returncode, error["exit"], error["refusal"]["limit"]) == (4, 4, "role")


def test_a_database_at_its_limit_is_exit_4(cluster: Target, pgconn_at: At) -> None:
    with database_limit(cluster):
        ran = pgconn_at(cluster.conninfo(user="app", dbname="limited"))("status", "--json")
    error = json.loads(ran.stdout)
    assert (ran.returncode, error["exit"], error["refusal"]["limit"]) == (4, 4, "database")


def test_a_server_full_to_the_reserve_is_exit_4_for_an_ordinary_role_and_open_for_a_superuser(
    cluster: Target, pgconn_at: At
) -> None:
    with full_to_the_reserve(cluster):
        refused = pgconn_at(cluster.conninfo(user="app"))("status")
        entered = pgconn_at(cluster)("status")
    failed(refused, 4, "reserved")
    assert entered.returncode == 0


def test_a_server_full_to_the_last_slot_is_exit_4_and_a_role_with_replication_gets_in_all_the_same(
    cluster: Target, pgconn_at: At
) -> None:
    with full(cluster):
        refused = pgconn_at(cluster.conninfo(user="app"))("status")
        entered = pgconn_at(cluster)("status", "--json")
        shut = pgconn_at(cluster)("status", "--no-walsender")
    failed(refused, 4, "too many clients")
    failed(shut, 4, "too many clients")
    assert entered.returncode == 0
    assert json.loads(entered.stdout)["entered_by"] == "walsender"


@pytest.mark.offline
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["cannot read", "No such file"]),
        (b"", ["is empty"]),
        (b"hello\n", ["line 1"]),
        (b'{"kind":"snapshot","version":2}\n', ["line 1", "newer pgconn"]),
        (b'{"kind":"snapshot","version":1', ["line 1", "cut short"]),
    ],
    ids=["absent", "empty", "no recording", "newer", "cut"],
)
def test_a_recording_that_cannot_be_shown_is_exit_2(
    pgconn: Run, tmp_path: Path, content: bytes | None, words: list[str]
) -> None:
    file = tmp_path / "x.jsonl"
    if content is not None:
        file.write_bytes(content)
    failed(pgconn("status", "--from", str(file)), 2, *words)


@pytest.mark.offline
def test_an_interrupt_is_exit_130_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = str(server.getsockname()[1])
        running = subprocess.Popen(
            [sys.executable, "-m", "pgconn", "status", "-h", "127.0.0.1", "-p", port, "-U", "app"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with server.accept()[0] as client:
            assert client.recv(1)  # it has sent its role, and waits
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "pgconn: interrupted\n")


def test_a_server_that_asks_for_a_password_takes_it_from_the_environment(local_cluster: Cluster, pgconn: Run) -> None:
    env = libpq_variables(local_cluster.conninfo(user="half"))
    assert pgconn("status", env=env | {"PGPASSWORD": PASSWORD}).returncode == 0
