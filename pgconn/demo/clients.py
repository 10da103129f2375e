"""What an incident needs to know of a server, and client sessions that end for certain.

A session is over when its backend is, not when the connection was closed. An embedded server, a container or a
PgBouncer will do.
"""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, LiteralString, Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ConnStatus, PGconn, PollingStatus, TransactionStatus
from psycopg.pq.abc import PGconn as Line

from pgconn.errors import Unavailable
from pgconn.server.connection import until_closed

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


_REFUSALS: Final = ("too many clients already", "remaining connection slots are reserved")

_CERTAIN: Final = 3
"""Refusals in a row that mean full: the first one may be due to a backend that is still ending."""


def close(*connections: Connection) -> None:
    """Close the connections, cancel what runs on them, and return when their backends have exited."""
    left = []
    for connection in connections:
        with contextlib.suppress(psycopg.OperationalError, OSError):
            if connection.pgconn.transaction_status == TransactionStatus.ACTIVE:
                _cancel(connection)
            left.append(socket.socket(fileno=os.dup(connection.fileno())))
        connection.close()
    for line in left:
        until_closed(line, PATIENCE)


def _cancel(connection: Connection) -> None:
    """Cancel what runs there, again and again until it answers: it has no effect before the statement has begun."""
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as answer:
        answer.register(connection.fileno(), selectors.EVENT_READ)
        connection.cancel_safe(timeout=PATIENCE)
        while connection.pgconn.is_busy() and time.monotonic() < deadline:
            if answer.select(0.5):
                connection.pgconn.consume_input()
            else:
                connection.cancel_safe(timeout=PATIENCE)


@contextlib.contextmanager
def session(target: Target, **overrides: Override) -> Iterator[Connection]:
    """One session, whose slot is free again after the block."""
    connection = target.connect(**overrides)
    try:
        yield connection
    finally:
        close(connection)


@contextlib.contextmanager
def sessions(target: Target, count: int, **overrides: Override) -> Iterator[list[Connection]]:
    """So many idle sessions, all alike."""
    opened: list[Connection] = []
    try:
        for _ in range(count):
            opened.append(target.connect(**overrides))  # noqa: PERF401 - those opened are to be closed
        yield opened
    finally:
        close(*opened)


def fill(target: Target, opened: list[Connection], **who: Override) -> None:
    """Open sessions, and add them to `opened`, until the server has no slot left for such ones."""
    refused = 0
    while refused < _CERTAIN:
        try:
            opened.append(target.connect(**who))
            refused = 0
        except psycopg.OperationalError as refusal:
            if not any(text in str(refusal) for text in _REFUSALS):
                raise
            refused += 1
            time.sleep(0.05)


@contextlib.contextmanager
def control(target: Target, **where: Override) -> Iterator[Connection]:
    """A superuser's session that takes no slot: a walsender, if there is one to spare, takes any statement.

    It knows the simple protocol alone, which is what our connections speak.
    """
    try:
        connection = target.connect(replication="database", application_name="pgconn-incident", **where)
    except psycopg.OperationalError:
        connection = target.connect(application_name="pgconn-incident", **where)
    try:
        yield connection
    finally:
        close(connection)


def start(connection: Connection, statement: sql.Composable) -> None:
    """Send a statement that takes its time, and do not wait for its result."""
    connection.pgconn.send_query(statement.as_bytes(connection))


def wait_until(shown: Callable[[], bool], what: str) -> None:
    """Ask again and again until it is so; Unavailable when the server does not show `what` in time."""
    deadline = time.monotonic() + PATIENCE
    while not shown():
        if time.monotonic() > deadline:
            raise Unavailable(f"the server does not show {what}")
        time.sleep(0.02)
