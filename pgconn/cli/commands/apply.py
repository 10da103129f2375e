"""`pgconn apply`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.actions.revalidate import read_plan
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection
from pgconn.cli.options.termination import Ending, apply_plan
from pgconn.cli.output import Output

EXAMPLES: Final = """pgconn kill-idle --older 10m --plan idle.json
pgconn apply idle.json
pgconn apply idle.json --yes --audit ended.jsonl"""


@with_groups
def apply(
    connection: Connection,
    output: Output,
    ending: Ending,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that --plan kept.")],
) -> None:
    """Carry out a plan that was kept, on the sessions that still match it: the same session, in the same state.

    Protections are checked anew. A plan of another server, or from before its restart, ends no session.
    """
    apply_plan(read_plan(file), connection, output, ending)
