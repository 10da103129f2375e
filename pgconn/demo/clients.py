"""Client sessions that end for certain: a session is over when its backend is, not when we closed the connection."""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from typing import Final

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgconn.demo.target import PATIENCE, Connection, Override, Target
from pgconn.errors import Unavailable
from pgconn.server.disconnect import until_closed

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
