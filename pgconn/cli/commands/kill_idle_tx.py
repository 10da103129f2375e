"""`pgconn kill-idle-tx`."""

from typing import Annotated, Final

import typer

from pgconn.actions.planning import Request
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.filters import Bounds, Filters, states_within
from pgconn.cli.options.termination import Ending, end
from pgconn.cli.output import Output
from pgconn.model.session import ABORTED, IDLE_IN_TRANSACTION

EXAMPLES: Final = """pgconn kill-idle-tx --older 5m --dry-run
pgconn kill-idle-tx --older 5m --user orders
pgconn kill-idle-tx --older 1m --state aborted --yes"""


@with_groups
def kill_idle_tx(
    connection: Connection,
    output: Output,
    source: Source,
    filters: Filters,
    bounds: Bounds,
    ending: Ending,
    older: Annotated[
        str, typer.Option(metavar="AGE", help="Only sessions in that state for at least AGE, such as 5m.")
    ],
) -> None:
    """End sessions that hold a transaction open and do nothing, first those that block the most others.

    Their state is idle in transaction, or idle in transaction (aborted). What the transaction wrote is rolled back.
    """
    criteria = filters.criteria(older)
    states = states_within("kill-idle-tx", criteria, (IDLE_IN_TRANSACTION, ABORTED))
    request = Request(command="kill-idle-tx", criteria=criteria, states=states, limit=bounds.limit, keep=bounds.keep)
    end(request, connection, output, ending, source)
