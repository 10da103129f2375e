"""`pgconn settings`."""

import sys
from typing import Annotated, Final

import typer

from pgconn.actions.health import health_function
from pgconn.actions.settings import ServerSettings
from pgconn.actions.settings_planning import settings_request
from pgconn.cli.options import with_groups
from pgconn.cli.options.changes import Changing, change
from pgconn.cli.options.connection import Connection
from pgconn.cli.output import Output, write
from pgconn.render.views import ViewOptions

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
    *,
    changing: Changing,
) -> None:
    """The settings that concern connections: what they are, whether that is wise, and how to change them and back.

    apply runs ALTER SYSTEM, or ALTER ROLE or DATABASE … SET, reloads, and says what took effect and what waits.
    """
    options = {"schema": schema, "install": install, "everything": all_}
    request = settings_request(action, words or (), roles=tuple(role or ()), databases=tuple(database or ()), **options)
    if request.prints:
        sys.stdout.write(health_function(schema))
        return
    with connection.enter() as server:
        there = ServerSettings(server, changing.journal, force=force)
        listed = request.action == "list"
        result = there.listed(everything=all_) if listed else change(there, there.prepare(request), changing)
    shown = ViewOptions(rows=0, journal=changing.journal, connection_args=connection.connection_args())
    write(result.document, output, shown)
