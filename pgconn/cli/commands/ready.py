"""`pgconn ready`."""

from typing import Annotated, Final

import typer

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output
from pgconn.errors import FINDINGS

EXAMPLES: Final = """pgconn ready -h db1 -U pgconn_rescue
pgconn ready -h db1 -U postgres --create pgconn_rescue"""


@with_groups
def ready(
    connection: Connection,
    output: Output,
    create: Annotated[str | None, typer.Option(metavar="ROLE", help="Make the role for the bad hour.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is made.")] = False,
) -> None:
    """Before the incident: try every way into a full server, and say what is missing to make each one work.

    Exits with 0 only when a way beyond an ordinary slot works for this role.
    """
    from pgconn.actions.ready import examine
    from pgconn.cli.emergency import create_role, host_way
    from pgconn.cli.output import write

    target = connection.target()
    with connection.enter(target) as server:
        if create is not None:
            create_role(server, create, yes=yes, again=connection.connection_args(as_role=False))
            return
        document = examine(server, target, host=host_way(target, server))
    write(document, output)
    if not document.ready:
        raise typer.Exit(FINDINGS)
