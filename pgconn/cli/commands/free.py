"""`pgconn free`."""

from typing import Annotated, Final

import typer

from pgconn.actions.planning import Request
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.filters import Filters, states_within
from pgconn.cli.options.termination import Ending, end
from pgconn.cli.output import Output
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION

EXAMPLES: Final = """pgconn free 5 --dry-run
pgconn free 20 --not-app checkout-api --older 1m
pgconn free 3 --database reports --include-active"""


@with_groups
def free(
    connection: Connection,
    output: Output,
    source: Source,
    filters: Filters,
    ending: Ending,
    slots: Annotated[int, typer.Argument(min=1, metavar="N", help="How many slots.")],
    older: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only sessions in their state for at least AGE, such as 1m.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Keep the N youngest of each application, user and client.")
    ] = None,
    include_active: Annotated[
        bool, typer.Option("--include-active", help="Also end active sessions, after all others.")
    ] = False,
) -> None:
    """Free N slots with the least impact, say what that costs each client, and stop there.

    First those that are free in a pooler, then the sessions that look leaked, then those of pools, longest idle first;
    then transactions: aborted ones, those that have written nothing, those that have. Active sessions only with
    --include-active.
    """
    criteria = filters.criteria(older)
    allowed = (IDLE, ABORTED, IDLE_IN_TRANSACTION, *[ACTIVE] * include_active)
    states = states_within("free", criteria, allowed)
    request = Request(command="free", criteria=criteria, states=states, count=slots, keep=keep)
    end(request, connection, output, ending, source)
