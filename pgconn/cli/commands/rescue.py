"""`pgconn rescue`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.options.connection import Connection, Output
from pgconn.cli.options.groups import with_groups

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
        list[str] | None, typer.Option(metavar="ROLE", help="Spare this role as a superuser's; repeatable.")
    ] = None,
    include_superusers: Annotated[
        bool, typer.Option("--include-superusers", help="Superusers' idle backends may be ended too.")
    ] = False,
    at_most: Annotated[int, typer.Option(min=1, metavar="N", help="End so many at most.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show whom it would end, and end nobody.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End the fewest idle backends that let one connection in, on the database host, and show the status.

    For a server so full that no other way leads in. Run it as the server's user or as root. Backends end one at a
    time by SIGTERM, each checked right before, and none when a connection is let in anyway.
    """
    from pgconn.cli.answer import answer
    from pgconn.cli.rescuing import led_to, let_in, ordinary_way, plan_for, termination
    from pgconn.config.policy import Policy
    from pgconn.render.views.termination import rescue_page

    target = connection.target() if pgdata is None or dry_run else led_to(connection.target(), pgdata)
    server = None if dry_run else ordinary_way(connection, target)
    if server is not None:
        document = termination(None, (), server)
    else:
        plan = plan_for(target, pgdata, superuser or (), include_superusers=include_superusers, at_most=at_most)
        document = termination(plan, (), None) if dry_run else let_in(plan, target, yes=yes)
    answer(document, lambda: rescue_page(document, Policy()), output, again=connection.typed(target))
