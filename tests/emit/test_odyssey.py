"""Odyssey with the emitted files: it starts, lets clients in by SCRAM, and takes the slots that were computed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pgconn.demo.clients import close, scalar, session, start, wait_until
from pgconn.emit import emit
from pgconn.emit.emitted import Options, Pooler
from pgconn.errors import PgconnError, WrongUsage
from tests.conftest import MakeCluster, _one_kind
from tests.emit.made import acting
from tests.emit.started import HBA, StartedOdyssey, arrive, backends, for_slots, named
from tests.servers import PASSWORD

PAIRS: Final = [(database, user) for database in ("app", "other") for user in ("app", "app2")]
NAMES: Final[dict[str, Any]] = {"databases": ("app", "other"), "users": ("app", "app2")}


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Path:
    return _one_kind(request, "odyssey")


@pytest.fixture
def started(program: Path, make_cluster: MakeCluster) -> Iterator[StartedOdyssey]:
    """Four routes of two connections, and the one that looks up roles."""
    with StartedOdyssey(program, make_cluster(hba=HBA), for_slots(9, pool_size=5), **NAMES) as pooler:
        yield pooler


def enter(pooler: StartedOdyssey, **who: str) -> psycopg.Connection[tuple[object, ...]]:
    return pooler.connect(**{"user": "app", "password": PASSWORD, "dbname": "app"} | who)


def test_clients_log_in_by_scram_and_nobody_else_does(started: StartedOdyssey) -> None:
    for database, user in PAIRS:
        with enter(started, dbname=database, user=user) as connection:
            assert scalar(connection, "select current_user || current_database()") == user + database
    own = {"user": "odyssey_auth", "password": started.login.password}
    for refused in ({"password": "wrong"}, {"user": "postgres"}, {"dbname": "postgres"}, own):
        with pytest.raises(psycopg.OperationalError):
            enter(started, **refused)


def test_a_role_whose_password_has_expired_does_not_get_in(started: StartedOdyssey) -> None:
    with session(started.server) as connection:
        connection.execute("alter role app2 valid until '2020-01-01'")
    with pytest.raises(psycopg.OperationalError):
        enter(started, user="app2")


def test_every_setting_of_the_file_is_taken(started: StartedOdyssey) -> None:
    """Its log lists what it has read of each route."""
    wait_until(lambda: "listening on" in started.log, "that it has read its files")
    for setting in ("pool size *2", "pool timeout *15000", "pool ttl *600", "client_max *200", "client_fwd_error *yes"):
        assert len([line for line in started.log.splitlines() if _has(line, setting)]) >= 4, setting
    assert " error " not in started.log
    assert " warning " not in started.log


def _has(line: str, setting: str) -> bool:
    name, value = setting.split(" *")
    return " ".join(line.split()).endswith(f" {name} {value}")


def test_pool_size_times_routes_is_what_the_server_sees(started: StartedOdyssey) -> None:
    """One client more of each route waits, and gets the connection of the first that ends its transaction."""
    held = []
    for database, user in PAIRS * 2:
        connection = enter(started, dbname=database, user=user)
        connection.execute("begin; select 1")
        held.append(connection)
    assert backends(started.server, "app", "app2") == 2 * 4
    late = [enter(started, dbname=database, user=user) for database, user in PAIRS]
    for connection in late:
        start(connection, psycopg.sql.SQL("select 1"))
    assert backends(started.server, "app", "app2") == 2 * 4
    close(*held)
    for connection in late:
        wait_until(partial(_is_served, connection), "that a client that waited is served")
    assert backends(started.server, "app", "app2") == 2 * 4
    assert backends(started.server) <= 2 * 4 + 1
    close(*late)


def _is_served(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    connection.pgconn.consume_input()
    return not connection.pgconn.is_busy()


def test_prepared_statements_work_within_a_pool_of_transactions(started: StartedOdyssey) -> None:
    with enter(started) as first, enter(started) as second:
        for connection in (first, second) * 3:
            assert connection.execute("select %s::int", (7,), prepare=True).fetchone() == (7,)


def test_unusual_names_of_roles_and_databases_come_through(program: Path, make_cluster: MakeCluster) -> None:
    server = make_cluster(hba=HBA)
    databases, roles = ("a b", "数", "x'y", "a$b%c;d"), ("r o", "役", "o'k", "${v}")
    made = for_slots(40, clients=2)
    with (
        named(server, databases, roles),
        StartedOdyssey(program, server, made, databases=databases, users=roles) as pooler,
    ):
        arrive(pooler, databases, roles)


@pytest.mark.offline
def test_the_password_of_its_own_login_is_in_one_file_alone() -> None:
    files = {file.name: file for file in emit("odyssey", for_slots(9), Options())}
    assert [name for name, file in files.items() if file.secret] == ["odyssey-auth.conf", "auth-role.sql"]
    assert "storage_password" not in "".join(acting(files["odyssey-auth.conf"].text))


@pytest.mark.offline
@pytest.mark.parametrize(
    ("usable", "asked", "databases", "size"), [(9, 5, 4, 2), (9, 1, 4, 1), (71, 10, 1, 10), (5, 3, 4, 1)]
)
def test_the_routes_and_the_login_of_its_own_fit_into_the_slots(
    usable: int, asked: int, databases: int, size: int
) -> None:
    named = tuple(f"d{number}" for number in range(databases))
    made = for_slots(usable, pool_size=asked)
    text = emit("odyssey", made, Options(pooler=Pooler(databases=named)))[0].text
    sizes = [line.split()[1] for line in acting(text) if line.split()[:1] == ["pool_size"]]
    assert sizes == [str(size)] * databases
    assert size * databases + 1 <= usable


@pytest.mark.offline
def test_what_cannot_stand_in_its_files_makes_none() -> None:
    for name in ('a"b', "a\nb", "", "a\\b"):
        with pytest.raises(WrongUsage):
            emit("odyssey", for_slots(9), Options(pooler=Pooler(databases=(name,))))
    with pytest.raises(WrongUsage, match="TCP"):
        emit("odyssey", for_slots(9), Options(pooler=Pooler(host="/run/postgresql")))
    with pytest.raises(PgconnError, match="5 connections are the fewest, and 4 slots"):
        emit("odyssey", for_slots(4), Options(pooler=Pooler(databases=("a", "b", "c", "d"))))
