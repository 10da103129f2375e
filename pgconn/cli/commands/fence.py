"""`pgconn fence`."""

from typing import Annotated, Final

import typer

from pgconn.actions.fence import Fence
from pgconn.actions.fence_planning import fence_request
from pgconn.cli.options import with_groups
from pgconn.cli.options.changes import Changing, change
from pgconn.cli.options.connection import Connection
from pgconn.cli.output import Output, write
from pgconn.render.views import ViewOptions

EXAMPLES: Final = """pgconn fence --role app --limit 20
pgconn fence --role app --database shop --limit 50 --dry-run
pgconn fence --list
pgconn fence --undo
pgconn fence --undo app --yes"""


@with_groups
def fence(
    connection: Connection,
    output: Output,
    name: Annotated[
        str,
        typer.Argument(metavar="[NAME|last]", help="With --undo: the role or database to restore. Default: the last."),
    ] = "",
    role: Annotated[list[str] | None, typer.Option(metavar="ROLE", help="Limit this role; repeatable.")] = None,
    database: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Limit this database; repeatable.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="So many connections each.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Restore what was set before.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show every limit, and which are fences of ours.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Undo although it has been changed since.")] = False,
    *,
    changing: Changing,
) -> None:
    """Stop a refill: limit how many connections a role or a database may have, and put it back later.

    Sessions above the limit stay; new ones are refused with 53300. What was there before is kept in a journal.
    """
    request = fence_request(name, role, database, limit=limit, undo=undo, list_=list_)
    with connection.enter() as server:
        fences = Fence(server, changing.journal, force=force)
        result = fences.fences() if request.action == "list" else change(fences, fences.prepare(request), changing)
    shown = ViewOptions(rows=0, journal=changing.journal, connection_args=connection.connection_args())
    write(result.document, output, shown)
