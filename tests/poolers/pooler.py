"""What all poolers have in common: a program, a port, a configuration, and sessions on the server that go with it."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import psutil
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgconn.demo.clients import PATIENCE, Connection, Override, Target, control, scalar, wait_until
from pgconn.demo.cluster import free_port
from pgconn.demo.daemon import Daemon
from pgconn.demo.workdir import Workdir, tail
from pgconn.errors import Unavailable

_TRIES: Final = 5


class Pooler(Daemon):
    """A pooler that trusts every role of its server that may log in.

    `settings` are those of its configuration file, in its own names and notation; `pool_mode` is session or
    transaction, and is passed over by those that know one alone. `server_port` is where the pooler looks for the
    server, if that is elsewhere.
    """

    program: ClassVar[str]
    modes: ClassVar[tuple[str, ...]] = ("session",)

    def __init__(
        self,
        binary: Path,
        server: Target,
        pool_mode: str = "session",
        *,
        settings: Mapping[str, str] | None = None,
        databases: tuple[str, ...] = (),
        server_port: int | None = None,
    ) -> None:
        super().__init__()
        self.server = server
        self._server_port = server_port
        self.major = server.major
        self.version = version_of(binary)
        self.pool_mode = pool_mode
        self.settings = dict(settings or {})
        self.binary = binary
        self.databases = databases

    def __repr__(self) -> str:
        version = ".".join(map(str, self.version))
        return f"<{type(self).__name__} {version} on port {self.port}, {self.pool_mode} pooling>"

    def conninfo(self, **overrides: Override) -> str:
        """A libpq connection string that leads through the pooler as the server's own leads to the server."""
        base: dict[str, Any] = {**conninfo_to_dict(self.server.conninfo()), "host": self.host, "port": self.port}
        return make_conninfo(**base | overrides)

    def close(self) -> None:
        """End it with all its processes, remove its folder and wait until the server has noticed."""
        ports: set[int] = set()
        if self._process is not None and self._process.poll() is None:
            main = self._process.pid
            ports = {port for process in _of_session(main) for port in _ports(process)}
            self._home.stop(self._process, *self._gentle())
            for process in _of_session(main):  # a worker of pgagroal outlives the others
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self._close()
        if ports:
            with control(self.server) as observer:
                wait_until(lambda: not _remaining(observer, ports), f"that the sessions of {self!r} are gone")

    @abstractmethod
    def _configure(self, folder: Path) -> None:
        """Write its files for the port that `self.port` names."""

    @abstractmethod
    def _command(self, folder: Path) -> Sequence[str | Path]:
        """How it is started, in the foreground."""

    def _gentle(self) -> tuple[signal.Signals, ...]:
        """The signals that ask it to end before SIGKILL does."""
        return ()

    def _begin(self, workdir: Workdir) -> None:
        """Launch on a free port, on another one when another program was faster."""
        log = workdir.path / "log"
        for _ in range(_TRIES):
            self.port = free_port()
            self._configure(workdir.path)
            workdir.account.owns(workdir.path)
            self._process = workdir.spawn(self._command(workdir.path), log=log, gentle=signal.SIGKILL)
            if self._listens():
                return
            workdir.stop(self._process)
        raise Unavailable(f"{self.binary} did not start", hint=tail(log.read_text(errors="replace")))

    def _listens(self) -> bool:
        """Whether it takes connections before it gives up."""
        deadline = time.monotonic() + PATIENCE
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        return False

    def _answers(self) -> bool:
        """Whether its port is open; a session of the server's would stay in its cache."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=1.0):
            return True
        return False

    def _server(self) -> dict[str, str]:
        """Libpq's parameters of the server behind it."""
        known = {name: str(value) for name, value in conninfo_to_dict(self.server.conninfo()).items()}
        return known | ({"port": str(self._server_port)} if self._server_port else {})

    def _roles(self) -> list[str]:
        """The roles of the server that may log in."""
        with control(self.server) as connection:
            names = connection.execute("select rolname from pg_catalog.pg_roles where rolcanlogin").fetchall()
        return [name for (name,) in names]


def version_of(binary: Path) -> tuple[int, ...]:
    """The version of a pooler's program, such as (1, 24, 1)."""
    asked = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+(?:\.\d+)+)", asked.stdout + asked.stderr)
    if found is None:
        raise Unavailable(f"{binary} does not say its version")
    return tuple(int(part) for part in found[1].split("."))


def _of_session(leader: int) -> list[psutil.Process]:
    """The processes of the session that this one leads, also when it has gone."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(process.pid) == leader:
                found.append(process)
    return found


def _ports(process: psutil.Process) -> set[int]:
    """The local ports of a process's connections."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return {connection.laddr.port for connection in process.net_connections("tcp") if connection.raddr}
    return set()


def _remaining(observer: Connection, ports: set[int]) -> int:
    """How many sessions of the server come from these ports."""
    question = "select count(*) from pg_catalog.pg_stat_activity where client_port = any(%(ports)s::int[])"
    return int(scalar(observer, question, ports=sorted(ports)))
