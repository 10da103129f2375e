"""Poolers that run with emitted files as they stand, but for ports and folders, which must be the test's own."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from pgconn.demo.clients import Target, address, control, scalar, session
from pgconn.demo.incidents.names import database, role
from pgconn.documents.sizing import PoolSize, Sizing
from pgconn.emit import emit
from pgconn.emit.emitted import Kind, LoginSecret, Options, Pooler as Named
from pgconn.text.files import write_files
from pgconn.text.scram import new_password
from tests.emit.made import PGBOUNCER, sizing
from tests.poolers.odyssey import Odyssey
from tests.poolers.pgagroal import Pgagroal
from tests.poolers.pgpool import Pgpool
from tests.poolers.pooler import Pooler
from tests.servers import PASSWORD

HBA: Final = ("host all postgres all trust", "host all all all scram-sha-256")
ROLES: Final = ("app", "app2", "odyssey_auth")


def for_slots(usable: int, *, clients: int = 8, pool_size: int = 1, reserve: int = 0, **more: Any) -> Sizing:
    """A sizing in which pools may take so many slots, for so many clients."""
    numbers = PGBOUNCER | {"default_pool_size": pool_size, "reserve_pool_size": reserve}
    peak = PoolSize(app="web", instances=1, surge=1, pool_size=clients, peak=clients)
    return sizing(slots={"for_pools": usable}, pgbouncer=numbers, pools=(peak,), **more)


def backends(server: Target, *roles: str) -> int:
    """The client backends of these roles, or of all that come through a pooler."""
    question = (
        "select count(*) from pg_catalog.pg_stat_activity "
        "where usename = any(%(roles)s) and backend_type = 'client backend'"
    )
    with control(server) as connection:
        return int(scalar(connection, question, roles=list(roles or ROLES)))


@contextlib.contextmanager
def named(server: Target, databases: Sequence[str], roles: Sequence[str]) -> Iterator[None]:
    """Databases and roles of these names, the roles with the password of all others."""
    with contextlib.ExitStack() as stack:
        for name in roles:
            stack.enter_context(role(server, name))
        for name in databases:
            stack.enter_context(database(server, name))
        with session(server) as connection:
            for name in roles:
                statement = sql.SQL("alter role {} password {}")
                connection.execute(statement.format(sql.Identifier(name), PASSWORD))
        yield


def arrive(pooler: Pooler, databases: Sequence[str], roles: Sequence[str]) -> None:
    """Each of the roles comes to each of the databases, and is there who it says."""
    for place in databases:
        for name in roles:
            conninfo = pooler.conninfo(user=name, password=PASSWORD, dbname=place)
            with psycopg.connect(conninfo, autocommit=True) as connection:
                found = connection.execute("select current_user::text, current_database()::text").fetchone()
            assert found == (name, place)


def _write(kind: Kind, made: Sizing, server: Target, folder: Path, names: dict[str, Any]) -> None:
    host, port = address(server)
    pooler = Named(host=host, port=str(port), folder=str(folder), **names)
    write_files(emit(kind, made, Options(pooler=pooler)), folder, force=True)


def _replace(path: Path, pattern: str, text: str) -> None:
    """Put one line of the test in the place of the file's."""
    changed, count = re.subn(pattern, text, path.read_text(), flags=re.MULTILINE)
    assert count == 1, (pattern, path.read_text())
    path.write_text(changed)


class StartedPgpool(Pgpool):
    """Pgpool-II with the files, its passwords put in as they say."""

    def __init__(self, binary: Path, server: Target, made: Sizing, **names: Any) -> None:
        super().__init__(binary, server)
        self.made, self.names = made, names

    def _configure(self, folder: Path) -> None:
        _write("pgpool", self.made, self.server, folder, self.names)
        conf, key = folder / "pgpool.conf", folder / ".pgpoolkey"
        _replace(conf, r"^port = 9999$", f"port = {self.port}")
        here = f"unix_socket_directories = '{folder}'\npcp_socket_dir = '{folder}'\npid_file_name = '{folder}/pid'\n"
        conf.write_text(f"{conf.read_text()}{here}pcp_listen_addresses = ''\nwork_dir = '{folder}'\n")
        (folder / "pcp.conf").write_text("")
        key.write_text("a key of the test")
        key.chmod(0o600)
        self._home.account.owns(folder)
        for user in self.names["users"]:
            command = ("pg_enc", "-m", "-k", key, "-f", conf, "-u", user, PASSWORD)
            self._home.run((self.binary.with_name("pg_enc").resolve(), *command[1:]))

    def _command(self, folder: Path) -> Sequence[str | Path]:
        return (*super()._command(folder), "-k", folder / ".pgpoolkey")


class StartedPgagroal(Pgagroal):
    """pgagroal with the files, its users put in as they say."""

    def __init__(self, binary: Path, server: Target, made: Sizing, **names: Any) -> None:
        super().__init__(binary, server)
        self.made, self.names = made, names

    def _configure(self, folder: Path) -> None:
        _write("pgagroal", self.made, self.server, folder, self.names)
        _replace(folder / "pgagroal.conf", r"^port = 2345$", f"port = {self.port}")
        _replace(folder / "pgagroal.conf", r"^unix_socket_dir = .*$", f"unix_socket_dir = {folder}")
        if not (folder / "pgagroal_users.conf").exists():
            self._register(folder, set(self.names["users"]))

    def _command(self, folder: Path) -> Sequence[str | Path]:
        return (*super()._command(folder), "-u", folder / "pgagroal_users.conf")

    def asked(self, *words: str) -> str:
        """What its own program says of it."""
        program = self.binary.with_name("pgagroal-cli").resolve()
        return self._home.run((program, "-c", self._home.path / "pgagroal.conf", *words))


class StartedOdyssey(Odyssey):
    """Odyssey with the files, its role and function made as they say; with `configured` its log says what it read."""

    def __init__(self, binary: Path, server: Target, made: Sizing, **names: Any) -> None:
        super().__init__(binary, server)
        password, verifier = new_password()
        self.login = LoginSecret(password=password, verifier=verifier)
        self.made, self.names = made, names | {"login": self.login}
        self._place = (*names.get("databases", ()), "postgres")[0]

    def _configure(self, folder: Path) -> None:
        _write("odyssey", self.made, self.server, folder, self.names)
        _replace(folder / "odyssey.conf", r"^    port 6432$", f"    port {self.port}")
        _replace(folder / "odyssey.conf", r"^log_stats no$", "log_stats no\nlog_config yes")
        with session(self.server, dbname=self._place) as connection:
            connection.execute("drop schema if exists odyssey cascade")
            connection.execute("drop role if exists odyssey_auth")
            for name in ("auth-role.sql", "auth-query.sql"):
                connection.execute((folder / name).read_bytes())

    def close(self) -> None:
        """End it, and remove its role and function."""
        super().close()
        with session(self.server, dbname=self._place) as connection:
            connection.execute("drop schema if exists odyssey cascade")
            connection.execute("drop role if exists odyssey_auth")
