"""`--emit` and `--write`: what they refuse, what goes to stdout, and what is said."""

import re
from pathlib import Path
from typing import Any

import pytest

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.emission import Emission, deliver
from pgconn.cli.output import Output
from pgconn.documents.sizing import Sizing
from pgconn.emit import FORMATS
from pgconn.emit.emitted import parse_version
from pgconn.emit.server import place_of
from pgconn.errors import PgconnError, WrongUsage
from tests.conftest import Run
from tests.emit.made import at, sizing

pytestmark = pytest.mark.offline


def emit(made: Sizing, emission: Emission, output: Output | None = None) -> None:
    assert emission.emit is not None
    deliver(emission.emit, made, emission, Connection(), output or Output())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"write": Path("x")}, "need --emit"),
        ({"force": True}, "need --emit"),
        ({"emit": "conf", "force": True}, "--force needs --write"),
        ({"emit": "conf", "write": Path("x"), "read_verifiers": True}, "--read-verifiers"),
        ({"emit": "pgbouncer", "read_verifiers": True}, "needs --write"),
        ({"emit": "pgbouncer", "write": Path("x"), "read_verifiers": True, "pooler_auth": "auth-query"}, "alone"),
        ({"emit": "pgbouncer", "pgbouncer_version": "new"}, "no version"),
        ({"emit": "pgbouncer", "pgbouncer_version": "1.17.0"}, "too old"),
        ({"emit": "conf", "pooler_user": ["app"]}, "--pooler-user goes with --emit pgbouncer, pgpool"),
        ({"emit": "pgpool", "pooler_auth": "auth-query"}, "--pooler-auth goes with --emit pgbouncer, odyssey"),
        ({"emit": "odyssey", "pooler_auth": "userlist"}, "would need the passwords"),
        ({"emit": "odyssey", "pgbouncer_version": "1.18"}, "--pgbouncer-version goes with --emit pgbouncer"),
        ({"emit": "compose", "kubernetes_form": "cloudnativepg"}, "--kubernetes-form goes with --emit kubernetes"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_done(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        Emission(**options)


@pytest.mark.parametrize("kind", FORMATS)
def test_without_write_the_files_go_to_stdout_as_they_are(kind: Any, capsys: pytest.CaptureFixture[str]) -> None:
    emit(at("rds") if kind in ("parameter-group", "rds-proxy") else sizing(), Emission(emit=kind))
    out, err = capsys.readouterr()
    assert err == ""
    telling = {"pgbouncer": "max_client_conn", "pgpool": "num_init_children", "odyssey": "pool_size"}
    assert telling.get(kind, "max_connections") in out
    files = {"pgbouncer": 4, "pgpool": 2, "odyssey": 4, "pgagroal": 3, "rds-proxy": 2}
    assert out.count("==>") == files.get(kind, 0)


def test_with_write_stdout_is_empty_and_each_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emit(sizing(), Emission(emit="pgbouncer", write=tmp_path / "etc"))
    out, err = capsys.readouterr()
    assert out == ""
    names = ("pgbouncer.ini", "userlist.txt", "userlist.sql", "limits.conf")
    assert err == "".join(f"pgconn: {tmp_path / 'etc' / name} written\n" for name in names)
    assert f"auth_file = {tmp_path / 'etc'}/userlist.txt" in (tmp_path / "etc" / "pgbouncer.ini").read_text()


def test_a_password_is_in_the_userlist_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Emission(emit="pgbouncer", write=tmp_path / "etc", pooler_auth="auth-query")
    emit(sizing(), made)
    (line,) = [
        line for line in (tmp_path / "etc" / "userlist.txt").read_text().splitlines() if not line.startswith(";")
    ]
    password = line.split('"')[3]
    assert len(password) >= 24
    others = [path for path in (tmp_path / "etc").iterdir() if password in path.read_text()]
    assert [path.name for path in others] == ["userlist.txt"]
    assert (tmp_path / "etc" / "userlist.txt").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "etc" / "auth-role.sql").stat().st_mode & 0o777 == 0o600
    assert password not in "".join(capsys.readouterr())


def test_no_password_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    emit(sizing(), Emission(emit="pgbouncer", pooler_auth="auth-query"))
    out, _ = capsys.readouterr()
    assert "SCRAM-SHA-256$" not in out
    assert 'as: "pgbouncer_auth" "password"' in out


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sizing_that_does_not_fit_makes_no_file(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(PgconnError, match="does not fit; no file was made") as refused:
        emit(sizing(fits=False), Emission(emit=kind, write=tmp_path / "x"))
    assert refused.value.exit_code == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("output", [Output(json=True), Output(output="csv")])
def test_a_file_has_no_other_format(output: Output) -> None:
    with pytest.raises(WrongUsage, match="a format of their own"):
        emit(sizing(), Emission(emit="conf"), output)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"host": "db1"}, {"host": "db1", "port": "5432"}),
        ({"host": "/run/postgresql", "port": "5433"}, {"host": "/run/postgresql", "port": "5433"}),
        ({"port": "5433"}, {"port": "5433"}),
        ({"dbname": "postgresql://u:secret@db2:6000/app"}, {"host": "db2", "port": "6000"}),
        ({"host": "db1,db2"}, {}),
        ({}, {}),
    ],
)
def test_the_server_is_that_of_the_connection(options: dict[str, Any], place: dict[str, str]) -> None:
    assert place_of(Connection(**options).target())[0] == place


@pytest.mark.parametrize(("text", "version"), [("1.18", (1, 18)), ("1.24.1", (1, 24)), ("1.25.2", (1, 25))])
def test_a_version_is_read_as_pgbouncer_writes_it(text: str, version: tuple[int, int]) -> None:
    assert parse_version(text) == version


def test_the_databases_and_roles_that_are_named_share_the_room(pgconn: Run) -> None:
    """Each pair of them has a pool, in each process: together they stay below the alert of 95 slots."""
    names = ("--pgbouncer-database", "a", "--pgbouncer-database", "b", "--pgbouncer-user", "x", "--pgbouncer-user", "y")
    text = pgconn("size", "--ram", "8G", "--processes", "2", "--emit", "pgbouncer", *names).stdout
    numbers = {name: int(value) for name, value in re.findall(r"^(\w+) = (\d+)$", text, re.MULTILINE)}
    pool = numbers["default_pool_size"] + numbers["reserve_pool_size"]
    assert pool * 2 * 2 * 2 <= 71
    assert numbers["max_db_connections"] * 2 * 2 <= 71
    refused = pgconn("size", "--ram", "8G", "--emit", "pgbouncer", "--databases", "1", *names)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--databases 1, but 2 are named" in refused.stderr


def test_a_file_that_a_service_does_not_take_is_made_and_that_is_said(pgconn: Run) -> None:
    for provider, said in (("rds", True), ("spilo", False)):
        run = pgconn("size", "--ram", "8G", "--provider", provider, "--emit", "conf")
        assert run.returncode == 0
        assert "max_connections = " in run.stdout
        assert ("RDS takes neither postgresql.conf nor ALTER SYSTEM" in run.stderr) is said


def test_who_asks_for_the_file_of_a_pooler_gets_one_between(pgconn: Run) -> None:
    asked = ("size", "--ram", "8G", "--app", "web=10x20", "--emit", "pgbouncer")
    written = pgconn(*asked)
    assert written.returncode == 0, written.stderr
    assert written.stdout == pgconn(*asked, "--pooler", "pgbouncer").stdout
    assert "default_pool_size = " in written.stdout
