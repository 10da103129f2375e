"""Pgpool-II with the emitted files: it starts, lets clients in by SCRAM, and takes the slots that were computed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pgconn.demo.clients import close, fill, scalar, wait_until
from pgconn.emit import emit
from pgconn.emit.emitted import Options, Pooler
from pgconn.errors import PgconnError, WrongUsage
from tests.conftest import MakeCluster, _one_kind
from tests.emit.made import acting
from tests.emit.started import HBA, StartedPgpool, arrive, backends, for_slots, named
from tests.servers import PASSWORD

NAMES: Final[dict[str, Any]] = {"databases": ("app", "other"), "users": ("app", "app2")}

PAIRS: Final = [(database, user) for database in NAMES["databases"] for user in NAMES["users"]]


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Path:
    return _one_kind(request, "pgpool")


@pytest.fixture
def started(program: Path, make_cluster: MakeCluster) -> Iterator[StartedPgpool]:
    """Two databases, two roles and three children: each may keep four connections."""
    with StartedPgpool(program, make_cluster(hba=HBA), for_slots(12, clients=2), **NAMES) as pooler:
        yield pooler


def enter(pooler: StartedPgpool, **who: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of libpq's own making: Pgpool does not close that of a client which it refuses."""
    parameters = {"user": "app", "password": PASSWORD, "dbname": "app", "connect_timeout": "10"} | who
    return psycopg.connect(pooler.conninfo(**parameters), autocommit=True)


def test_clients_log_in_by_scram_and_nobody_else_does(started: StartedPgpool) -> None:
    with enter(started) as connection:
        assert scalar(connection, "select current_user || current_database()") == "appapp"
    for refused in ({"password": "wrong"}, {"user": "postgres"}, {"dbname": "template1"}):
        with pytest.raises(psycopg.OperationalError):
            enter(started, **refused)


def test_every_setting_of_the_file_is_taken(started: StartedPgpool) -> None:
    files = {file.name: file.text for file in emit("pgpool", started.made, Options(pooler=Pooler(**NAMES)))}
    lines = [line.split(" = ", 1) for line in acting(files["pgpool.conf"]) if " = " in line]
    wanted = {name: value.strip("'") for name, value in lines}
    own = ("port", "backend_hostname0", "backend_port0")
    with enter(started) as connection:
        for name, value in wanted.items():
            if name not in own:
                shown = (connection.execute(f"PGPOOL SHOW {name}".encode()).fetchone() or ())[-2:][0]
                same = {"connection_life_time": "10min", "pool_passwd": "*****"}
                assert shown == same.get(name, value), name
    assert "WARNING" not in started.log
    assert "unrecognized" not in started.log


def test_children_times_max_pool_is_what_the_server_sees(started: StartedPgpool) -> None:
    """Kept without any client; one client more than was computed is refused by Pgpool itself."""
    seen = 0
    for _ in range(100):
        for database, user in PAIRS:
            close(*[enter_soon(started, dbname=database, user=user) for _ in range(2)])
            seen = backends(started.server)
            assert seen <= 3 * 4
        if seen == 3 * 4:
            break
    assert seen == 3 * 4
    held = [enter_soon(started), enter_soon(started)]
    with pytest.raises(psycopg.OperationalError):
        enter(started)
    assert backends(started.server) == 3 * 4
    close(*held)


def enter_soon(pooler: StartedPgpool, **who: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as soon as Pgpool has noticed that a child is free."""
    found: list[psycopg.Connection[tuple[object, ...]]] = []

    def entered() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            found.append(enter(pooler, **who))
        return bool(found)

    wait_until(entered, "a free child")
    return found[0]


def test_a_server_that_is_full_for_a_moment_is_not_marked_down(program: Path, make_cluster: MakeCluster) -> None:
    server = make_cluster({"max_connections": "10"}, hba=HBA)
    with StartedPgpool(program, server, for_slots(3, clients=2), databases=("app",), users=("app",)) as pooler:
        taken: list[psycopg.Connection[tuple[object, ...]]] = []
        fill(server, taken, user="app", password=PASSWORD, dbname="other")
        for _ in range(5):
            with pytest.raises(psycopg.OperationalError):
                enter(pooler)
        close(*taken)
        wait_until(lambda: backends(server) == 0, "that the slots are free")
        for _ in range(5):
            with enter(pooler) as connection:
                assert scalar(connection, "select 1") == 1


def test_unusual_names_of_roles_and_databases_come_through(program: Path, make_cluster: MakeCluster) -> None:
    server = make_cluster(hba=HBA)
    databases, roles = ("a b", "数", "x'y", "a$b%c;d"), ("r o", "役", "o'k", "${v}")
    made = for_slots(40, clients=2)
    with (
        named(server, databases, roles),
        StartedPgpool(program, server, made, databases=databases, users=roles) as pooler,
    ):
        arrive(pooler, databases, roles)


@pytest.mark.offline
@pytest.mark.parametrize(
    ("usable", "clients", "databases", "children", "kept"),
    [(9, 2, 3, 3, 3), (9, 4, 3, 9, 1), (9, 3, 3, 4, 2), (71, 400, 1, 71, 1), (71, 10, 4, 17, 4), (2, 50, 5, 2, 1)],
)
def test_a_child_keeps_more_connections_only_where_all_clients_get_a_child(
    usable: int, clients: int, databases: int, children: int, kept: int
) -> None:
    named = tuple(f"d{number}" for number in range(databases))
    made = for_slots(usable, clients=clients)
    text = emit("pgpool", made, Options(pooler=Pooler(databases=named)))[0].text
    assert f"num_init_children = {children}" in acting(text)
    assert f"max_pool = {kept}" in acting(text)
    assert children * kept <= usable
    assert ("make their pools smaller" in text) == (clients > children - 1)


@pytest.mark.offline
def test_what_cannot_stand_in_its_files_makes_none() -> None:
    for name in ('a"b', "a\nb", "", "a:b", "a\\b"):
        with pytest.raises(WrongUsage):
            emit("pgpool", for_slots(9), Options(pooler=Pooler(users=(name,))))
    with pytest.raises(PgconnError, match="2 connections are the fewest, and 1 slots"):
        emit("pgpool", for_slots(1), Options())
    with contextlib.suppress(PgconnError):
        emit("pgpool", for_slots(0), Options())
        pytest.fail("no slot, and a file")
