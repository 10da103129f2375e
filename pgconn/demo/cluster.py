"""A PostgreSQL server of our own, in a temporary folder, for as long as a `with` block lasts."""

import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

from psycopg.conninfo import make_conninfo

from pgconn.demo.binaries import major_of, within_reach
from pgconn.demo.clients import PATIENCE, Override, scalar, session
from pgconn.demo.daemon import Daemon
from pgconn.demo.workdir import Workdir, tail
from pgconn.errors import Unavailable

_PORTS = range(20_000, 32_000)
"""Below the ports that Linux and macOS hand to outgoing connections, which come and go."""


@cache
def loopbacks() -> tuple[str, ...]:
    """The loopback addresses of this machine, 127.0.0.1 first."""
    return tuple(host for host in ("127.0.0.1", "::1") if host == "127.0.0.1" or _free(host, 0))


def free_port(ports: range = _PORTS) -> int:
    """A port of these that is free at all loopback addresses, drawn by lot; another program may still be faster."""
    for port in random.sample(ports, 200):
        if all(_free(host, port) for host in loopbacks()):
            return port
    raise Unavailable(f"found no free port between {ports.start} and {ports.stop}")


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError:
        return False
    return True


_FRUGAL: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "8MB",
    "max_connections": "30",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "hot_standby": "on",
}
"""Settings that make a short life cheap; those that the caller gives come after them."""

TRUST: Final = (
    "local all all trust",
    "host all all all trust",
    "local replication all trust",
    "host replication all all trust",
)
_TRIES: Final = 5


class Cluster(Daemon):
    """A server on the loopback addresses and a Unix socket, with trust for everyone from there, fsync off.

    `settings` are those of postgresql.conf; `hba` are lines of pg_hba.conf, put before those that trust.
    """

    superuser: Final = "postgres"
    ports: ClassVar[range] = _PORTS

    def __init__(self, bindir: Path, settings: Mapping[str, str] | None = None, *, hba: Sequence[str] = ()) -> None:
        super().__init__()
        self.bindir = bindir
        self.major = major_of(bindir)
        self.settings = dict(settings or {})
        self.hba = tuple(hba)

    def __repr__(self) -> str:
        return f"<PostgreSQL {self.major} on port {self.port}>"

    @property
    def socket_dir(self) -> Path:
        return self._home.path

    @property
    def datadir(self) -> Path:
        return self._home.path / "data"

    def conninfo(self, **overrides: Override) -> str:
        """A libpq connection string: superuser, database `postgres`, unless an override differs."""
        base: dict[str, Any] = {"host": self.host, "port": self.port, "user": self.superuser, "dbname": "postgres"}
        return make_conninfo(**base | overrides)

    def reload(self, settings: Mapping[str, str]) -> None:
        """Change settings and wait until the server has read them; needs a free slot."""
        self.settings |= settings
        self._write_settings()
        loaded = self._loaded_at()
        os.kill(self.pid, signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while self._loaded_at() == loaded:
            if time.monotonic() > deadline:
                raise Unavailable(f"{self!r} does not read its settings", hint=tail(self.log))
            time.sleep(0.01)

    def restart(self, settings: Mapping[str, str] | None = None) -> None:
        """Stop, change settings, start again on the same port."""
        self.settings |= settings or {}
        self.stop()
        self._write_settings()
        self._launch()

    def stop(self) -> None:
        """Fast shutdown, and an immediate one when that takes more than a few seconds; the data stays."""
        if self._process is not None:
            self._home.stop(self._process, signal.SIGINT, signal.SIGQUIT)
            self._process = None

    def close(self) -> None:
        """Stop and remove everything."""
        try:
            with contextlib.suppress(OSError):
                self.stop()
        finally:
            self._close()

    def _begin(self, workdir: Workdir) -> None:
        self._programs = within_reach(self.bindir, workdir)
        self._fill()
        (self.datadir / "pg_hba.conf").write_text("\n".join((*self.hba, *TRUST)) + "\n")
        self._start()

    def _fill(self) -> None:
        """Fill the data directory."""
        options = ("-U", self.superuser, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self._home.run((self._programs / "initdb", "-D", self.datadir, *options))

    def _start(self) -> None:
        """Launch on a free port, on another one when another program was faster."""
        for attempt in range(1, _TRIES + 1):
            self.port = free_port(self.ports)
            self._write_settings()
            try:
                self._launch()
            except Unavailable:
                if attempt == _TRIES or "Address already in use" not in self.log:
                    raise
                (self._home.path / "log").unlink()
            else:
                return

    def _write_settings(self) -> None:
        places = {
            "listen_addresses": ",".join(loopbacks()),
            "port": str(self.port),
            "unix_socket_directories": str(self.socket_dir),
        }
        quoted = ((name, value.replace("'", "''")) for name, value in (_FRUGAL | places | self.settings).items())
        (self.datadir / "postgresql.conf").write_text("".join(f"{name} = '{value}'\n" for name, value in quoted))

    def _launch(self) -> None:
        """Start the postmaster as our child and wait until it lets sessions in."""
        status = self.datadir / "postmaster.pid"
        status.unlink(missing_ok=True)
        command = (self._programs / "postgres", "-D", self.datadir)
        self._process = self._home.spawn(command, log=self._home.path / "log", gentle=signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while not _ready(status):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"PostgreSQL {self.major} did not start", hint=tail(self.log))
            time.sleep(0.01)
        if "Address already in use" in self.log:
            self.stop()
            raise Unavailable(f"another program listens on port {self.port} already", hint=tail(self.log))

    def _loaded_at(self) -> Any:
        with session(self) as connection:
            return scalar(connection, "select pg_catalog.pg_conf_load_time()")


def _ready(status: Path) -> bool:
    """Whether postmaster.pid says, in its eighth line, that sessions are let in, on a hot standby too."""
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"
