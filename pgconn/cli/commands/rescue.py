"""`pgconn rescue`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.actions import rescue as actions
from pgconn.actions.rescue_planning import RescuePlan
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection
from pgconn.cli.output import Output, write
from pgconn.cli.progress import Lines
from pgconn.cli.prompt import confirm
from pgconn.documents.termination import Termination
from pgconn.model.instance import Target
from pgconn.model.result import Listener, Result
from pgconn.render.views import ViewOptions
from pgconn.text.quantities import show_count

EXAMPLES: Final = """pgconn rescue --dry-run
sudo -u postgres pgconn rescue
pgconn rescue --pgdata /var/lib/postgresql/16/main --yes
pgconn rescue --superuser dba --at-most 3"""


@with_groups
def rescue(
    connection: Connection,
    output: Output,
    pgdata: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data directory of the server. Default: found by its port.")
    ] = None,
    superuser: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="Treat this role as a superuser, and spare it; repeatable.")
    ] = None,
    include_superusers: Annotated[
        bool, typer.Option("--include-superusers", help="Also end idle backends of superusers.")
    ] = False,
    at_most: Annotated[int, typer.Option(min=1, metavar="N", help="End at most N backends.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the backends it would end, and end none.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End the fewest idle backends that let one connection in, on the database host, and show the status.

    For a server so full that no other way leads in. Run it as the server's user or as root. Backends end one at a
    time by SIGTERM, each checked right before, and none when a connection is let in anyway.
    """
    listener, result = Lines(), None
    target = connection.target() if pgdata is None or dry_run else actions.target_at(connection.target(), pgdata)
    if not dry_run:
        result = actions.without_ending(target, connection.ladder(), listener)
    if result is None:
        superusers = superuser or ()
        plan = actions.plan(target, pgdata, superusers, include_superusers=include_superusers, at_most=at_most)
        result = actions.preview(plan) if dry_run else _agreed(plan, target, listener, yes=yes)
    write(result.document, output, ViewOptions(connection_args=connection.connection_args(target)))


def _agreed(plan: RescuePlan, target: Target, listener: Listener, *, yes: bool) -> Result[Termination]:
    actions.check(plan, target, listener)
    most = show_count(min(plan.at_most, len(plan.candidates)), "backend")
    question = f"End them one by one until a connection is accepted, {most} at most?"
    confirm(question, yes=yes, otherwise="no session was ended")
    return actions.run(plan, target, listener)
