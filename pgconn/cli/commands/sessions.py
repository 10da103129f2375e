"""`pgconn sessions`."""

from typing import Annotated, Final, Literal

import typer

from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.filters import SessionFilters
from pgconn.cli.output import Output, write
from pgconn.documents.sessions import sessions as sessions_of
from pgconn.model.session import of_clients, sorted_by
from pgconn.render.views import ViewOptions

EXAMPLES: Final = """pgconn sessions --state idle --older 10m --sort age
pgconn sessions --app checkout-api --not-user postgres
pgconn sessions --ip 10.2.0.0/16 --active-over 1m --full
pgconn sessions --app '~^web' --redact -o csv > sessions.csv"""

Sort = Literal["age", "transaction", "query", "start", "pid", "user", "app", "database", "ip", "state"]


@with_groups
def sessions(
    connection: Connection,
    output: Output,
    source: Source,
    filters: SessionFilters,
    sort: Annotated[
        Sort,
        typer.Option(metavar="COLUMN", help="age, transaction, query, start, pid, user, app, database, ip or state."),
    ] = "age",
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Sessions shown; 0 for all. Default: what fits.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show each query whole.")] = False,
    redact: Annotated[bool, typer.Option("--redact", help="Show ? for each literal of a query.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="The server's own processes too.")] = False,
) -> None:
    """The sessions one by one: what each does, since when, what it waits for and who blocks it."""
    criteria = filters.criteria()
    snapshot = source.snapshot(connection, with_queries=True, with_blockers=True)
    listed = snapshot.sessions if all_ else of_clients(snapshot.sessions)
    chosen = sorted_by(criteria.choose(listed), sort)
    document = sessions_of(snapshot, chosen, limit=limit, redact=redact, recorded=source.recorded)
    write(document, output, ViewOptions(full=full, connection_args=source.connection_args(connection)))
    criteria.check(listed)
