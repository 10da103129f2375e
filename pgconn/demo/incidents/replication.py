"""Walsenders: they have places of their own, and max_wal_senders counts them."""

import contextlib
from collections.abc import Iterator

from psycopg import sql

from pgconn.demo.clients import control, sessions, start, wait_until
from pgconn.demo.target import Connection, Override, Target, scalar


@contextlib.contextmanager
def physical_walsenders(target: Target, count: int = 1, **who: Override) -> Iterator[list[Connection]]:
    """Physical walsenders, as pg_basebackup and standbys open them, that were sent no command yet."""
    with sessions(target, count, **{"application_name": "physical", **who, "replication": "true"}) as opened:
        yield opened


@contextlib.contextmanager
def logical_walsenders(target: Target, count: int = 1, **who: Override) -> Iterator[list[Connection]]:
    """Walsenders of a database, as logical subscribers open them, that were sent no command yet."""
    with sessions(target, count, **{"application_name": "logical", **who, "replication": "database"}) as opened:
        yield opened


@contextlib.contextmanager
def logical_stream(target: Target, slot: str = "stream", **who: Override) -> Iterator[Connection]:
    """A logical walsender that streams from a slot; needs wal_level = logical and a slot to spare."""
    # A client that never reports back is otherwise put out after wal_sender_timeout.
    usual: dict[str, Override] = {"application_name": "logical-stream", "options": "-c wal_sender_timeout=0"}
    with sessions(target, 1, **{**usual, **who, "replication": "database"}) as (connection,):
        name = sql.Identifier(slot)
        connection.execute(sql.SQL("CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL pgoutput").format(name))
        options = sql.SQL("(proto_version '1', publication_names 'nothing')")
        start(connection, sql.SQL("START_REPLICATION SLOT {} LOGICAL 0/0 {}").format(name, options))
        with control(target) as observer:
            pid = connection.info.backend_pid
            wait_until(lambda: _state(observer, pid) == "streaming", "a walsender that streams")
        yield connection


def _state(observer: Connection, pid: int) -> str | None:
    question = "select state from pg_catalog.pg_stat_replication where pid = %(pid)s"
    state: str | None = scalar(observer, question, pid=pid)
    return state
