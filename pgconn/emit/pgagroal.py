"""pgagroal: its configuration, its limits by database and role, and who may log in, for 2.1."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options, Pooler
from pgconn.emit.names import bare, databases, require_tcp, users
from pgconn.emit.share import chosen, explained, lines_of, notes_on_top, share_of
from pgconn.errors import WrongUsage
from pgconn.sizing.products import Pgagroal
from pgconn.text.quoting import comment, shell_command

PORT: Final = 2345
_LONGEST_PORT: Final = 9999
_CRASHES: Final = (
    'pgagroal 2.1 ends with "buffer overflow detected" when the port of the server has five digits: this one has, so '
    "give the server another one first."
)
_SESSIONS: Final = (
    "A client has its connection until it disconnects, idle or not: {} clients get in at once, one more is refused. "
    "Many idle clients on few connections want PgBouncer: pgconn size --emit pgbouncer."
)
_PASSWORDS: Final = (
    "pgagroal needs the password of each role itself. As the account that runs it, once a key, then for each role its "
    "password, which pgagroal-admin asks for and keeps encrypted:"
)
_LIMITS: Final = (
    "DATABASE USER MAX_SIZE INITIAL_SIZE MIN_SIZE; all lines together take no more than max_connections. Nothing is "
    "opened before a client came."
)


def pgagroal(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files that belong together in pgagroal's folder; raises as `share_of` does."""
    share = share_of(Pgagroal, sizing, options.pooler)
    return (
        EmittedFile.of("pgagroal.conf", _conf(sizing, options.pooler, share)),
        EmittedFile.of("pgagroal_databases.conf", _databases(options.pooler, share)),
        EmittedFile.of("pgagroal_hba.conf", _hba(options.pooler)),
    )


def _conf(sizing: Sizing, pooler: Pooler, share: Pgagroal) -> Iterator[str]:
    host = require_tcp(pooler, "pgagroal")
    yield from comment("pgagroal by pgconn size")
    for note in notes_on_top(sizing, pooler):
        yield from comment(note)
    yield from comment(_SESSIONS.format(share.max_connections))
    if share.processes > 1:
        yield from comment(f"The numbers are for each of {share.processes} pgagroals.")
    yield from comment("How its users get in, and how it is started, is in pgagroal_hba.conf.")
    yield from ("", "[pgagroal]", "host = 127.0.0.1", f"port = {PORT}", "unix_socket_dir = /run/postgresql", "")
    yield from lines_of(explained(number for number in share.numbers() if number.name.islower()) | chosen("pgagroal"))
    yield from ("", "[primary]")
    if int(pooler.port) > _LONGEST_PORT:
        yield from comment(_CRASHES)
    yield from (f"host = {_ascii(host)}", f"port = {pooler.port}")


def _databases(pooler: Pooler, share: Pgagroal) -> Iterator[str]:
    yield from comment(_LIMITS)
    ((_, why),) = (text for name, text in explained(share.numbers()).items() if name == "MAX_SIZE")
    yield from comment(f"MAX_SIZE: {why}")
    for database, user in _pairs(pooler, "pgagroal_databases.conf"):
        yield f"{database} {user} {share.max_size} 0 0"


def _hba(pooler: Pooler) -> Iterator[str]:
    """The lines and the commands; names and paths stand here, because pgagroal.conf takes nothing but ASCII."""
    yield from comment(_PASSWORDS)
    kept = f"{pooler.folder}/pgagroal_users.conf"
    yield "#   pgagroal-admin -g master-key"
    for user in users(pooler):
        yield f"#   {shell_command('pgagroal-admin', '-f', kept, '-U', user or 'ROLE', 'user', 'add')}"
    yield from comment("Then start it:")
    files = {"-c": "pgagroal.conf", "-a": "pgagroal_hba.conf", "-l": "pgagroal_databases.conf"}
    named = [part for option, name in files.items() for part in (option, f"{pooler.folder}/{name}")]
    yield f"#   {shell_command('pgagroal', *named, '-u', kept)}"
    yield from comment("Clients from this host; add a line for each other network, hostssl where it is not yours.")
    for database, user in _pairs(pooler, "pgagroal_hba.conf"):
        yield f"host {database} {user} 127.0.0.1/32 scram-sha-256"


def _pairs(pooler: Pooler, file: str) -> Iterator[tuple[str, str]]:
    """The databases and the roles that are named; all where none is."""
    for database in databases(pooler):
        for user in users(pooler):
            yield "all" if database is None else bare(database, file), "all" if user is None else bare(user, file)


def _ascii(host: str) -> str:
    if not host.isascii() or any(letter.isspace() or letter in "#;" for letter in host):
        raise WrongUsage(f"{host!r} cannot stand in pgagroal.conf", hint="name the server by its address: -h 10.0.0.5")
    return host
