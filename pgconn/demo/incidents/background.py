"""Processes with places of their own: walsenders, autovacuum and parallel workers."""

import contextlib
from collections.abc import Iterator

from psycopg import sql

from pgconn.demo.clients import Connection, Override, Target, control, scalar, sessions, start, wait_until
from pgconn.demo.incidents.names import table


@contextlib.contextmanager
def parallel_workers(target: Target, workers: int = 2, **who: Override) -> Iterator[Connection]:
    """A query whose `workers` parallel workers are busy for as long as the block lasts."""
    where: dict[str, Override] = {"dbname": who["dbname"]} if "dbname" in who else {}
    # A row a page, so that every worker finds one of its own to sleep at.
    pages = sql.SQL(
        "with (fillfactor = 10, parallel_workers = {}) as select id, repeat('x', 500) from generate_series(1, 100) id"
    ).format(workers)
    with table(target, "pages", pages, **where) as rows, sessions(target, 1, **who) as (leader,):
        leader.execute(
            sql.SQL(
                "set parallel_setup_cost = 0; set parallel_tuple_cost = 0;"
                " set parallel_leader_participation = off;"
                " set max_parallel_workers_per_gather = {}; set max_parallel_workers = {}"
            ).format(workers, workers)
        )
        start(leader, sql.SQL("select count(*) from {} where pg_catalog.pg_sleep(3600) is null").format(rows))
        with control(target) as observer:
            pid = leader.info.backend_pid
            wait_until(lambda: _workers(observer, pid) == workers, f"{workers} parallel workers")
        yield leader


@contextlib.contextmanager
def autovacuum(target: Target, **where: Override) -> Iterator[int]:
    """An autovacuum worker, by its pid, that is busy with one table for minutes."""
    options = sql.SQL(
        "with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
        " as select id, repeat('x', 500) from generate_series(1, 10000) id"
    )
    with table(target, "bloated", options, **where) as bloated:
        with _impatient(target), control(target, **where) as connection:
            connection.execute(sql.SQL("delete from {} where id % 2 = 0").format(bloated))
            wait_until(lambda: _vacuum(connection, bloated) is not None, "an autovacuum worker")
            pid = _vacuum(connection, bloated)
        yield int(pid or 0)


@contextlib.contextmanager
def _impatient(target: Target) -> Iterator[None]:
    """An autovacuum launcher that looks around every second, and begins a worker each time."""
    with control(target) as connection:
        connection.execute("alter system set autovacuum_naptime = '1s'")
        connection.execute("select pg_catalog.pg_reload_conf()")
    try:
        yield
    finally:
        with control(target) as connection:
            connection.execute("alter system reset autovacuum_naptime")
            connection.execute("select pg_catalog.pg_reload_conf()")


def _workers(observer: Connection, leader: int) -> int:
    """How many workers of this leader are at work, each at a row; a worker is shown before it begins."""
    question = (
        "select count(*) from pg_catalog.pg_stat_activity"
        " where leader_pid = %(leader)s and pid <> leader_pid and state = 'active' and wait_event = 'PgSleep'"
    )
    return int(scalar(observer, question, leader=leader))


def _vacuum(observer: Connection, bloated: sql.Identifier) -> int | None:
    question = "select pid from pg_catalog.pg_stat_progress_vacuum where relid = pg_catalog.to_regclass(%(name)s)"
    pid: int | None = scalar(observer, question, name=bloated.as_string())
    return pid


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
