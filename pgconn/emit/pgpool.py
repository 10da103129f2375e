"""Pgpool-II: its configuration and pool_hba.conf, for 4.4 and later; the passwords are put in by its own program."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options, Pooler
from pgconn.emit.names import databases, quoted, users
from pgconn.emit.share import chosen, explained, lines_of, notes_on_top, share_of
from pgconn.sizing.products import Pgpool
from pgconn.text.quoting import comment, shell_command

PORT: Final = 9999
_SESSIONS: Final = (
    "Pgpool-II does not share a connection between clients: each has a child and its connection until it ends, idle "
    'or not. {} clients get in at once; one more gets "Sorry, too many clients already" (53300) from Pgpool, not from '
    "the server. Many idle clients on few connections want PgBouncer: pgconn size --emit pgbouncer."
)
_MORE: Final = "The applications open up to {} while they are deployed: make their pools smaller."
_RESTART: Final = "num_init_children and max_pool take effect at a restart of Pgpool, which ends all of its clients."
_PASSWORDS: Final = (
    "Pgpool needs the password of each role itself, for the server keeps none that could be handed on. As the account "
    "that runs Pgpool, once a key, then for each role its password, which pg_enc asks for and keeps encrypted:"
)


def pgpool(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files that belong together in Pgpool's folder; raises as `share_of` does."""
    share = share_of(Pgpool, sizing, options.pooler)
    return (
        EmittedFile.of("pgpool.conf", _conf(sizing, options.pooler, share)),
        EmittedFile.of("pool_hba.conf", _hba(options.pooler)),
    )


def _conf(sizing: Sizing, pooler: Pooler, share: Pgpool) -> Iterator[str]:
    yield from comment("Pgpool-II by pgconn size")
    for note in notes_on_top(sizing, pooler):
        yield from comment(note)
    yield from comment(_SESSIONS.format(share.served))
    if share.clients is not None and share.clients > share.served * share.processes:
        yield from comment(_MORE.format(share.clients))
    if share.processes > 1:
        yield from comment(f"The numbers are for each of {share.processes} Pgpools.")
    yield from ("", "backend_clustering_mode = raw", "listen_addresses = '127.0.0.1'", f"port = {PORT}")
    yield from ("", f"backend_hostname0 = {_text(pooler.host)}", f"backend_port0 = {pooler.port}", "")
    yield from comment(_RESTART)
    yield from lines_of(explained(share.numbers()) | chosen("pgpool"))
    yield from ("", "enable_pool_hba = on", "pool_passwd = 'pool_passwd'", "")
    yield from comment(_PASSWORDS)
    key, here = f"{pooler.folder}/.pgpoolkey", f"{pooler.folder}/pgpool.conf"
    yield f"#   umask 077; openssl rand -base64 24 > {shell_command(key)}"
    for user in users(pooler):
        yield f"#   {shell_command('pg_enc', '-m', '-k', key, '-f', here, '-u', user or 'ROLE', '-p')}"
    yield from comment("Then start it:")
    yield f"#   {shell_command('pgpool', '-f', here, '-a', f'{pooler.folder}/pool_hba.conf', '-k', key)}"


def _hba(pooler: Pooler) -> Iterator[str]:
    yield from comment("Clients from this host; add a line for each other network, hostssl where it is not yours.")
    for database in databases(pooler):
        for user in users(pooler):
            places = ["all" if name is None else quoted(name, "pool_hba.conf", '"\\,:') for name in (database, user)]
            yield f"host {' '.join(places)} 127.0.0.1/32 scram-sha-256"


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
