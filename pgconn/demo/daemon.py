"""A program of its own that serves clients from a temporary folder, for as long as a `with` block lasts."""

import subprocess
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Self

from pgconn.demo.clients import Connection, Override, connect
from pgconn.demo.workdir import Workdir
from pgconn.errors import Unavailable


class Daemon(ABC):
    """What a server and a pooler have in common: a port on the loopback, a folder, a process, a log, an end."""

    host: Final = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self._workdir: Workdir | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def conninfo(self, **overrides: Override) -> str:
        """A libpq connection string; an override replaces a part of it."""

    @abstractmethod
    def close(self) -> None:
        """Stop and remove everything."""

    @abstractmethod
    def _begin(self, workdir: Workdir) -> None:
        """Start in this folder; what fails here is cleaned up by `close`."""

    def __enter__(self) -> Self:
        try:
            self._workdir = Workdir()
            self._begin(self._workdir)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id."""
        if self._process is None:
            raise Unavailable(f"{self!r} does not run")
        return self._process.pid

    @property
    def log(self) -> str:
        """All that it has logged so far."""
        return (self._home.path / "log").read_text(errors="replace")

    def connect(self, **overrides: Override) -> Connection:
        """Open a connection in autocommit mode."""
        return connect(self.conninfo(**overrides))

    @property
    def _home(self) -> Workdir:
        if self._workdir is None:
            raise Unavailable(f"{self!r} does not exist outside its with block")
        return self._workdir

    def _close(self) -> None:
        """Remove the folder, and end what still lives in it."""
        self._process = None
        if self._workdir is not None:
            self._workdir.close()
            self._workdir = None
