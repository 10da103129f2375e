"""PgBouncer with the emitted files: it starts, lets clients in by SCRAM, and carries their traffic to the server."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgconn.demo.binaries import embedded
from pgconn.demo.clients import Target, address, connect, scalar, session, wait_until
from pgconn.demo.cluster import Cluster, free_port
from pgconn.demo.incidents.names import database, hostile_for, role
from pgconn.demo.workdir import Workdir
from pgconn.emit import emit
from pgconn.emit.emitted import LoginSecret, Options, Pooler
from pgconn.emit.ini import entries
from pgconn.emit.server import read_verifiers
from pgconn.errors import PrivilegeMissing
from pgconn.model.instance import Secret, Target as Asked
from pgconn.server import Server as Session
from pgconn.text.files import write_files
from pgconn.text.scram import new_password
from tests.emit.made import PGBOUNCER, sizing
from tests.poolers.pooler import version_of
from tests.servers import PASSWORD, Server, Source

HBA: Final = ("host all postgres all trust", "host all all all scram-sha-256")


@pytest.fixture(scope="module")
def guarded(source: Source, template: Cluster | None) -> Iterator[Server]:
    """A server that asks everybody but its superuser for a password."""
    with source.start(template, {}, hba=HBA) as server:
        yield server


def new_login() -> LoginSecret:
    password, verifier = new_password()
    return LoginSecret(password=password, verifier=verifier)


def pooler_for(server: Target, binary: Path, **changes: Any) -> Pooler:
    host, port = address(server)
    version = version_of(binary)
    return Pooler(host=host, port=str(port), version=(version[0], version[1]), **changes)


def verifiers(server: Target, *names: str) -> dict[str, str]:
    """What the server keeps of the passwords."""
    with session(server) as connection:
        rows = connection.execute("select rolname, rolpassword from pg_catalog.pg_authid").fetchall()
    return {name: text for name, text in rows if name in names}


@contextlib.contextmanager
def running(binary: Path, pooler: Pooler, **pgbouncer: int | str) -> Iterator[tuple[str, str]]:
    """PgBouncer with the files as they are, but for the port, under its own limit; gives a conninfo and its log."""
    with Workdir() as workdir:
        folder, port = workdir.path / "etc", free_port()
        here = {name: getattr(pooler, name) for name in pooler.__struct_fields__} | {"folder": str(folder)}
        made = sizing(pgbouncer=PGBOUNCER | pgbouncer)
        write_files(emit("pgbouncer", made, Options(pooler=Pooler(**here))), folder, force=False)
        ini = folder / "pgbouncer.ini"
        ini.write_text(ini.read_text().replace("listen_port = 6432", f"listen_port = {port}"))
        limit = re.search(r"LimitNOFILE=(\d+)", (folder / "limits.conf").read_text())
        assert limit is not None
        workdir.account.owns(folder)
        start = f"ulimit -n {limit[1]}; exec '{binary.resolve()}' '{ini}'"
        workdir.spawn(("/bin/sh", "-c", start), log=workdir.path / "log", gentle=signal.SIGKILL)
        log = workdir.path / "log"
        wait_until(lambda: "process up" in log.read_text(), "PgBouncer at work")
        yield make_conninfo(host="127.0.0.1", port=port, user="app", password=PASSWORD, dbname="app"), log.read_text()


def pgbench(conninfo: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """A little traffic: 4 clients, 25 transactions each."""
    folders = [str(folder) for folder in embedded().values()]
    found = shutil.which("pgbench", path=os.pathsep.join((*folders, os.environ["PATH"])))
    if found is None:
        pytest.skip("there is no pgbench")
    parameters: dict[str, Any] = {**psycopg.conninfo.conninfo_to_dict(conninfo)}
    environment = {"PGPASSWORD": str(parameters.pop("password")), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    script = Path(__file__).with_name("traffic.sql")
    return subprocess.run(
        [found, "-n", "-f", script, "-c", "4", "-t", "25", *options, make_conninfo(**parameters)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_clients_of_the_userlist_log_in_and_work(guarded: Server, pgbouncer_path: Path) -> None:
    """The descriptors that PgBouncer says it expects are those that the limit was computed from."""
    known = verifiers(guarded, "app", "app2")
    assert set(known) == {"app", "app2"}
    pooler = pooler_for(guarded, pgbouncer_path, databases=("app",), users=("app", "app2"), verifiers=known)
    with running(pgbouncer_path, pooler) as (conninfo, log):
        expected = re.search(r"max expected fd use: (\d+)", log)
        assert expected is not None
        assert int(expected[1]) == 200 + 10 + 2 + 5 * 3
        assert "WARNING" not in log
        with connect(conninfo) as connection:
            assert scalar(connection, "select current_user") == "app"
        protocol = "prepared" if pooler.version >= (1, 21) else "simple"
        ran = pgbench(conninfo, "-M", protocol)
        assert "100/100" in ran.stdout, ran.stdout + ran.stderr
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            connect(conninfo, password="wrong")
        with pytest.raises(psycopg.OperationalError):
            connect(conninfo, user="postgres")


def test_pgbouncer_says_that_the_limit_is_enough(guarded: Server, pgbouncer_path: Path) -> None:
    pooler = pooler_for(guarded, pgbouncer_path, databases=("app", "other"), users=("app",))
    with running(pgbouncer_path, pooler, max_client_conn=900, default_pool_size=40) as (_, log):
        found = re.search(r"kernel file descriptor limit: (\d+) .*max expected fd use: (\d+)", log)
        assert found is not None
        assert int(found[2]) == 900 + 10 + 2 + 40 * 2 * (0 + 1)
        assert int(found[1]) == 2 * (900 + 10 + 2 + 40 * 2 * (1 + 1))


@pytest.mark.parametrize("databases", [("app", "other"), ()], ids=["named", "every"])
def test_clients_that_are_looked_up_log_in_and_work(
    guarded: Server, pgbouncer_path: Path, databases: tuple[str, ...]
) -> None:
    """The function stands where the ini looks for it: in one database from 1.19 on, before in each."""
    login = new_login()
    pooler = pooler_for(guarded, pgbouncer_path, databases=databases, authentication="auth-query", login=login)
    files = {file.name: file.text for file in emit("pgbouncer", sizing(), Options(pooler=pooler))}
    assert login.password not in files["auth-role.sql"] + files["auth-query.sql"] + files["pgbouncer.ini"]
    one = databases[0] if databases else "postgres"
    places = [one] if pooler.version >= (1, 19) else ["app", "other"]
    with session(guarded) as connection:
        connection.execute(files["auth-role.sql"].encode())
        connection.execute("alter role app2 valid until '2020-01-01'")
    try:
        for place in places:
            with session(guarded, dbname=place) as connection:
                connection.execute(files["auth-query.sql"].encode())
        with running(pgbouncer_path, pooler) as (conninfo, _):
            with connect(conninfo, dbname="other") as connection:
                assert scalar(connection, "select current_user || current_database()") == "appother"
            assert "100/100" in pgbench(conninfo).stdout
            for refused in ({"password": "wrong"}, {"user": "postgres"}, {"user": "app2"}):
                with pytest.raises(psycopg.OperationalError):
                    connect(conninfo, **refused)
        for place in places:
            only_pgbouncer_may_ask(guarded, place, login.password)
    finally:
        clear(guarded, places)


def only_pgbouncer_may_ask(server: Target, place: str, password: str) -> None:
    """Nobody else may call the function, which tells nothing of superusers and cannot be led astray."""
    question = b"select verifier from pgbouncer.verifier_of('app')"
    with (
        session(server, dbname=place, user="app", password=PASSWORD) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(question)
    with session(server, dbname=place, user="pgbouncer_auth", password=password) as connection:
        assert str((connection.execute(question).fetchone() or [""])[0]).startswith("SCRAM-SHA-256$")
        connection.execute("create temporary table pg_authid (rolname text, rolpassword text)")
        assert str((connection.execute(question).fetchone() or [""])[0]).startswith("SCRAM-SHA-256$")
        superuser = b"select 1 from pgbouncer.verifier_of('postgres')"
        assert connection.execute(superuser).fetchone() is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select rolpassword from pg_catalog.pg_authid")


def clear(server: Target, places: list[str]) -> None:
    for place in places:
        with session(server, dbname=place) as connection:
            connection.execute("drop schema if exists pgbouncer cascade")
    with session(server) as connection:
        connection.execute("drop role if exists pgbouncer_auth")
        connection.execute("alter role app2 valid until 'infinity'")


def test_hostile_names_of_roles_and_databases_come_through(guarded: Server, pgbouncer_path: Path) -> None:
    """A database with a line break has no line in the ini, and is refused where it is named."""
    names = hostile_for(guarded)
    kinds = ("quote", "newline", "pipe", "blank", "formula", "wide", "option")
    roles = [names[kind] for kind in kinds if kind in names]
    databases = [names[kind] for kind in ("quote", "wide", "blank")] + ["a = b % c ; # e", "*"]
    with contextlib.ExitStack() as stack:
        for name in roles:
            stack.enter_context(role(guarded, name))
        for name in databases:
            stack.enter_context(database(guarded, name))
        with session(guarded) as connection:
            for name in roles:
                statement = psycopg.sql.SQL("alter role {} password {}")
                connection.execute(statement.format(psycopg.sql.Identifier(name), PASSWORD))
        known = verifiers(guarded, "app", *roles)
        assert set(known) == {"app", *roles}
        pooler = pooler_for(guarded, pgbouncer_path, databases=("app", *databases), verifiers=known)
        with running(pgbouncer_path, pooler, default_pool_size=1, max_db_connections=1) as (conninfo, _):
            for entry in entries(pooler.databases):
                with connect(conninfo, dbname=entry.key) as connection:
                    assert scalar(connection, "select current_database()") == entry.name
            for name in roles:
                with connect(conninfo, user=name) as connection:
                    assert scalar(connection, "select current_user") == name


def test_the_sql_of_an_empty_userlist_prints_its_lines(guarded: Server) -> None:
    files = {
        file.name: file.text
        for file in emit("pgbouncer", sizing(), Options(pooler=Pooler(users=("app", "app2", "it's"))))
    }
    assert not any(line.startswith('"') for line in files["userlist.txt"].splitlines())
    known = verifiers(guarded, "app", "app2")
    with session(guarded) as connection:
        rows = connection.execute(files["userlist.sql"].encode()).fetchall()
    assert [row[0] for row in rows] == [f'"{name}" "{known[name]}"' for name in ("app", "app2")]


def test_verifiers_are_read_as_superuser_and_by_nobody_else(guarded: Server) -> None:
    host, port = address(guarded)
    superuser = Asked(host=host, port=str(port), user="postgres", dbname="postgres")
    with Session.connect(superuser) as asked:
        assert read_verifiers(asked, ["app"]) == (verifiers(guarded, "app"), ())
        found, _ = read_verifiers(asked, [])
    assert "postgres" not in found
    ordinary = Asked(host=host, port=str(port), user="app", dbname=f"password={PASSWORD}")
    with Session.connect(ordinary) as asked, pytest.raises(PrivilegeMissing, match="pg_authid"):
        read_verifiers(asked, ["app"])


def test_a_login_of_our_own_is_one_that_the_server_takes(guarded: Server) -> None:
    login = new_login()
    with session(guarded) as connection:
        connection.execute(f"create role made login password '{login.verifier}'".encode())
        try:
            with session(guarded, user="made", password=login.password) as made:
                assert scalar(made, "select current_user") == "made"
        finally:
            connection.execute("drop role made")


def test_the_question_about_verifiers_names_no_superuser(guarded: Server) -> None:
    host, port = address(guarded)
    with Session.connect(Asked(host=host, port=str(port), user="postgres", dbname="postgres")) as asked:
        found = asked.ask(Secret).take(Secret)
    assert {"app", "app2"} <= {secret.name for secret in found}
    assert "postgres" not in {secret.name for secret in found}
    assert all("SCRAM" not in repr(secret) for secret in found)
