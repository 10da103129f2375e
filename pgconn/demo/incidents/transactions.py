"""Transactions that were left open: idle, aborted, waiting for each other, prepared."""

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import sql

from pgconn.demo.clients import Connection, Override, Target, control, scalar, sessions, start, wait_until
from pgconn.demo.incidents.names import table


@contextlib.contextmanager
def idle_in_transaction(target: Target, count: int = 1, **who: Override) -> Iterator[list[Connection]]:
    """Sessions that began a transaction, wrote (each has a transaction id) and went silent."""
    with sessions(target, count, **who) as opened:
        for connection in opened:
            connection.execute("begin")
            connection.execute("select pg_catalog.txid_current()")
        yield opened


@contextlib.contextmanager
def aborted_in_transaction(target: Target, count: int = 1, **who: Override) -> Iterator[list[Connection]]:
    """Sessions whose transaction failed and was neither rolled back nor committed."""
    with sessions(target, count, **who) as opened:
        for connection in opened:
            connection.execute("begin")
            with contextlib.suppress(psycopg.errors.DivisionByZero):
                connection.execute("select 1 / 0")
        yield opened


@contextlib.contextmanager
def lock_queue(
    target: Target, waiters: int = 3, name: str = "queue", **who: Override
) -> Iterator[tuple[Connection, list[Connection]]]:
    """A holder, idle in transaction, of a row that `waiters` others want to update; they queue for it."""
    where: dict[str, Override] = {"dbname": who["dbname"]} if "dbname" in who else {}
    rows = sql.SQL("as select 1 as id, 0 as stock")
    with (
        table(target, name, rows, **where) as stock,
        sessions(target, 1, **who) as (holder,),
        sessions(target, waiters, **who) as queue,
    ):
        update = sql.SQL("update {} set stock = stock - 1 where id = 1").format(stock)
        holder.execute("begin")
        holder.execute(update)
        for waiter in queue:
            start(waiter, update)
        pids = [waiter.info.backend_pid for waiter in queue]
        with control(target) as observer:
            wait_until(lambda: _blocked(observer, pids) == waiters, f"{waiters} sessions that wait for a row")
        yield holder, queue


@contextlib.contextmanager
def prepared_transactions(target: Target, count: int = 1, **who: Override) -> Iterator[list[str]]:
    """Transactions that were prepared for two-phase commit and forgotten; no session belongs to them."""
    names = [f"forgotten-{number}" for number in range(1, count + 1)]
    prepared: list[str] = []
    where: dict[str, Override] = {"dbname": who["dbname"]} if "dbname" in who else {}
    try:
        with sessions(target, 1, **who) as (connection,):
            for name in names:
                connection.execute("begin")
                connection.execute("select pg_catalog.txid_current()")
                connection.execute(sql.SQL("prepare transaction {}").format(name))
                prepared.append(name)
        yield names
    finally:
        with control(target, **where) as connection:
            for name in prepared:
                with contextlib.suppress(psycopg.errors.UndefinedObject):
                    connection.execute(sql.SQL("rollback prepared {}").format(name))


def _blocked(observer: Connection, pids: list[int]) -> int:
    """How many of these backends wait for another one, and show it; a backend queues for its lock before it does."""
    count = (
        "select count(*) from pg_catalog.pg_stat_activity"
        " where pid = any(%(pids)s::int[]) and wait_event_type = 'Lock' and pg_catalog.pg_blocking_pids(pid) <> '{}'"
    )
    return int(scalar(observer, count, pids=pids))
