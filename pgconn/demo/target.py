"""What an incident needs to know of a server: an embedded one, a container or a PgBouncer will do."""

import contextlib
import os
import selectors
import socket
import time
from typing import Any, Final, LiteralString, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ConnStatus, PGconn, PollingStatus
from psycopg.pq.abc import PGconn as Line

from pgconn.server.disconnect import until_closed

Connection = psycopg.Connection[tuple[Any, ...]]
Override = str | int | None

PATIENCE: Final = 60.0
"""Seconds that a server is given to show a state or to end a session; most need milliseconds."""


class Target(Protocol):
    """A server to connect to; overrides are libpq's parameters, such as `user="app", dbname="other"`."""

    @property
    def major(self) -> int: ...

    def conninfo(self, **overrides: Override) -> str: ...

    def connect(self, **overrides: Override) -> Connection: ...


def connect(conninfo: str, **overrides: Override) -> Connection:
    """Connect in autocommit mode, with the simple protocol, in UTF-8 whatever the encoding of the database.

    Raises psycopg.OperationalError once the server has really turned us away: what is reserved or limited is tested
    by a backend that is in a slot already, and the slot is free again when that one has exited.
    """
    parameters = {
        "client_encoding": "UTF8",
        "connect_timeout": 10,
        "sslmode": "disable",
        "gssencmode": "disable",
        "target_session_attrs": "any",
    }
    asked: dict[str, Any] = parameters | conninfo_to_dict(conninfo, **overrides)
    line = PGconn.connect_start(make_conninfo(**asked).encode())
    if (text := _log_in(line, float(asked["connect_timeout"]))) is not None:
        with contextlib.suppress(psycopg.OperationalError, OSError):  # there is no socket where no server listens
            left = socket.socket(fileno=os.dup(line.socket))
            line.finish()
            until_closed(left, PATIENCE)
        raise psycopg.OperationalError(f"connection failed: {text}")
    line.nonblocking = 1
    connection: Connection = psycopg.Connection(line)
    connection.autocommit, connection.prepare_threshold = True, None
    connection.cursor_factory = psycopg.ClientCursor
    return connection


def _log_in(line: Line, seconds: float) -> str | None:
    """Go on until we are in, or return why we are not."""
    deadline = time.monotonic() + seconds
    while line.status != ConnStatus.BAD and (step := line.connect_poll()) != PollingStatus.FAILED:
        if step == PollingStatus.OK:
            return None
        with selectors.DefaultSelector() as ready:
            ready.register(
                line.socket, selectors.EVENT_READ if step == PollingStatus.READING else selectors.EVENT_WRITE
            )
            if not ready.select(max(0.0, deadline - time.monotonic())):
                line.finish()  # a silent one sends no end that could be waited for
                return "timeout expired"
    return line.error_message.decode(errors="replace").strip()


def address(target: Target) -> tuple[str, int]:
    """Host and port of a target."""
    parameters = conninfo_to_dict(target.conninfo())
    return str(parameters["host"]), int(str(parameters["port"]))


def scalar(connection: Connection, query: LiteralString, **parameters: object) -> Any:
    """The first column of the first row."""
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None
