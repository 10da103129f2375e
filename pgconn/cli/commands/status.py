"""`pgconn status`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output
from pgconn.cli.options.source import Source
from pgconn.errors import WrongUsage

EXAMPLES: Final = """pgconn status -h db1 -U postgres
pgconn status --by app,user,state
pgconn status --json | jq .slots.free
pgconn status --from incident.jsonl.gz
sudo -u postgres pgconn status --os"""


@with_groups
def status(
    connection: Connection,
    output: Output,
    source: Source,
    by: Annotated[
        str, typer.Option(metavar="COLUMN,…", help="Count by these together: app, user, state, ip, db.")
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Rows a table; 0 for all. Default: what fits.")
    ] = None,
    os: Annotated[
        bool, typer.Option("--os", help="On the database host: from the processes, without a connection.")
    ] = False,
    pgdata: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --os: the data directory. Default: found by port.")
    ] = None,
) -> None:
    """Who holds the slots, and how many connections can really still be opened.

    Looks once, over one connection, without a lock and without a heavy query. Its own slot is not counted.
    """
    if os or pgdata is not None:
        processes_of(connection, output, source, by=by, limit=limit, pgdata=pgdata)
    else:
        status_of(connection, output, source, by=by, limit=limit)


def processes_of(
    connection: Connection, output: Output, source: Source, *, by: str, limit: int | None, pgdata: Path | None
) -> None:
    """Show what the titles of the server's processes tell."""
    from pgconn.cli.output import write
    from pgconn.documents import processes as documents
    from pgconn.observe.processes import host_snapshot
    from pgconn.render.views import ViewOptions

    if by or source.recorded:
        wrong = "--by" if by else "--from"
        raise WrongUsage(
            f"{wrong} does not go with --os", hint="a process's title tells user, database, client and state"
        )
    document = documents.processes_of(host_snapshot(connection.target(), pgdata))
    again = (*connection.connection_args(), *(("--pgdata", str(pgdata)) if pgdata is not None else ()))
    write(document, output, ViewOptions(rows=limit, again=again))


def status_of(
    connection: Connection,
    output: Output,
    source: Source,
    *,
    by: str = "",
    limit: int | None = None,
    again: Sequence[str] | None = None,
) -> None:
    """Look, judge and show; `again` are the options that the commands to type next need."""
    from pgconn.cli.output import write
    from pgconn.config.policy import Policy
    from pgconn.documents.status import status as status_document
    from pgconn.model.breakdown import columns
    from pgconn.render.views import ViewOptions
    from pgconn.rules import judge

    chosen, policy = columns(by), Policy()
    snapshot = source.snapshot(connection, with_blockers=True)
    document = status_document(snapshot, judge(snapshot, policy), recorded=source.recorded, by=chosen)
    options = source.connection_args(connection) if again is None else again
    write(document, output, ViewOptions(rows=limit, again=options, policy=policy))
