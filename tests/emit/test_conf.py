"""What is emitted for postgresql.conf and by ALTER SYSTEM, on real servers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pgconn.data.settings import known_settings
from pgconn.demo.clients import Connection, close, scalar, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.emit import emit
from pgconn.emit.emitted import Kind, Options
from pgconn.emit.settings import settings_of
from pgconn.errors import Unavailable, WrongUsage
from tests.conftest import MakeCluster
from tests.emit.made import MIB, SETTINGS, acting, explained_by, folder_for_servers, only, sizing
from tests.servers import Server, Source
from tests.standby import Standby


@pytest.fixture
def readable() -> Iterator[Path]:
    with folder_for_servers() as folder:
        yield folder


def in_force(connection: Connection) -> dict[str, str]:
    """The values of a server in the units of pg_settings."""
    return dict(connection.execute("select name, setting from pg_catalog.pg_settings").fetchall())


def expected(major: int, **changes: Any) -> dict[str, str]:
    """What a server should show of the sizing, in the same units."""
    wanted = settings_of(sizing(major, settings=SETTINGS | changes))
    return {one.name: known_settings()[one.name].bare(one.value) for one in wanted}


def same(shown: dict[str, str], wanted: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Where they differ; 2.0 and 2 are the same."""
    return {
        name: (shown[name], value)
        for name, value in wanted.items()
        if shown[name] != value and not (value.replace(".", "").isdecimal() and float(shown[name]) == float(value))
    }


def statements(**changes: Any) -> list[str]:
    """The statements of the file, one by one."""
    major = int(changes.pop("major"))
    (file,) = emit("alter-system", sizing(major, settings=SETTINGS | changes), Options())
    return [line.partition(";")[0] for line in file.text.splitlines() if line.startswith("ALTER SYSTEM")]


def ordinary(server: Server) -> int:
    """How many connections an ordinary role can open."""
    opened = []
    try:
        while True:
            opened.append(server.connect(user="app"))
    except psycopg.OperationalError as refused:
        assert "reserved" in str(refused)
        return len(opened)
    finally:
        close(*opened)


def test_a_server_starts_with_the_file_and_takes_exactly_so_many_clients(
    local_cluster: object, make_cluster: MakeCluster, readable: Path
) -> None:
    path = readable / "pgconn.conf"
    path.touch()
    server = make_cluster({"include": str(path)})
    if not isinstance(server, Cluster):
        pytest.skip("a container does not read our file")
    (file,) = emit("conf", sizing(server.major), Options())
    path.write_text(file.text)
    server.restart()
    with session(server) as connection:
        assert same(in_force(connection), expected(server.major)) == {}
    assert ordinary(server) == (19 if server.major >= 16 else 21)


BEFORE: Final = (
    {"max_connections": "6", "superuser_reserved_connections": "5", "reserved_connections": "0"},
    {"max_connections": "90", "superuser_reserved_connections": "30", "reserved_connections": "50"},
)
"""Where the new max_connections alone, or the new reserves alone, would be fatal."""


def test_the_server_starts_after_each_statement_of_alter_system(make_cluster: MakeCluster) -> None:
    server = make_cluster()
    if not isinstance(server, Cluster):
        pytest.skip("a container is not restarted")
    todo = statements(major=server.major)
    concern = [line for line in todo if "connections" in line]
    assert len(concern) == (5 if server.major >= 16 else 3)
    for before in BEFORE:
        with session(server) as connection:
            connection.execute("alter system reset all")
        known = {name: value for name, value in before.items() if server.major >= known_settings()[name].since}
        server.restart({**known, "max_wal_senders": "2"})
        for line in todo:
            with session(server) as connection:
                connection.execute(line.encode())
            if line in concern or line == todo[-1]:
                server.restart()
    with session(server) as connection:
        assert same(in_force(connection), expected(server.major)) == {}
    assert ordinary(server) == (19 if server.major >= 16 else 21)


@pytest.mark.pg("== 18")
def test_without_the_order_the_server_would_not_start(make_cluster: MakeCluster) -> None:
    server = make_cluster({"max_connections": "90", "superuser_reserved_connections": "30"})
    if not isinstance(server, Cluster):
        pytest.skip("a container is not restarted")
    with session(server) as connection:
        connection.execute("alter system set max_connections = 24")
    with pytest.raises(Unavailable, match="did not start"):
        server.restart()


def test_psql_takes_the_whole_file(cluster: Server, tmp_path: Path, source: Source) -> None:
    psql = shutil.which("psql", path=os.pathsep.join((str(source.bindir), os.environ["PATH"])))
    if psql is None:
        pytest.skip("there is no psql")
    text = only("alter-system", explained_by("two\nlines'; \\! touch /tmp/x", sizing(cluster.major)))
    path = tmp_path / "alter-system.sql"
    path.write_text(text)
    command = [psql, "-X", "-v", "ON_ERROR_STOP=1", "-f", str(path), cluster.conninfo()]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert set(ran.stdout.split("\n")) == {"ALTER SYSTEM", ""}
    finally:
        with session(cluster) as connection:
            connection.execute("alter system reset all")


@pytest.mark.pg("== 18")
def test_a_standby_follows_when_it_is_raised_first_and_lowered_last(make_cluster: MakeCluster) -> None:
    primary = make_cluster({"max_connections": "20", "wal_retrieve_retry_interval": "50ms"})
    if not isinstance(primary, Cluster):
        pytest.skip("a container is not restarted")

    def change(server: Cluster, connections: int) -> None:
        with session(server) as connection:
            for line in statements(major=server.major, max_connections=connections, shared_buffers=16 * MIB):
                connection.execute(line.encode())
        server.restart()

    with Standby(primary) as standby:
        for first, second, connections in ((standby, primary, 40), (primary, standby, 12)):
            change(first, connections)
            if first is primary:
                replayed(primary, standby)
            change(second, connections)
            with session(standby) as connection:
                assert connection.execute("show max_connections").fetchone() == (str(connections),)
                paused = connection.execute("select pg_catalog.pg_is_wal_replay_paused()").fetchone()
                assert paused == (False,)


def replayed(primary: Cluster, standby: Cluster) -> None:
    """Wait until the standby has all that the primary wrote."""
    with session(primary) as connection:
        row = connection.execute("select pg_catalog.pg_current_wal_lsn()::text").fetchone()
    assert row is not None

    def caught_up() -> bool:
        with session(standby) as connection:
            question = b"select pg_catalog.pg_last_wal_replay_lsn() >= '" + str(row[0]).encode() + b"'::pg_lsn"
            return bool((connection.execute(question).fetchone() or [False])[0])

    wait_until(caught_up, "that the standby has replayed")


@pytest.mark.offline
@pytest.mark.parametrize("kind", ["conf", "alter-system", "kubernetes", "compose"])
def test_a_version_that_is_too_old_gets_no_file(kind: Kind) -> None:
    with pytest.raises(WrongUsage, match="PostgreSQL 12 is too old"):
        only(kind, sizing(12))


@pytest.mark.offline
def test_reserves_that_leave_no_slot_are_refused_in_every_format() -> None:
    for kind in ("conf", "alter-system", "kubernetes", "compose"):
        with pytest.raises(WrongUsage, match="reserves leave none"):
            emit(kind, sizing(settings=SETTINGS | {"max_connections": 5}), Options())


@pytest.mark.offline
def test_what_a_standby_may_not_have_less_of_is_said() -> None:
    settings = SETTINGS | {"max_worker_processes": 8, "max_wal_senders": 5}
    (file,) = emit("alter-system", sizing(settings=settings), Options())
    assert "max_connections, max_wal_senders" in file.text or "max_connections, max_worker_processes" in file.text


@pytest.mark.offline
def test_walsenders_are_off_before_wal_level_is_minimal_and_on_after_it_is_replica() -> None:
    off = statements(major=18, wal_level="minimal", max_wal_senders=0)
    on = statements(major=18, wal_level="replica", max_wal_senders=5)
    assert [line.split()[3] for line in off if "wal" in line] == ["max_wal_senders", "wal_level"]
    assert [line.split()[3] for line in on if "wal" in line] == ["wal_level", "max_wal_senders"]


@pytest.mark.offline
@pytest.mark.parametrize(
    ("major", "there"),
    [(17, set()), (18, {"io_workers"}), (19, {"io_min_workers", "io_max_workers"})],
)
def test_a_setting_is_written_from_its_first_version_to_its_last(major: int, there: set[str]) -> None:
    workers = {"io_workers": 3, "io_min_workers": 2, "io_max_workers": 6}
    made = sizing(major, settings=SETTINGS | workers)
    kinds: tuple[Kind, ...] = ("conf", "alter-system")
    for kind in kinds:
        words = {word for line in acting(only(kind, made)) for word in line.split()}
        assert words & set(workers) == there, kind


def test_a_list_of_names_is_written_as_a_list(cluster: Server) -> None:
    made = sizing(cluster.major, settings=SETTINGS | {"search_path": '"$user", Sales, public'})
    (statement,) = [line for line in acting(only("alter-system", made)) if "search_path" in line]
    with session(cluster) as connection:
        try:
            connection.execute(statement.encode())
            question = "select setting from pg_catalog.pg_file_settings where name = 'search_path'"
            assert scalar(connection, question) == '"$user", "Sales", public'
        finally:
            connection.execute("alter system reset search_path")
