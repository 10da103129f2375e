"""No slot left: for any role, for ordinary roles, for a role, for a database; slots held before a login."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Final

from psycopg import sql

from pgconn.demo.clients import PATIENCE, Connection, Override, Target, address, close, fill, sessions
from pgconn.demo.incidents.names import database, role
from pgconn.errors import Unavailable
from pgconn.server.connection import until_closed

_PROTOCOL: Final = 3 << 16


@contextlib.contextmanager
def full_to_the_reserve(target: Target, **who: Override) -> Iterator[list[Connection]]:
    """Idle sessions of an ordinary role (`app`) in every slot that it may take."""
    opened: list[Connection] = []
    try:
        fill(target, opened, **({"user": "app", "dbname": "app"} | who))
        yield opened
    finally:
        close(*opened)


@contextlib.contextmanager
def full(target: Target, **who: Override) -> Iterator[list[Connection]]:
    """Idle sessions in every slot: of an ordinary role first, of the superuser in what is reserved."""
    with full_to_the_reserve(target, **who) as opened:
        fill(target, opened)
        yield opened


@contextlib.contextmanager
def role_limit(target: Target, limit: int = 3, name: str = "limited") -> Iterator[list[Connection]]:
    """A role with a CONNECTION LIMIT that its idle sessions have reached."""
    with role(target, name, sql.SQL("connection limit {}").format(limit)), sessions(target, limit, user=name) as opened:
        yield opened


@contextlib.contextmanager
def database_limit(
    target: Target, limit: int = 3, name: str = "limited", **who: Override
) -> Iterator[list[Connection]]:
    """A database with a CONNECTION LIMIT that idle sessions of an ordinary role (`app`) have reached."""
    with (
        database(target, name, sql.SQL("connection limit {}").format(limit)),
        sessions(target, limit, **{"user": "app", **who, "dbname": name}) as opened,
    ):
        yield opened


@contextlib.contextmanager
def half_authenticated(
    target: Target, count: int = 1, user: str = "half", replication: str = "false"
) -> Iterator[list[socket.socket]]:
    """Clients that were asked for a password and are silent, each in a slot until authentication_timeout.

    With `replication="database"` each is in a walsender's place. The server must ask that role for a password.
    """
    asked: list[socket.socket] = []
    try:
        for _ in range(count):
            asked.append(socket.create_connection(address(target), timeout=PATIENCE))
            _half_authenticate(asked[-1], user, replication)
        yield asked
    finally:
        for client in asked:
            until_closed(client, PATIENCE)


def _half_authenticate(client: socket.socket, user: str, replication: str) -> None:
    """Send a startup packet and wait for the server to ask for a password."""
    asked = f"user\0{user}\0database\0postgres\0replication\0{replication}\0\0"
    body = struct.pack("!i", _PROTOCOL) + asked.encode()
    client.sendall(struct.pack("!i", len(body) + 4) + body)
    answer = client.recv(9, socket.MSG_WAITALL)
    if answer[:1] != b"R" or answer[5:] == bytes(4):
        raise Unavailable(f"the server does not ask {user} for a password", hint="pg_hba.conf must say scram-sha-256")
