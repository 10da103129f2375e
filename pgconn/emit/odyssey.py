"""Odyssey: its configuration, and the function of the server that says who may log in, for 1.5."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options, Pooler
from pgconn.emit.login import Lookup, function_sql, role_sql
from pgconn.emit.names import databases, quoted, require_tcp, users
from pgconn.emit.share import chosen, explained, lines_of, notes_on_top, share_of
from pgconn.sizing.products import Odyssey
from pgconn.text.quoting import comment

PORT: Final = 6432
LOOKUP: Final = Lookup(product="Odyssey", name="odyssey", secret="odyssey-auth.conf")  # noqa: S106 - a file
_FILE: Final = "odyssey.conf"
_LOOKUP: Final = (
    "The roles' own SCRAM verifiers let clients in here and Odyssey into the server: the function of auth-query.sql "
    "tells them. A verifier in this file would let clients in, but not Odyssey into the server."
)
_ROUTES: Final = (
    "A route for each database and role, each with a pool of its own: {} were counted, together at most {} "
    "connections with the one that looks up roles. A further role is a further route: name the roles, or --roles."
)
_CLIENTS: Final = (
    "The clients while a deploy rolls, and some more; a limit of all routes together, in front of them, would cut "
    "clients off without a text."
)
_INTERNAL: Final = "Odyssey's own login to the server, which no client can come in by."


def odyssey(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files that belong together in Odyssey's folder; raises as `share_of` does."""
    share = share_of(Odyssey, sizing, options.pooler)
    return (
        EmittedFile.of(_FILE, _conf(sizing, options.pooler, share)),
        EmittedFile.of(LOOKUP.secret, _own_route(options.pooler), secret=True),
        EmittedFile.of("auth-role.sql", role_sql(LOOKUP, options.pooler.login), secret=True),
        EmittedFile.of("auth-query.sql", function_sql(LOOKUP, _once(options.pooler))),
    )


def _place(pooler: Pooler) -> str:
    """The one database that has the function."""
    return pooler.databases[0] if pooler.databases else "postgres"


def _once(pooler: Pooler) -> str:
    return f"As superuser, once, in the database {_place(pooler)}."


def _conf(sizing: Sizing, pooler: Pooler, share: Odyssey) -> Iterator[str]:
    yield from comment("Odyssey by pgconn size")
    for note in notes_on_top(sizing, pooler):
        yield from comment(note)
    yield from comment(_ROUTES.format(share.pairs, share.server_connections))
    if share.processes > 1:
        yield from comment(f"The numbers are for each of {share.processes} Odysseys.")
    yield from ("daemonize no", "log_to_stdout yes", "log_stats no", 'log_format "%p %t %l [%i %s] (%c) %m\\n"', "")
    yield from (
        "listen {",
        '    host "127.0.0.1"',
        f"    port {PORT}",
        "}",
        "",
        'storage "server" {',
        '    type "remote"',
    )
    yield from (f"    host {quoted(require_tcp(pooler, 'Odyssey'), _FILE)}", f"    port {pooler.port}", "}", "")
    yield from comment(_INTERNAL)
    yield f"include {quoted(f'{pooler.folder}/{LOOKUP.secret}', _FILE)}"
    route, bare = [*_route(sizing, pooler, share)], list[str]()
    for database in databases(pooler):
        yield from ("", f"database {_named(database)} {{")
        for user in users(pooler):
            yield from (f"    user {_named(user)} {{", *(bare or route), "    }")
            bare = [line for line in route if not line.lstrip().startswith("#")]  # the reasons stand once
        yield "}"


def _route(sizing: Sizing, pooler: Pooler, share: Odyssey) -> Iterator[str]:
    indent = "        "
    yield from comment(_LOOKUP, indent=indent)
    yield f'{indent}authentication "scram-sha-256"'
    yield f'{indent}auth_query "{LOOKUP.query}"'
    yield f"{indent}auth_query_db {quoted(_place(pooler), _FILE)}"
    yield f'{indent}auth_query_user "{LOOKUP.role}"'
    yield f'{indent}storage "server"'
    clients = {"client_max": (str(sizing.pgbouncer["max_client_conn"]), _CLIENTS)}
    yield from lines_of(explained(share.numbers()) | clients | chosen("odyssey"), "{} {}", indent)


def _own_route(pooler: Pooler) -> Iterator[str]:
    yield from comment(_INTERNAL)
    yield from (f"database {quoted(_place(pooler), _FILE)} {{", f'    user "{LOOKUP.role}" {{')
    yield from ('        authentication "none"', '        pool_routing "internal"', '        storage "server"')
    if pooler.login is None:
        yield from comment("Its password, see auth-role.sql; until then no client can log in.", indent="        ")
        yield '        # storage_password "password"'
    else:
        yield from comment("Made at random for it; no person needs to know it.", indent="        ")
        yield f"        storage_password {quoted(pooler.login.password, LOOKUP.secret)}"
    yield from ('        pool "transaction"', "        pool_size 1", "        pool_timeout 15000", "    }", "}")


def _named(name: str | None) -> str:
    return "default" if name is None else quoted(name, _FILE)
