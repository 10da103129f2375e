"""`pgconn settings`."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output

EXAMPLES: Final = """pgconn settings
pgconn settings apply idle_in_transaction_session_timeout=5min
pgconn settings apply max_connections=200 reserved_connections=3 --dry-run
pgconn settings apply statement_timeout=30s --role app
pgconn settings undo
pgconn settings health-function --install"""


@with_groups
def settings(
    connection: Connection,
    output: Output,
    action: Annotated[
        str, typer.Argument(metavar="[list|apply|undo|health-function]", help="What to do. Default: list.")
    ] = "list",
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE|NAME]...", help="What to apply, or the names to undo. Default: the last."),
    ] = None,
    role: Annotated[list[str] | None, typer.Option(metavar="ROLE", help="For this role's new sessions.")] = None,
    database: Annotated[list[str] | None, typer.Option(metavar="NAME", help="For new sessions there.")] = None,
    schema: Annotated[str, typer.Option(metavar="NAME", help="Where the health function goes.")] = "public",
    install: Annotated[bool, typer.Option("--install", help="Make the health function; else it is printed.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="List every setting of the server.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Undo though changed since; on a standby, set less.")] = False,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the way back is kept. Default: in your home.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the SQL, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """The settings that concern connections: what they are, whether that is wise, and how to change them and back.

    apply runs ALTER SYSTEM, or ALTER ROLE or DATABASE … SET, reloads, and says what took effect and what waits.
    """
    from pgconn.actions.health import health_function
    from pgconn.cli.configuring import BY, order, run
    from pgconn.cli.errand import Errand, Leave
    from pgconn.cli.output import write
    from pgconn.render.views import ViewOptions

    places = (tuple(role or ()), tuple(database or ()))
    wanted = order(action, tuple(words or ()), *places, schema=schema, install=install, everything=all_)
    if wanted.prints:
        sys.stdout.write(health_function(schema))
        return
    leave = Leave(dry_run=dry_run, yes=yes, force=force)
    with connection.enter() as server:
        document = run(Errand(server, BY, journal, leave), wanted)
    write(document, output, ViewOptions(rows=0, journal=journal, again=connection.connection_args()))
