"""Where the servers of the tests come from, what they are set to, and who may log in to them."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgconn.demo import clients as target
from pgconn.demo.binaries import embedded, major_of
from pgconn.demo.clients import Connection, Override, Target, scalar, session, wait_until
from pgconn.demo.cluster import TRUST, Cluster

PASSWORD: Final = "pgconn"
"""Of every role; `half` alone is asked for it."""

HBA: Final = ("host all half all scram-sha-256",)

SETTINGS: Final = {
    "max_connections": "30",
    "superuser_reserved_connections": "3",
    "reserved_connections": "2",
    "max_wal_senders": "5",
    "wal_level": "logical",
    "max_replication_slots": "5",
    "max_prepared_transactions": "5",
    "max_worker_processes": "8",
    "authentication_timeout": "60",
    "password_encryption": "scram-sha-256",
    "autovacuum_naptime": "1h",
    "fsync": "off",
}
"""A worker that autovacuum begins by itself could hold what a test drops, or look like a client that still logs in."""

_SET_BY_INCIDENTS: Final = ("autovacuum_naptime",)
"""What ALTER SYSTEM changes, which what a command line says would outrank."""

ROLES: Final = {
    "app": "",
    "app2": "",
    "oncall": "in role pg_use_reserved_connections",
    "watcher": "in role pg_monitor",
    "nobody_special": "",
    "half": "",
}
DATABASES: Final = ("app", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One major version of the server, from a folder of binaries or, without one, from a container."""

    major: int
    bindir: Path | None = None

    @property
    def name(self) -> str:
        return f"pg{self.major}" if self.bindir else f"container{self.major}"

    def param(self) -> Any:
        """The parameter for pytest, marked so that pytest-xdist keeps the tests of a server on one worker."""
        return pytest.param(self, id=self.name, marks=pytest.mark.xdist_group(self.name))

    def settings(self, changes: Mapping[str, str]) -> dict[str, str]:
        """The usual settings with these changes, less those that this major does not know."""
        chosen = SETTINGS | dict(changes)
        if self.major < 16:
            chosen.pop("reserved_connections")
        return chosen

    @contextlib.contextmanager
    def template(self) -> Iterator[Cluster | None]:
        """A server that stands still, with the usual roles and databases, to begin as; no container has one."""
        if self.bindir is None:
            yield None
            return
        with Cluster(self.bindir, self.settings({})) as template:
            provision(template)
            template.stop()
            yield template

    @contextlib.contextmanager
    def start(
        self, template: Cluster | None, changes: Mapping[str, str], *, hba: Sequence[str] = ()
    ) -> Iterator["Server"]:
        """A server with the usual roles and databases; `hba` lines come before those that trust."""
        settings = self.settings(changes)
        lines = (*hba, *HBA)
        if template:
            with Copy(template, settings, hba=lines) as copy:
                yield copy
        else:
            with _container(self.major, settings, lines) as container:
                provision(container)
                yield container


class Copy(Cluster):
    """A server that begins as a copy of one that stands still, which takes a tenth of the time of initdb.

    Its port has four digits, because pgagroal 2.1 has no room for five.
    """

    ports: ClassVar[range] = range(5500, 10000)

    def __init__(self, template: Cluster, settings: Mapping[str, str], *, hba: Sequence[str]) -> None:
        super().__init__(template.bindir, settings, hba=hba)
        self._template = template

    def _fill(self) -> None:
        self._home.run(("cp", "-R", self._template.datadir, self.datadir))


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A server in a container, as the incidents see it."""

    major: int
    host: str
    port: int
    superuser: str = "postgres"

    def __repr__(self) -> str:
        return f"<PostgreSQL {self.major} in a container, on port {self.port}>"

    def conninfo(self, **overrides: Override) -> str:
        base: dict[str, Any] = {"host": self.host, "port": self.port, "user": self.superuser}
        return make_conninfo(**base | {"dbname": "postgres"} | overrides)

    def connect(self, **overrides: Override) -> Connection:
        return target.connect(self.conninfo(**overrides))


Server = Cluster | Container


def sources(bindirs: Sequence[str], containers: Sequence[int] | None) -> list[Source]:
    """The servers to test on: those asked for, or the embedded ones."""
    asked = [Source(major=major_of(Path(bindir)), bindir=Path(bindir).resolve()) for bindir in bindirs]
    if containers is not None:
        asked += [Source(major=major) for major in containers or (16, 18)]
    return asked or [Source(major=major, bindir=bindir) for major, bindir in sorted(embedded().items())]


def provision(server: Target) -> None:
    """Make the roles and the databases that the tests count on."""
    with session(server) as connection:
        for role, more in ROLES.items():
            member = "" if "reserved" in more and server.major < 16 else more
            connection.execute(f"create role {role} login password '{PASSWORD}' {member}")
        for database in DATABASES:
            connection.execute(f"create database {database}")


@contextlib.contextmanager
def _container(major: int, settings: Mapping[str, str], hba: Sequence[str]) -> Iterator[Container]:
    try:
        from testcontainers.community.postgres import PostgresContainer
    except ImportError:  # before 4.15
        from testcontainers.postgres import PostgresContainer
    written = {name: value for name, value in settings.items() if name in _SET_BY_INCIDENTS}
    options = [part for name, value in settings.items() if name not in written for part in ("-c", f"{name}={value}")]
    image = PostgresContainer(
        f"postgres:{major}", username="postgres", password=PASSWORD, dbname="postgres", driver=None
    )
    with image.with_command(["postgres", *options]) as running:
        host = running.get_container_host_ip().replace("localhost", "127.0.0.1")
        container = Container(major=major, host=host, port=int(running.get_exposed_port(5432)))
        with session(container, password=PASSWORD) as connection:
            rules, lines = (
                "\n".join((*hba, *TRUST)),
                "\n".join(f"{name} = '{value}'" for name, value in written.items()),
            )
            running.exec(["sh", "-c", f"echo '{rules}' >'{scalar(connection, 'show hba_file')}'"])
            running.exec(["sh", "-c", f"echo \"{lines}\" >>'{scalar(connection, 'show config_file')}'"])
            connection.execute("select pg_catalog.pg_reload_conf()")
        wait_until(lambda: _trusts(container), "that it trusts us")
        yield container


def _trusts(container: Container) -> bool:
    """Whether it lets us in without a password."""
    try:
        container.connect().close()
    except psycopg.OperationalError:
        return False
    return True
