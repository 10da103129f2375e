"""`pgconn kill-idle`."""

from typing import Annotated, Final

import typer

from pgconn.actions.planning import Request
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.filters import Bounds, Filters, states_within
from pgconn.cli.options.termination import Ending, end
from pgconn.cli.output import Output
from pgconn.model.session import IDLE

EXAMPLES: Final = """pgconn kill-idle --older 10m --dry-run
pgconn kill-idle --older 10m --app checkout-api --keep 2
pgconn kill-idle --older 1h --not-user reports --yes --audit ended.jsonl
pgconn kill-idle --older 10m --plan idle.json"""


@with_groups
def kill_idle(
    connection: Connection,
    output: Output,
    source: Source,
    filters: Filters,
    bounds: Bounds,
    ending: Ending,
    older: Annotated[str, typer.Option(metavar="AGE", help="Only sessions idle for at least AGE, such as 10m.")],
) -> None:
    """End sessions that have been idle, outside a transaction, for longer than AGE; the longest idle first.

    Shows the plan and asks. Each session is checked again when it is signalled: one that went to work is not ended.
    """
    criteria = filters.criteria(older)
    states = states_within("kill-idle", criteria, (IDLE,))
    request = Request(command="kill-idle", criteria=criteria, states=states, limit=bounds.limit, keep=bounds.keep)
    end(request, connection, output, ending, source)
