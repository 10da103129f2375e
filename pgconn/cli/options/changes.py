"""What the commands that change a server share: how a change is recorded, confirmed and made."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pgconn.actions.changes import Changer, Prepared
from pgconn.cli import prompt
from pgconn.cli.messages import info
from pgconn.cli.progress import Lines
from pgconn.model import Value
from pgconn.model.result import Result


class Changing(Value, frozen=True, kw_only=True):
    """How a change is recorded and confirmed."""

    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the way back is kept. Default: in your home.")
    ] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the SQL, and change nothing.")] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False


def change(changer: Changer, prepared: Prepared, changing: Changing) -> Result[Any]:
    """Show what is prepared, ask, and do it, unless a dry run is wanted or there is nothing to do."""
    if changing.dry_run:
        for line in prepared.drift:
            info(line)
        return changer.preview(prepared)
    if prepared.changes:
        prompt.confirm_changes(prepared, yes=changing.yes, force=changer.force)
    return changer.run(prepared, Lines())
