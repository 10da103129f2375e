"""`pgconn ready`."""

from typing import Annotated, Final

import typer

from pgconn.actions.ready import examine, host_way, make, prepare
from pgconn.cli import prompt
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection
from pgconn.cli.output import Output, write
from pgconn.cli.progress import Lines
from pgconn.errors import FINDINGS

EXAMPLES: Final = """pgconn ready -h db1 -U pgconn_rescue
pgconn ready -h db1 -U postgres --create pgconn_rescue"""


@with_groups
def ready(
    connection: Connection,
    output: Output,
    create: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="Create an emergency role (member of pg_use_reserved_connections)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is made.")] = False,
) -> None:
    """Before the incident: try every way into a full server, and say what is missing to make each one work.

    Exits with 0 only when a way beyond an ordinary slot works for this role.
    """
    target = connection.target()
    with connection.enter(target) as server:
        if create is not None:
            role = prepare(server, create)
            password = prompt.role_password(role, yes=yes)
            make(server, role, password, connection.connection_args(as_role=False), Lines())
            return
        document = examine(server, target, host=host_way(target, server))
    write(document, output)
    if not document.ready:
        raise typer.Exit(FINDINGS)
