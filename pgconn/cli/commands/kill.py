"""`pgconn kill`."""

from typing import Annotated, Final

import typer

from pgconn.actions.planning import Request
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.options.termination import Ending, end
from pgconn.cli.output import Output

EXAMPLES: Final = """pgconn kill 4711 --dry-run
pgconn kill 4711 4712
pgconn kill 4711 --any-state --yes"""


@with_groups
def kill(
    connection: Connection,
    output: Output,
    source: Source,
    ending: Ending,
    pids: Annotated[list[int], typer.Argument(min=1, metavar="PID...", help="Process ids, as pgconn sessions shows.")],
    any_state: Annotated[
        bool, typer.Option("--any-state", help="Also end a session whose state has changed since.")
    ] = False,
) -> None:
    """End the sessions with these process ids, whatever they do; what they have not committed is rolled back.

    A session whose state has changed by the time it is signalled is not ended, unless you give --any-state.
    """
    request = Request(command="kill", pids=tuple(dict.fromkeys(pids)), any_state=any_state)
    end(request, connection, output, ending, source)
