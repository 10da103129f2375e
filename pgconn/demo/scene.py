"""What `pgconn demo` shows: a shop whose server is nearly out of slots, with a cause for every one of them."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from psycopg import sql

from pgconn.demo.binaries import embedded_bindir, major_of
from pgconn.demo.clients import Override, control, scalar, session, sessions, start, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.transactions import aborted_in_transaction, idle_in_transaction, lock_queue
from pgconn.demo.relay import Relay, relays

DATABASE: Final = "shop"
"""The database to look at first."""

_SETTINGS: Final = {
    "max_connections": "40",
    "superuser_reserved_connections": "3",
    "max_wal_senders": "4",
    "max_worker_processes": "4",
    "cluster_name": "demo",
}

_ROLES: Final = {
    "shop_checkout": "",
    "shop_web": "",
    "shop_orders": "",
    "analyst": "connection limit 2",
    "metrics": "in role pg_monitor",
}

_TABLES: Final = """
create table carts as select id, id % 7 = 0 as paid from generate_series(1, 1000) as id;
create table products as select id, 'product ' || id as name from generate_series(1, 1000) as id;
create table orders as
  select id, date '2024-01-01' + id % 90 as day, id % 50 as total from generate_series(1, 1000) as id;
grant all on carts, products, orders to public
"""

_LEAK: Final = "select id, paid from carts where id = %(cart)s"
_PAGE: Final = "select id, name from products order by id limit 20"
_REPORT: Final = "select day, sum(total) from orders, pg_catalog.pg_sleep(86400) group by day order by day"

_SEARCH: Final = "select id from products, pg_catalog.pg_sleep(86400) where name like '%1%'"

Ways = Mapping[str, Relay]
"""How to come from an address."""

_ADDRESSES: Final = ("127.0.0.11", "127.0.0.12", "127.0.0.21", "127.0.0.22", "127.0.0.23", "127.0.0.31")


@contextlib.contextmanager
def shop(bindir: Path | None = None) -> Iterator[Cluster]:
    """A server with 40 slots, 33 of them held: an ordinary role can open two more (four before version 16)."""
    chosen = bindir or embedded_bindir()
    settings = _SETTINGS | ({"reserved_connections": "2"} if major_of(chosen) >= 16 else {})
    with Cluster(chosen, settings) as cluster:
        _build(cluster)
        with relays(cluster, *_ADDRESSES) as ways, contextlib.ExitStack() as sessions_of:
            for part in (_operators, _leak, _pool, _open_transactions, _work):
                sessions_of.enter_context(part(cluster, ways))
            yield cluster


def _build(cluster: Cluster) -> None:
    """Roles, a database and its tables; they go when the server goes."""
    with session(cluster) as connection:
        for name, options in _ROLES.items():
            connection.execute(sql.SQL("create role {} login {}").format(sql.Identifier(name), sql.SQL(options)))
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    with session(cluster, dbname=DATABASE) as connection:
        connection.execute(_TABLES)


@contextlib.contextmanager
def _operators(cluster: Cluster, _: Ways) -> Iterator[None]:
    """A superuser's forgotten psql on the socket, in an ordinary slot, and a probe that gives itself no name."""
    psql: dict[str, Override] = {"host": str(cluster.socket_dir), "dbname": DATABASE, "application_name": "psql"}
    with sessions(cluster, 1, **psql) as (forgotten,), sessions(cluster, 1, user="metrics"):
        forgotten.execute("show max_connections")
        yield


@contextlib.contextmanager
def _leak(cluster: Cluster, ways: Ways) -> Iterator[None]:
    """An application that opens a session a request and closes none: 15, from two machines."""
    who: dict[str, Override] = {"user": "shop_checkout", "dbname": DATABASE, "application_name": "checkout-api"}
    with (
        sessions(cluster, 8, **who, **ways["127.0.0.11"].place) as one,
        sessions(cluster, 7, **who, **ways["127.0.0.12"].place) as two,
    ):
        for number, connection in enumerate((*one, *two)):
            connection.execute(_LEAK, {"cart": 4711 + number})
        yield


@contextlib.contextmanager
def _pool(cluster: Cluster, ways: Ways) -> Iterator[None]:
    """A web application of three pods, each with a pool that is idle for the most part: 9, one at work."""
    who: dict[str, Override] = {"user": "shop_web", "dbname": DATABASE, "application_name": "web"}
    with contextlib.ExitStack() as pods:
        for pod in ("127.0.0.21", "127.0.0.22", "127.0.0.23"):
            pool = pods.enter_context(sessions(cluster, 3, **who, **ways[pod].place))
            for connection in pool:
                connection.execute(_PAGE)
        start(pool[0], sql.SQL(_SEARCH))
        _wait_for_work(cluster, "web", 1)
        yield


@contextlib.contextmanager
def _open_transactions(cluster: Cluster, ways: Ways) -> Iterator[None]:
    """Transactions left open: one that two others wait for, one that holds nothing, one that failed."""
    who: dict[str, Override] = {"user": "shop_orders", "dbname": DATABASE, **ways["127.0.0.12"].place}
    with (
        lock_queue(cluster, 2, "stock", application_name="orders-worker", **who),
        idle_in_transaction(cluster, 1, application_name="orders-worker", **who),
        aborted_in_transaction(cluster, 1, application_name="orders-import", **who),
    ):
        yield


@contextlib.contextmanager
def _work(cluster: Cluster, ways: Ways) -> Iterator[None]:
    """Reports, which are real work, up to the CONNECTION LIMIT of their role."""
    who: dict[str, Override] = {"user": "analyst", "dbname": DATABASE, "application_name": "reporting"}
    with sessions(cluster, 2, **who, **ways["127.0.0.31"].place) as reports:
        for report in reports:
            start(report, sql.SQL(_REPORT))
        _wait_for_work(cluster, "reporting", 2)
        yield


def _wait_for_work(cluster: Cluster, application: str, count: int) -> None:
    """Wait until the server shows so many active sessions of the application."""
    question: Final = (
        "select count(*) from pg_catalog.pg_stat_activity where application_name = %(application)s and state = 'active'"
    )
    with control(cluster) as observer:
        wait_until(lambda: scalar(observer, question, application=application) == count, f"{application} at work")


def off_the_path(interpreter: Path) -> Path | None:
    """The folder of `pgconn` beside the interpreter, where a shell would not find it by itself."""
    program = interpreter.with_name("pgconn")
    return program.parent if shutil.which("pgconn") is None and program.exists() else None
