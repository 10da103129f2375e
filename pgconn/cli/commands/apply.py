"""`pgconn apply`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.ending import Ending
from pgconn.cli.options.connection import Connection, Output, with_groups

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
    """Carry out a plan that was kept, on whoever still matches it: the same session, in the same state since then.

    Protections are looked at anew. A plan of another server, or from before its restart, ends nobody.
    """
    from pgconn.actions.plans import read_plan
    from pgconn.cli.ending import apply_plan

    apply_plan(read_plan(file), connection, output, ending)
