"""`pgconn record`, and `--from` that shows what it wrote."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pgconn.demo.clients import Target, session, sessions, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.observe.recording import last, read
from tests.conftest import MakeCluster, Run, libpq_variables
from tests.looking import asleep

At = Callable[[Target | str], Run]
FORMATS = ("table", "plain", "csv", "markdown", "json")


def recording(cluster: Target, path: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A record that goes on, once its first snapshot is written and it sleeps until the next."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pgconn", "record", str(path), *arguments],
        env=libpq_variables(cluster.conninfo()) | {"HOME": "/"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(path, 1)
    wait_until(lambda: asleep(running.pid), "a record that sleeps")
    return running


def wait_for(path: Path, count: int) -> None:
    """Return once a recording has so many snapshots."""
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["seen.jsonl", "seen.jsonl.gz"])
def test_one_snapshot_is_written_and_another_appended(
    cluster: Target, pgconn_at: At, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    for number in (1, 2):
        with sessions(cluster, number, user="app"):
            ran = pgconn_at(cluster)("record", str(path))
        assert (ran.returncode, ran.stdout) == (0, "")
        assert ran.stderr == f"pgconn: 1 snapshot written to {path}\n"
    assert [seen.slots.used for seen in read(path)] == [1, 2]


def test_a_recording_shows_what_the_server_was(cluster: Target, pgconn_at: At, pgconn: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "seen.jsonl.gz")
    with sessions(cluster, 3, user="app", application_name="web"):
        assert pgconn_at(cluster)("record", path).returncode == 0
        live = json.loads(pgconn_at(cluster)("status", "--json").stdout)
    shown = json.loads(pgconn("status", "--json", "--from", path).stdout)
    assert shown["entered_by"] == "recording"
    for key in ("server", "role", "slots", "walsenders", "limits"):
        assert shown[key] == live[key]
    for name in FORMATS:
        for command in ("status", "sessions"):
            ran = pgconn(command, "-o", name, "--from", path)
            assert (ran.returncode, ran.stderr) == (0, "")
            assert "web" in ran.stdout


def test_queries_are_left_out_unless_they_are_asked_for(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    with session(cluster, user="app") as connection:
        connection.execute("select 'secret of a customer'")
        for options, kept in (([], False), (["--with-queries"], True)):
            path = tmp_path / f"{kept}.jsonl"
            assert pgconn_at(cluster)("record", str(path), *options).returncode == 0
            assert ("secret of a customer" in path.read_text()) == kept


def test_so_many_snapshots_are_taken_as_were_asked_for_over_one_connection(
    cluster: Target, pgconn_at: At, tmp_path: Path
) -> None:
    path = tmp_path / "seen.jsonl"
    ran = pgconn_at(cluster)("record", str(path), "--every", "100ms", "--count", "3")
    assert ran.stderr == f"pgconn: 3 snapshots written to {path}\n"
    found = list(read(path))
    assert len(found) == 3
    assert len({seen.role.backend_pid for seen in found}) == 1
    times = [seen.taken_at for seen in found]
    assert times == sorted(set(times))


def test_an_interrupt_ends_a_recording_that_is_whole_with_exit_130(cluster: Target, tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    running = recording(cluster, path, "--every", "60s")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert err == f"pgconn: 1 snapshot written to {path}\npgconn: interrupted\n"
    assert len(list(read(path))) == 1


@pytest.mark.pg(">= 18")
def test_a_recording_goes_on_when_the_server_comes_back(make_cluster: MakeCluster, tmp_path: Path) -> None:
    cluster = make_cluster()
    if not isinstance(cluster, Cluster):
        pytest.skip("a container is not restarted")
    path = tmp_path / "seen.jsonl"
    running = recording(cluster, path, "--every", "200ms")
    try:
        cluster.restart()
        restarted = path.read_bytes().count(b"\n")
        wait_for(path, restarted + 2)
    finally:
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert "no snapshot this time: " in err
    assert len({seen.instance.started_at for seen in read(path)}) == 2


def test_a_server_that_is_not_there_makes_no_file(pgconn: Run, tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    assert pgconn("record", str(path), "-h", str(tmp_path), "-U", "app").returncode == 3
    assert not path.exists()


@pytest.mark.offline
@pytest.mark.parametrize("command", [["status"], ["sessions"], ["kill-idle", "--older", "10m"]])
def test_a_recording_is_not_looked_at_on_a_server(pgconn: Run, tmp_path: Path, command: list[str]) -> None:
    ran = pgconn(*command, "--from", str(tmp_path / "seen.jsonl"), "-h", "db1")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "-h does not go with --from" in ran.stderr


def test_a_file_that_is_no_recording_is_left_byte_for_byte(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    ran = pgconn_at(cluster)("record", str(path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert path.read_text() == "my notes\n"


def test_the_last_snapshot_is_the_one_that_is_shown(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    pgconn_at(cluster)("record", str(path))
    with sessions(cluster, 4, user="app"):
        pgconn_at(cluster)("record", str(path))
    assert last(path).slots.used == 4
