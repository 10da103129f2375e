"""`pgconn cancel`."""

from typing import Annotated, Final

import typer

from pgconn.actions.planning import Request
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.termination import Ending, end
from pgconn.cli.output import Output

EXAMPLES: Final = """pgconn cancel 4711
pgconn cancel 4711 4712 --yes"""


@with_groups
def cancel(
    connection: Connection,
    output: Output,
    source: Source,
    ending: Ending,
    pids: Annotated[list[int], typer.Argument(min=1, metavar="PID...", help="Process ids, as pgconn sessions shows.")],
) -> None:
    """Cancel the statements of these sessions, which stay connected; it frees no slot.

    An idle session has no statement to cancel, in a transaction or not: the answer says so and what ends it.
    """
    end(Request(command="cancel", action="cancel", pids=tuple(dict.fromkeys(pids))), connection, output, ending, source)
