"""What an incident needs to know of a server: an embedded one, a container or a PgBouncer will do."""

from typing import Any, LiteralString, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Connection = psycopg.Connection[tuple[Any, ...]]
Override = str | int | None


class Target(Protocol):
    """A server to connect to; overrides are libpq's parameters, such as `user="app", dbname="other"`."""

    @property
    def major(self) -> int: ...

    def conninfo(self, **overrides: Override) -> str: ...

    def connect(self, **overrides: Override) -> Connection: ...


def connect(conninfo: str, **overrides: Override) -> Connection:
    """Connect in autocommit mode, with the simple protocol, in UTF-8 whatever the encoding of the database."""
    parameters = {
        "client_encoding": "UTF8",
        "connect_timeout": 10,
        "sslmode": "disable",
        "gssencmode": "disable",
        "target_session_attrs": "any",
    }
    asked: dict[str, Any] = parameters | conninfo_to_dict(conninfo, **overrides)
    return psycopg.connect(
        make_conninfo(**asked), autocommit=True, prepare_threshold=None, cursor_factory=psycopg.ClientCursor
    )


def address(target: Target) -> tuple[str, int]:
    """Host and port of a target."""
    parameters = conninfo_to_dict(target.conninfo())
    return str(parameters["host"]), int(str(parameters["port"]))


def scalar(connection: Connection, query: LiteralString, **parameters: object) -> Any:
    """The first column of the first row."""
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None
