"""A PgBouncer in front of a server, for as long as a `with` block lasts."""

import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgconn.demo.clients import PATIENCE, Connection, Override, Target, control, scalar, session, wait_until
from pgconn.demo.cluster import free_port
from pgconn.demo.daemon import Daemon
from pgconn.demo.workdir import Workdir, tail
from pgconn.errors import Unavailable

_TRIES: Final = 5


class PgBouncer(Daemon):
    """A PgBouncer that trusts every role of its server that may log in; the superuser is its admin.

    `settings` are those of pgbouncer.ini; `databases` are lines of its section of that name, `app = pool_size=2`.
    """

    def __init__(
        self,
        binary: Path,
        server: Target,
        pool_mode: str = "session",
        *,
        settings: Mapping[str, str] | None = None,
        databases: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.server = server
        self.major = server.major
        self.version = version_of(binary)
        self.pool_mode = pool_mode
        self.settings = dict(settings or {})
        self._binary = binary
        self._databases = databases

    def __repr__(self) -> str:
        return f"<PgBouncer {'.'.join(map(str, self.version))} on port {self.port}, {self.pool_mode} pooling>"

    def conninfo(self, **overrides: Override) -> str:
        """A libpq connection string that leads through PgBouncer as the server's own leads to the server."""
        base: dict[str, Any] = {**conninfo_to_dict(self.server.conninfo()), "host": self.host, "port": self.port}
        return make_conninfo(**base | overrides)

    def close(self) -> None:
        """Kill it, remove its folder and wait until the server has noticed."""
        ports: set[int] = set()
        if self._process is not None and self._process.poll() is None:
            connections = psutil.Process(self._process.pid).net_connections("tcp")
            ports = {connection.laddr.port for connection in connections if connection.raddr}
        self._close()
        if ports:
            with control(self.server) as observer:
                wait_until(lambda: not _remaining(observer, ports), "that PgBouncer's sessions are gone")

    def _begin(self, workdir: Workdir) -> None:
        """Launch on a free port, on another one when another program was faster."""
        log = workdir.path / "log"
        for _ in range(_TRIES):
            self.port = free_port()
            self._configure(workdir.path)
            workdir.account.owns(workdir.path)
            command = (self._binary.resolve(), workdir.path / "pgbouncer.ini")
            self._process = workdir.spawn(command, log=log, gentle=signal.SIGKILL)
            if self._listens():
                return
            workdir.stop(self._process)
        raise Unavailable(f"{self._binary} did not start", hint=tail(log.read_text(errors="replace")))

    def _listens(self) -> bool:
        """Whether it takes connections before it gives up."""
        deadline = time.monotonic() + PATIENCE
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            try:
                with session(self, dbname="pgbouncer"):
                    return True
            except psycopg.OperationalError:
                time.sleep(0.02)
        return False

    def _configure(self, folder: Path) -> None:
        server = conninfo_to_dict(self.server.conninfo())
        place = f"host={server['host']} port={server['port']}"
        settings = {
            "listen_addr": self.host,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(folder / "users.txt"),
            "admin_users": str(server["user"]),
            "pool_mode": self.pool_mode,
            "server_tls_sslmode": "disable",
        } | self.settings
        with session(self.server) as connection:
            names = connection.execute("select rolname from pg_catalog.pg_roles where rolcanlogin").fetchall()
        password = str(server.get("password") or "")
        users = "".join(f"{_quoted(name)} {_quoted(password)}\n" for (name,) in names)
        (folder / "users.txt").write_text(users)
        lines = ["[databases]", *(f"{line} {place}" for line in self._databases), f"* = {place}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")


def version_of(binary: Path) -> tuple[int, ...]:
    """The version of a PgBouncer, such as (1, 24, 1)."""
    output = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"PgBouncer (\d+(?:\.\d+)*)", output)
    if found is None:
        raise Unavailable(f"{binary} is no PgBouncer")
    return tuple(int(part) for part in found[1].split("."))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _remaining(observer: Connection, ports: set[int]) -> int:
    """How many sessions of the server come from these ports."""
    question = "select count(*) from pg_catalog.pg_stat_activity where client_port = any(%(ports)s::int[])"
    return int(scalar(observer, question, ports=sorted(ports)))
