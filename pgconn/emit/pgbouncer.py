"""PgBouncer: its ini, who may log in, and the file descriptors that it needs, for 1.18 and for what came later."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options, Pooler
from pgconn.emit.ini import Entry, connection_text, entries, one_line
from pgconn.emit.login import AUTH_QUERY, AUTH_USER, login_files
from pgconn.emit.settings import input_of, reasons
from pgconn.emit.share import for_running, notes_on_top, require_pooler
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.pooler import CONSOLE_FILES, SPARE_FILES, limit_nofile, planned_files
from pgconn.text.quoting import comment

PORT: Final = 6432

SINCE: Final[dict[str, tuple[int, int]]] = {
    "max_prepared_statements": (1, 21),
    "max_db_client_connections": (1, 24),
    "max_user_client_connections": (1, 24),
    "query_wait_notify": (1, 25),
    "transaction_timeout": (1, 25),
}
_SETTINGS: Final = (
    "pool_mode",
    "max_client_conn",
    "default_pool_size",
    "min_pool_size",
    "reserve_pool_size",
    "reserve_pool_timeout",
    "max_db_connections",
    "max_user_connections",
    "query_wait_timeout",
    "query_timeout",
    "client_idle_timeout",
    "client_login_timeout",
    "idle_transaction_timeout",
    "server_idle_timeout",
    "server_lifetime",
    "server_connect_timeout",
    "server_login_retry",
    *SINCE,
)
"""What a sizing may say of PgBouncer and pgbouncer.ini knows; the rest is arithmetic."""

_PROCESSES: Final = (
    "The numbers are for each of {} processes that listen on the same port. Each has a file of its own that says "
    "%include to this one, a unix_socket_dir, and from 1.19 on a peer_id and [peers], or else cancel requests get lost."
)


def pgbouncer(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files that belong together in PgBouncer's folder; raises as `require_pooler` and `for_running` do."""
    require_pooler(sizing)
    pooler = options.pooler
    sizing = for_running(sizing, pooler)
    served = entries(pooler.databases)
    return (
        EmittedFile.of("pgbouncer.ini", _ini(sizing, pooler, served)),
        *login_files(pooler),
        EmittedFile.of("limits.conf", _limits(sizing, pooler)),
    )


def _expected_files(sizing: Sizing, pooler: Pooler) -> int:
    """The descriptors that PgBouncer will expect; more than the sizing says where it lets more roles in."""
    clients, pool = int(sizing.pgbouncer["max_client_conn"]), int(sizing.pgbouncer["default_pool_size"])
    databases = max(len(set(pooler.databases)), int(input_of(sizing, "databases") or 1))
    listed = len(set(pooler.verifiers)) if pooler.authentication == "userlist" else 1
    users = max(listed, len(set(pooler.users)), int(input_of(sizing, "roles") or 1))
    return planned_files(clients, pool, databases=databases, users=users)


def _note(text: str) -> list[str]:
    return comment(text, ";")


def _ini(sizing: Sizing, pooler: Pooler, served: list[Entry]) -> list[str]:
    version = ".".join(map(str, pooler.version))
    return [
        *_note(f"PgBouncer {version} by pgconn size"),
        *(line for note in notes_on_top(sizing, pooler) for line in _note(note)),
        "",
        "[databases]",
        *_databases(pooler, served),
        "",
        "[pgbouncer]",
        *_note("Where clients come in; * would listen on every address, and then TLS is needed: client_tls_sslmode."),
        "listen_addr = 127.0.0.1",
        f"listen_port = {PORT}",
        "",
        *_login(pooler, served),
        *_numbers(sizing, pooler),
        *_manners(sizing, pooler),
    ]


def _databases(pooler: Pooler, served: list[Entry]) -> Iterator[str]:
    place = f"host={connection_text(pooler.host)} port={connection_text(pooler.port)}"
    if not served:
        yield from _note("Every database of the server; name them one by one to give each a pool_size of its own.")
        yield f"* = {place}"
    for entry in served:
        if entry.key != entry.name:
            yield from _note(f"Clients ask for {entry.key}: {entry.name} cannot stand here as a name.")
        yield f"{entry.key} = {place} dbname={connection_text(entry.name)}"


def _login(pooler: Pooler, served: list[Entry]) -> Iterator[str]:
    yield from _note("The roles' own SCRAM verifiers let clients in here and PgBouncer into the server; no password.")
    yield "auth_type = scram-sha-256"
    yield f"auth_file = {one_line(pooler.folder.rstrip('/'))}/userlist.txt"
    if pooler.authentication == "auth-query":
        yield from _note("Who is not in that file is looked up on the server, by the function of auth-query.sql.")
        yield f"auth_user = {AUTH_USER}"
        yield f"auth_query = {AUTH_QUERY}"
        if pooler.version >= (1, 19):
            yield from _note("The one database that has the function; without this, each database needs it.")
            yield f"auth_dbname = {served[0].key if served else 'postgres'}"
    yield ""


def _numbers(sizing: Sizing, pooler: Pooler) -> Iterator[str]:
    why = reasons(sizing)
    for name in _SETTINGS:
        if name not in sizing.pgbouncer:
            continue
        if pooler.version < SINCE.get(name, (0, 0)):
            since = ".".join(map(str, SINCE[name]))
            yield from _note(f"{name} = {sizing.pgbouncer[name]} would be right, but needs PgBouncer {since}.")
        elif name == "min_pool_size":
            yield from _note("min_pool_size stays 0: with SCRAM no connection can be opened before a client came.")
        else:
            yield from _note(why.get(name, why.get(f"pgbouncer.{name}", "")))
            yield f"{name} = {one_line(str(sizing.pgbouncer[name]))}"
        yield ""


def _manners(sizing: Sizing, pooler: Pooler) -> Iterator[str]:
    if sizing.pgbouncer.get("pool_mode", "session") != "session" and pooler.version < SINCE["max_prepared_statements"]:
        yield from _note(
            "Prepared statements break in this mode before 1.21: switch them off in the drivers "
            "(psycopg: prepare_threshold=None, JDBC: prepareThreshold=0, asyncpg: statement_cache_size=0)."
        )
    elif (1, 21) <= pooler.version < (1, 24) and "max_prepared_statements" not in sizing.pgbouncer:
        yield from _note("Prepared statements of drivers, which this version forgets unless it is set to keep them.")
        yield "max_prepared_statements = 200"
    if int(sizing.pgbouncer.get("processes", 1) or 1) > 1:
        yield from _note(_PROCESSES.format(sizing.pgbouncer["processes"]))
        yield "so_reuseport = 1"
    yield from _note("What JDBC always sends and PgBouncer does not track.")
    yield "ignore_startup_parameters = extra_float_digits"


def _limits(sizing: Sizing, pooler: Pooler) -> list[str]:
    expected = _expected_files(sizing, pooler)
    sized = int(sizing.pgbouncer.get("LimitNOFILE", 0) or 0)
    return [
        *comment("As /etc/systemd/system/pgbouncer.service.d/limits.conf; then systemctl daemon-reload"),
        *comment("and systemctl restart pgbouncer."),
        *comment(
            f"By its own formula PgBouncer needs {expected} descriptors: max_client_conn, {SPARE_FILES}, "
            f"{CONSOLE_FILES} of its console, and a pool for each database and login, its own among them. Twice that, "
            "for what comes and goes; it logs both numbers at its start."
        ),
        "[Service]",
        f"LimitNOFILE={max(limit_nofile(expected, Assumptions()), sized)}",
    ]
