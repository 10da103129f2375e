"""Roles, databases and tables that exist for as long as an incident, also under names that are awkward."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pgconn.demo.clients import Connection, Override, Target, close, control, session

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


HOSTILE: Final = {
    "escape": "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "control": "\x9b31m\x08\x08\x7f",
    "markup": "[bold]tags[id][/b][link=x:y]",
    "formula": "=cmd()|' /C calc'!A0",
    "formula-plus": "+1-2@SUM(A1)",
    "newline": "two\nlines\r\tand a tab",
    "html": "<b>bold</b>&amp;<script>x</script>",
    "pipe": "a|b\\|c`d`*e*",
    "quote": 'it\'s "quoted" $$ -- ; /* x',
    "option": "--help",
    "override": "invoice\u202efdp.exe",
    "invisible": "zero\u200bwidth\u00a0and \ufeffmark",
    "wide": "数据库" * 7,
    "elephants": "🐘" * 15 + "abc",
    "combining": "e\u0301" * 21,
    "blank": " ",
}
"""Names of at most 63 bytes, the longest that PostgreSQL keeps."""

_NO_LINE_BREAKS: Final = 190000  # from this version on no role, database or tablespace has one in its name


def hostile_for(target: Target) -> dict[str, str]:
    """Those of `HOSTILE` that roles and databases of a server may have."""
    with control(target) as connection:
        takes_all = connection.info.server_version < _NO_LINE_BREAKS
    return {kind: name for kind, name in HOSTILE.items() if takes_all or not {"\r", "\n"} & set(name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A session whose role, application_name and query, and whose database in some cases, are hostile."""

    kind: str
    text: str
    database: str
    connection: Connection


@contextlib.contextmanager
def hostile_names(
    target: Target, *kinds: str, databases: tuple[str, ...] = ("newline", "markup", "wide"), dbname: str = "app"
) -> Iterator[list[Hostile]]:
    """One idle session a kind of `HOSTILE` (by default all that the server takes), for some in a database of that name.

    PostgreSQL itself replaces what is not printable ASCII in an application_name.
    """
    with contextlib.ExitStack() as stack:
        found, possible = [], hostile_for(target)
        for kind in (kind for kind in kinds or possible if kind in possible):
            text, own = possible[kind], kind in databases
            stack.enter_context(role(target, text))
            if own:
                stack.enter_context(database(target, text))
            who: dict[str, Override] = {"user": text, "application_name": text, "dbname": text if own else dbname}
            connection = stack.enter_context(session(target, **who))
            connection.execute(sql.SQL("select {} as {}").format(text, sql.Identifier(text)))
            found.append(Hostile(kind=kind, text=text, database=str(who["dbname"]), connection=connection))
        yield found


@contextlib.contextmanager
def not_utf8(target: Target) -> Iterator[Connection]:
    """An idle session in an SQL_ASCII database; role, database and query hold Latin-1 letters, as in café."""
    name = b"caf\xe9"
    ascii_only = sql.SQL("encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'")
    with database(target, "latin", ascii_only), _latin_names(target, name):
        connection = _connect_as(target, name)
        try:
            connection.execute(b"select '" + name + b"'")
            yield connection
        finally:
            close(connection)


@contextlib.contextmanager
def _latin_names(target: Target, name: bytes) -> Iterator[None]:
    """A role and a database of that name, made from an SQL_ASCII database, which takes any byte."""
    password = str(conninfo_to_dict(target.conninfo()).get("password") or "none")
    with session(target, dbname="latin", client_encoding="SQL_ASCII") as connection:
        connection.execute(b"create role \"%s\" login password '%s'" % (name, password.encode()))
        try:
            connection.execute(b"create database \"%s\" encoding 'SQL_ASCII' template template0" % name)
            try:
                yield
            finally:
                connection.execute(b'drop database "%s" with (force)' % name)
        finally:
            connection.execute(b'drop role "%s"' % name)


def _connect_as(target: Target, name: bytes) -> Connection:
    """Log in under a name that no Python string holds."""
    marker = "the-name-in-bytes"
    conninfo = target.conninfo(user=marker, dbname=marker, client_encoding="SQL_ASCII").encode()
    raw = psycopg.pq.PGconn.connect(conninfo.replace(marker.encode(), name))
    if raw.status != psycopg.pq.ConnStatus.OK:
        raise psycopg.OperationalError(raw.error_message.decode(errors="replace"))
    connection: Connection = psycopg.Connection(raw)
    connection.autocommit = True
    return connection
