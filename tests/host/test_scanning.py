"""What the operating system shows of real servers is what the servers themselves would say."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from pgconn.demo.clients import sessions, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import logical_walsenders, physical_walsenders
from pgconn.demo.incidents.names import database, role
from pgconn.demo.incidents.slots import full, half_authenticated
from pgconn.demo.incidents.transactions import idle_in_transaction
from pgconn.documents.processes import Processes, processes_of
from pgconn.errors import Unavailable, WrongUsage
from pgconn.host import find, locate, scan_processes, serving
from pgconn.host.location import _run_as
from pgconn.model.process import HostSnapshot, ServerLocation
from tests.conftest import MakeCluster
from tests.looking import look as ask, openable
from tests.unprivileged import as_nobody


def at(cluster: Cluster) -> HostSnapshot:
    return scan_processes(ServerLocation(pgdata=str(cluster.datadir)))


def document(cluster: Cluster) -> Processes:
    return processes_of(at(cluster))


@pytest.fixture
def settled(make_cluster: MakeCluster) -> Cluster:
    """A server whose files have not changed since it started, unlike those of the one that tests share."""
    cluster = make_cluster()
    if not isinstance(cluster, Cluster):
        pytest.skip("a container's processes are out of reach")
    return cluster


def test_a_server_is_found_by_directory_port_and_socket(local_cluster: Cluster, tmp_path: Path) -> None:
    link = tmp_path / "data"
    link.symlink_to(local_cluster.datadir)
    places = (
        ServerLocation(pgdata=str(local_cluster.datadir)),
        ServerLocation(pgdata=str(link)),
        ServerLocation(port=local_cluster.port),
        ServerLocation(host="localhost", port=local_cluster.port),
        ServerLocation(host=str(local_cluster.socket_dir), port=local_cluster.port),
    )
    assert {scan_processes(where).postmaster.pid for where in places} == {local_cluster.pid}


def test_two_servers_on_one_machine_are_distinguished(local_cluster: Cluster, make_cluster: MakeCluster) -> None:
    other = make_cluster({"cluster_name": "the other"})
    assert isinstance(other, Cluster)
    with sessions(other, 3, user="app2"), sessions(local_cluster, 2, user="app"):
        for cluster, users in ((local_cluster, {"app": 2}), (other, {"app2": 3})):
            seen = scan_processes(ServerLocation(port=cluster.port))
            assert seen.postmaster.pid == cluster.pid
            assert Counter(process.title.user for process in seen.holders) == users
        assert document(other).server.cluster_name == "the other"
        assert document(local_cluster).server.cluster_name is None


def test_the_door_is_known_among_many_that_logged_in_just_now(
    local_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, looked_at, before = serving._remote_ports, Counter[int](), set[int]()

    def children() -> set[int]:
        return {child.pid for child in psutil.Process(local_cluster.pid).children()}

    def slowly(process: psutil.Process) -> set[int]:
        if not looked_at:
            os.kill(local_cluster.pid, signal.SIGCONT)  # only now does it take the connection
            wait_until(lambda: bool(children() - before), "a new child")
        looked_at[process.pid] += 1
        time.sleep(0.02)
        return found(process)

    monkeypatch.setattr(serving, "_remote_ports", slowly)
    monkeypatch.setattr(serving, "_ANSWERED_WITHIN", 0.2)  # less than it takes to look at all of them once
    monkeypatch.setattr(serving, "_OVERLAP", 60.0)  # so that all of them are new
    with sessions(local_cluster, 20, user="app") as opened:
        pids = [connection.info.backend_pid for connection in opened]
        where, before = find(ServerLocation(port=local_cluster.port)), children()
        os.kill(local_cluster.pid, signal.SIGSTOP)
        try:
            with socket.create_connection((local_cluster.host, local_cluster.port)) as client:
                assert serving.serves(where, client)
        finally:
            os.kill(local_cluster.pid, signal.SIGCONT)
        assert max(looked_at[pid] for pid in pids) <= 1


def test_titles_count_what_the_server_counts(settled: Cluster) -> None:
    with (
        sessions(settled, 3, user="app", dbname="app"),
        sessions(settled, 2, user="app2", host=str(settled.socket_dir)),
        idle_in_transaction(settled, 2, user="app", dbname="other"),
        physical_walsenders(settled, 1),
        logical_walsenders(settled, 1),
        half_authenticated(settled, 2),
        socket.create_connection((settled.host, settled.port)),
    ):
        wait_until(lambda: document(settled).silent == 1, "a silent child")
        seen, reported = document(settled), ask(settled)
        assert (
            (seen.slots.used, seen.slots.authenticating)
            == (reported.slots.used, reported.slots.authenticating)
            == (9, 2)
        )
        assert seen.slots.free == reported.slots.free
        assert seen.walsenders_used == reported.walsenders.used == 2
        states = {group.value: group.sessions for group in seen.by.state}
        assert states == {"idle": 5, "idle in transaction": 2, "starting": 2}
        assert {group.value: group.sessions for group in seen.by.client_addr} == {"127.0.0.1": 7, "local": 2}
        assert {group.value: group.sessions for group in seen.by.database} == {"app": 3, "postgres": 4, "other": 2}


def test_a_full_server_is_counted_without_a_connection(settled: Cluster) -> None:
    with full(settled):
        slots = document(settled).slots
    assert slots.free is not None
    assert (slots.used, slots.free.ordinary, slots.free.superuser) == (30, 0, 0)


def test_what_is_free_is_what_then_opens(settled: Cluster) -> None:
    with sessions(settled, 4, user="app"):
        free = document(settled).slots.free
        assert free is not None
        assert free.ordinary == openable(settled, "app")


def test_names_with_spaces_are_counted_and_left_open(local_cluster: Cluster) -> None:
    with (
        role(local_cluster, "we ird"),
        database(local_cluster, "my db"),
        sessions(local_cluster, 1, user="we ird", dbname="my db") as opened,
    ):
        (process,) = at(local_cluster).holders
        assert (process.pid, process.title.names) == (opened[0].info.backend_pid, "we ird my db")
        assert (process.title.user, process.title.state) == (None, "idle")


def test_a_server_that_does_not_update_titles_tells_no_states(
    local_cluster: Cluster, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster({"update_process_title": "off"})
    assert isinstance(cluster, Cluster)
    with sessions(cluster, 2, user="app"):
        seen = document(cluster)
    assert not seen.titles_tell_states
    assert {group.value: group.sessions for group in seen.by.state} == {None: 2}
    assert {group.value: group.sessions for group in seen.by.user} == {"app": 2}


def test_a_server_that_stopped_updating_titles_is_not_believed(
    local_cluster: Cluster, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster()
    assert isinstance(cluster, Cluster)
    with sessions(cluster, 1, user="app"):
        cluster.reload({"update_process_title": "off"})
        assert {process.title.state for process in at(cluster).holders} == {None}


def test_what_is_free_is_not_reported_when_the_files_changed_after_the_start(
    local_cluster: Cluster, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster()
    assert isinstance(cluster, Cluster)
    cluster.reload({"max_connections": "90"})
    slots = document(cluster).slots
    assert (slots.settled, slots.max_connections, slots.free) == (False, 90, None)


def test_a_title_that_was_cut_is_counted_and_tells_no_state(
    local_cluster: Cluster, make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):  # a title has the room of the server's arguments and environment
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    cluster, long = make_cluster(), "x" * 63
    assert isinstance(cluster, Cluster)
    with role(cluster, long), database(cluster, long), sessions(cluster, 2, user=long, dbname=long):
        seen = document(cluster)
        assert seen.slots.used == ask(cluster).slots.used == 2
    assert [group.value for group in seen.by.state] == [None]


def test_a_place_where_no_server_is_says_so(local_cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no server runs in"):
        scan_processes(ServerLocation(pgdata=str(tmp_path)))
    with pytest.raises(WrongUsage, match="is not a directory"):
        scan_processes(ServerLocation(pgdata=str(tmp_path / "nothing")))
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    with pytest.raises(Unavailable, match="is no server here"):
        scan_processes(ServerLocation(pgdata=str(tmp_path)))
    with pytest.raises(Unavailable, match="no PostgreSQL server with port 1 runs") as caught:
        scan_processes(ServerLocation(port=1))
    assert str(local_cluster.port) in str(caught.value.hint)
    with pytest.raises(Unavailable, match="no PostgreSQL server with port"):
        scan_processes(ServerLocation(host=str(tmp_path), port=local_cluster.port))


def test_another_machine_is_not_looked_at() -> None:
    with pytest.raises(WrongUsage, match="is not this machine"):
        locate({"host": "192.0.2.1"})
    with pytest.raises(WrongUsage, match="several hosts"):
        locate({"host": "a,b"})


def test_a_place_comes_from_options_variables_and_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert locate({}) == ServerLocation()
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGHOST", "/run")
    assert locate({}) == ServerLocation(host="/run", port=6000)
    assert locate({"port": "7000"}) == ServerLocation(host="/run", port=7000)
    services = tmp_path / "services"
    services.write_text("[shop]\nhost=/srv\nport=8000\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert locate({"service": "shop"}) == ServerLocation(host="/srv", port=8000)
    assert locate({"service": "shop"}, tmp_path) == ServerLocation(pgdata=str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
def test_another_user_sees_titles_and_no_files(local_cluster: Cluster) -> None:
    with sessions(local_cluster, 2, user="app"):
        (seen,) = nobody_sees(ServerLocation(pgdata=str(local_cluster.datadir)))
    assert seen.startswith("ProcessSlots(max_connections=None,")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
@pytest.mark.pg("== 16")
def test_servers_of_other_users_make_unclear_which_has_a_port_where_one_listens(
    local_cluster: Cluster, make_cluster: MakeCluster
) -> None:
    on_a_socket = make_cluster({"listen_addresses": ""})
    assert isinstance(on_a_socket, Cluster)
    port, socket_dir = local_cluster.port, str(local_cluster.socket_dir)
    open_where = (
        ServerLocation(port=port),
        ServerLocation(host=socket_dir, port=port),
        ServerLocation(port=on_a_socket.port),
    )
    closed_where = (ServerLocation(port=1), ServerLocation(host="/tmp", port=port))
    seen = nobody_sees(*open_where, *closed_where)
    assert [line.split()[0] for line in seen] == ["PrivilegeMissing"] * 3 + ["Unavailable"] * 2
    assert "no PostgreSQL server with port 1 runs on this machine" in seen[3]


@pytest.mark.offline
@pytest.mark.parametrize(("owner", "user"), [("postgres", "postgres"), ("1005", "'#1005'")])
def test_the_owner_of_a_server_is_named_as_sudo_takes_it(owner: str, user: str) -> None:
    assert f"sudo -u {user} pgconn" in _run_as(owner)


def nobody_sees(*places: ServerLocation) -> list[str]:
    """What a look at each place says to a user without any right, or the error that it raises."""
    code = (
        "from pgconn.errors import PgconnError; from pgconn.host import scan_processes\n"
        "from pgconn.documents.processes import processes_of; from pgconn.model.process import ServerLocation\n"
        "become_nobody()\n"
        f"for where in {places!r}:\n"
        "  try: print(processes_of(scan_processes(where)).slots)\n"
        "  except PgconnError as error: print(type(error).__name__, error.message, error.hint)"
    )
    seen = as_nobody(code)
    assert not seen.stderr
    return seen.stdout.splitlines()


def _names(parent: int) -> list[str]:
    return [child.name() for child in psutil.Process(parent).children()]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
def test_a_server_in_another_pid_namespace_is_out_of_reach(tmp_path: Path) -> None:
    fake = tmp_path / "postgres"
    fake.write_bytes(Path(sys.executable).resolve().read_bytes())
    fake.chmod(0o755)
    (tmp_path / "postmaster.pid").write_text(f"1\n{tmp_path}\n0\n45001\n{tmp_path}\n\n0 0\nready\n")
    inside = subprocess.Popen(
        ["unshare", "--pid", "--fork", str(fake), "-c", "import time; time.sleep(60)"], cwd=tmp_path
    )
    try:
        wait_until(lambda: _names(inside.pid) == ["postgres"], "a child that is more than a copy of its parent")
        for where in (ServerLocation(pgdata=str(tmp_path)), ServerLocation(port=45001)):
            with pytest.raises(Unavailable, match="out of reach") as caught:
                scan_processes(where)
            assert "pid namespace" in str(caught.value.hint)
    finally:
        for child in psutil.Process(inside.pid).children():
            child.kill()
        inside.wait()
