"""`pgconn status`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.output import Output, write
from pgconn.config.policy import Policy
from pgconn.documents.status import status as status_document
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.breakdown import columns
from pgconn.observe import Observation
from pgconn.render.views import ViewOptions
from pgconn.rules import judge

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
        document, args = _from_processes(connection, source, by, pgdata)
        write(document, output, ViewOptions(rows=limit, connection_args=args))
        return
    chosen, policy = columns(by), Policy()
    snapshot = source.snapshot(connection, with_blockers=True)
    findings = judge(Observation(snapshots=(snapshot,)), policy).findings
    answer = status_document(snapshot, findings, recorded=source.recorded, by=chosen)
    write(answer, output, ViewOptions(rows=limit, connection_args=source.connection_args(connection), policy=policy))


def _from_processes(
    connection: Connection, source: Source, by: str, pgdata: Path | None
) -> tuple[Value, tuple[str, ...]]:
    from pgconn.documents.processes import processes_of  # with psutil below, which no other status needs
    from pgconn.observe.machine import host_snapshot

    if by or source.recorded:
        wrong = "--by" if by else "--from"
        raise WrongUsage(
            f"{wrong} does not go with --os", hint="a process's title tells user, database, client and state"
        )
    directory = ("--pgdata", str(pgdata)) if pgdata is not None else ()
    document = processes_of(host_snapshot(connection.target(), pgdata))
    return document, (*connection.connection_args(), *directory)
