"""pgagroal with the emitted files: it starts, lets clients in by SCRAM, and takes the slots that were computed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pgconn.demo.clients import close, control, scalar, wait_until
from pgconn.emit import emit
from pgconn.emit.emitted import Options, Pooler
from pgconn.errors import PgconnError, WrongUsage
from tests.conftest import MakeCluster, _one_kind
from tests.emit.made import acting
from tests.emit.started import HBA, StartedPgagroal, backends, for_slots, named
from tests.servers import PASSWORD

NAMES: Final[dict[str, Any]] = {"databases": ("app",), "users": ("app",)}


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Path:
    return _one_kind(request, "pgagroal")


@pytest.fixture
def started(program: Path, make_cluster: MakeCluster) -> Iterator[StartedPgagroal]:
    with StartedPgagroal(program, make_cluster(hba=HBA), for_slots(5), **NAMES) as pooler:
        yield pooler


def enter(pooler: StartedPgagroal, **who: str) -> psycopg.Connection[tuple[object, ...]]:
    return pooler.connect(**{"user": "app", "password": PASSWORD, "dbname": "app", "connect_timeout": "5"} | who)


def test_clients_log_in_by_scram_and_nobody_else_does(started: StartedPgagroal) -> None:
    with enter(started) as connection:
        assert scalar(connection, "select current_user || current_database()") == "appapp"
    for refused in ({"password": "wrong"}, {"user": "app2"}, {"user": "postgres"}, {"dbname": "other"}):
        with pytest.raises(psycopg.OperationalError):
            enter(started, **refused)


def test_every_setting_of_the_file_is_taken(started: StartedPgagroal) -> None:
    files = {file.name: file.text for file in emit("pgagroal", started.made, Options(pooler=Pooler(**NAMES)))}
    section = files["pgagroal.conf"].partition("[pgagroal]")[2].partition("[primary]")[0]
    wanted = dict(line.split(" = ") for line in acting(section) if " = " in line)
    for name in (
        "max_connections",
        "pipeline",
        "validation",
        "blocking_timeout",
        "idle_timeout",
        "allow_unknown_users",
    ):
        shown = started.asked("conf", "get", name).splitlines()[-1]
        assert shown.rstrip("s") == {"foreground": "1"}.get(wanted[name], wanted[name]), name
    assert "WARN" not in started.log
    assert "ERROR" not in started.log


def test_max_connections_is_what_the_server_sees(started: StartedPgagroal) -> None:
    """One client more is refused at once, by pgagroal itself; when one disconnects, another one gets in."""
    held = [enter(started) for _ in range(5)]
    for _ in range(5):
        with pytest.raises(psycopg.OperationalError):
            enter(started)
        assert backends(started.server) == 5
        close(held.pop(0))
        held.append(enter_soon(started))
        assert backends(started.server) == 5
    close(*held)


def enter_soon(pooler: StartedPgagroal, **who: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as soon as pgagroal has noticed that another one is free."""
    found: list[psycopg.Connection[tuple[object, ...]]] = []

    def entered() -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            found.append(enter(pooler, **who))
        return bool(found)

    wait_until(entered, "a free connection")
    return found[0]


def test_no_client_gets_a_connection_that_the_server_has_ended(started: StartedPgagroal) -> None:
    close(*[enter(started) for _ in range(3)])
    wait_until(lambda: backends(started.server) == 3, "that the connections are kept")
    with control(started.server) as connection:
        scalar(
            connection, "select count(pg_catalog.pg_terminate_backend(pid)) from pg_stat_activity where usename='app'"
        )
    wait_until(lambda: backends(started.server) == 0, "that they have ended")
    for _ in range(6):
        with enter_soon(started) as connection:
            assert scalar(connection, "select 1") == 1


@pytest.mark.parametrize(("place", "user"), [("数", "役"), ("a$b%c", "${v}"), ("a-b.c", "r{x}")])
def test_unusual_names_of_roles_and_databases_come_through(
    program: Path, make_cluster: MakeCluster, place: str, user: str
) -> None:
    server = make_cluster(hba=HBA)
    with (
        named(server, [place], [user]),
        StartedPgagroal(program, server, for_slots(5), databases=(place,), users=(user,)) as pooler,
        enter_soon(pooler, dbname=place, user=user) as connection,
    ):
        assert scalar(connection, "select current_user::text || current_database()::text") == user + place


@pytest.mark.offline
def test_the_lines_of_all_pairs_share_the_limit() -> None:
    pooler = Pooler(databases=("a", "b"), users=("x", "y", "z"))
    files = {file.name: acting(file.text) for file in emit("pgagroal", for_slots(20), Options(pooler=pooler))}
    assert "max_connections = 20" in files["pgagroal.conf"]
    lines = [line.split() for line in files["pgagroal_databases.conf"] if line]
    assert [line[2:] for line in lines] == [["3", "0", "0"]] * 6
    (every,) = (acting(file.text) for file in emit("pgagroal", for_slots(20), Options())[1:2])
    assert "all all 20 0 0" in every


@pytest.mark.offline
def test_a_port_of_five_digits_is_warned_of() -> None:
    """Pgagroal 2.1 ends itself when it connects to one."""
    texts = [emit("pgagroal", for_slots(5), Options(pooler=Pooler(port=port)))[0].text for port in ("9999", "15432")]
    assert ["five digits" in text for text in texts] == [False, True]


@pytest.mark.offline
@pytest.mark.parametrize("name", ["a b", "a#b", "a=b", "a,b", "all", "ALL", "a\nb", "", 'a"b', "数\u2028"])
def test_what_cannot_stand_in_its_files_makes_none(name: str) -> None:
    for pooler in (Pooler(databases=(name,)), Pooler(users=(name,))):
        with pytest.raises(WrongUsage):
            emit("pgagroal", for_slots(9), Options(pooler=pooler))


@pytest.mark.offline
def test_a_server_that_is_reached_by_a_socket_or_has_no_slot_makes_no_file() -> None:
    with pytest.raises(WrongUsage, match="TCP"):
        emit("pgagroal", for_slots(9), Options(pooler=Pooler(host="/run/postgresql")))
    with pytest.raises(PgconnError, match="slots are for pools"):
        emit("pgagroal", for_slots(0), Options())
