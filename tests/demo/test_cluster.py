"""The server of our own: it starts anywhere, answers, and is removed as a whole."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from pgconn.demo import cluster as cluster_module
from pgconn.demo.clients import scalar, session
from pgconn.demo.cluster import Cluster
from pgconn.errors import Unavailable
from tests.conftest import MakeCluster
from tests.servers import Server, Source
from tests.standby import Standby

_PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it may be ignored where the tests run
from pathlib import Path
from pgconn.demo.cluster import Cluster
with Cluster(Path(sys.argv[1])) as cluster:
    print(cluster.pid, cluster.socket_dir, flush=True)
    if sys.argv[2] == "exception":
        raise ZeroDivisionError
    time.sleep(60)
"""


@pytest.fixture
def bindir(source: Source) -> Path:
    if source.bindir is None:
        pytest.skip("a container starts its own server")
    return source.bindir


def test_a_cluster_answers(cluster: Server) -> None:
    with session(cluster, user="app", dbname="app") as connection:
        question = "select current_user || ' ' || current_database() || ' ' || current_setting('max_connections')"
        assert scalar(connection, question) == "app app 30"


def test_a_cluster_listens_on_every_loopback_address_and_its_socket(local_cluster: Cluster) -> None:
    for host in (*cluster_module.loopbacks(), str(local_cluster.socket_dir)):
        with session(local_cluster, host=host) as connection:
            assert connection.info.port == local_cluster.port


def test_the_server_runs_unprivileged_in_a_session_of_its_own(local_cluster: Cluster) -> None:
    postmaster = psutil.Process(local_cluster.pid)
    assert postmaster.ppid() == os.getpid()
    assert postmaster.uids().effective != 0
    assert os.getsid(local_cluster.pid) == local_cluster.pid != os.getsid(0)


@pytest.mark.pg("== 16")
def test_a_stopped_cluster_keeps_no_process_and_no_file(bindir: Path) -> None:
    with Cluster(bindir) as cluster:
        pid, folder = cluster.pid, cluster.socket_dir
        processes = [psutil.Process(pid), *psutil.Process(pid).children()]
        with Standby(cluster) as standby:
            processes.append(psutil.Process(standby.pid))
            folders = [folder, standby.socket_dir]
    assert not any(process.is_running() for process in processes)
    assert not any(folder.exists() for folder in folders)


@pytest.mark.pg(">= 18")
def test_a_standby_that_was_restarted_is_served_by_one_walsender(local_cluster: Cluster) -> None:
    serving = "select count(*), min(pid) from pg_catalog.pg_stat_replication"
    with Standby(local_cluster) as standby, session(local_cluster) as observer:
        ((_, pid),) = observer.execute(serving)
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(1.0, os.kill, (pid, signal.SIGCONT)).start()
        standby.restart()
        assert observer.execute(serving).fetchall()[0][0] == 1


@pytest.mark.parametrize("end", ["exception", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
@pytest.mark.pg("== 16")
def test_nothing_is_left_however_the_program_ends(bindir: Path, end: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, bindir, end],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with program:
        assert program.stdout is not None
        pid, _, folder = program.stdout.readline().strip().partition(" ")
        if end != "exception":
            os.killpg(program.pid, getattr(signal, end))
    deadline = time.monotonic() + 60
    while (psutil.pid_exists(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(int(pid))
    assert not Path(folder).exists()


def test_settings_change_with_a_reload_and_with_a_restart(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    if not isinstance(cluster, Cluster):
        pytest.skip("a container keeps its settings")
    cluster.reload({"work_mem": "1MB"})
    with session(cluster) as connection:
        assert scalar(connection, "show work_mem") == "1MB"
    before = cluster.port
    cluster.restart({"max_connections": "12"})
    with session(cluster) as connection:
        assert scalar(connection, "show max_connections") == "12"
    assert cluster.port == before


def test_other_settings_come_with_the_usual_roles(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"max_connections": "17", "cluster_name": "it's mine"})
    with session(cluster, user="watcher", dbname="other") as connection:
        assert scalar(connection, "show max_connections") == "17"
        assert scalar(connection, "show cluster_name") == "it's mine"


def test_a_server_that_does_not_start_shows_the_end_of_its_log(bindir: Path) -> None:
    with pytest.raises(Unavailable) as failure, Cluster(bindir, {"max_connections": "3"}):
        pass
    assert "superuser_reserved_connections" in str(failure.value.hint)


def test_a_port_that_another_client_takes_in_the_meantime_is_given_up(
    bindir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        drawn = itertools.chain([taken], iter(cluster_module.free_port, None))
        monkeypatch.setattr(cluster_module, "free_port", lambda _: next(drawn))
        with Cluster(bindir) as cluster, session(cluster):
            assert cluster.port != taken


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the account of the server")
@pytest.mark.pg("== 16")
def test_binaries_in_a_closed_folder_are_copied(bindir: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = bindir.resolve().parent
    copy = closed / home.parent.name / home.name
    shutil.copytree(home, copy, symlinks=True)
    libraries = home.parent.with_name(f"{home.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    with Cluster(copy / "bin") as cluster, session(cluster) as connection:
        assert psutil.Process(cluster.pid).exe().startswith(str(cluster.socket_dir))
        assert scalar(connection, "select 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700
