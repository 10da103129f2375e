"""Roles, databases and tables that exist for as long as an incident."""

import contextlib
from collections.abc import Iterator

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pgconn.demo.clients import control
from pgconn.demo.target import Override, Target

_NOTHING = sql.SQL("")


@contextlib.contextmanager
def role(target: Target, name: str, options: sql.Composable = _NOTHING) -> Iterator[None]:
    """A role that may log in, with the password of the target's own connection string if that has one."""
    password = conninfo_to_dict(target.conninfo()).get("password")
    given = sql.SQL("password {}").format(str(password)) if password else _NOTHING
    make = sql.SQL("create role {} login {} {}").format(sql.Identifier(name), given, options)
    drop = sql.SQL("drop role {}").format(sql.Identifier(name))
    with _made(target, make, drop):
        yield


@contextlib.contextmanager
def database(target: Target, name: str, options: sql.Composable = _NOTHING) -> Iterator[None]:
    """A database; who is still in it at the end is put out."""
    make = sql.SQL("create database {} {}").format(sql.Identifier(name), options)
    drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
    with _made(target, make, drop):
        yield


@contextlib.contextmanager
def table(target: Target, name: str, definition: sql.Composable, **where: Override) -> Iterator[sql.Identifier]:
    """A table in the schema public that everybody may use, made by `create table NAME` and the definition."""
    qualified = sql.Identifier("public", name)
    make = sql.SQL("create table {} {}; grant all on {} to public").format(qualified, definition, qualified)
    # An autovacuum that holds the table gives way as soon as the deadlock detector sees who waits.
    drop = sql.SQL("set deadlock_timeout = '10ms'; drop table {}").format(qualified)
    with _made(target, make, drop, **where):
        yield qualified


@contextlib.contextmanager
def _made(target: Target, make: sql.Composed, drop: sql.Composed, **where: Override) -> Iterator[None]:
    with control(target, **where) as connection:
        connection.execute(make)
    try:
        yield
    finally:
        with control(target, **where) as connection:
            connection.execute(drop)
