"""`pgconn fence`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output

EXAMPLES: Final = """pgconn fence --role app --limit 20
pgconn fence --role app --database shop --limit 50 --dry-run
pgconn fence --list
pgconn fence --undo
pgconn fence --undo app --yes"""


@with_groups
def fence(
    connection: Connection,
    output: Output,
    name: Annotated[str, typer.Argument(metavar="[NAME|last]", help="With --undo: whose. Default: the last.")] = "",
    role: Annotated[list[str] | None, typer.Option(metavar="ROLE", help="Limit this role; repeatable.")] = None,
    database: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Limit this database; repeatable.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="So many connections each.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what was there before.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show every limit, and which are fences of ours.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Undo though somebody else changed it since.")] = False,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the way back is kept. Default: in your home.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the SQL, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop a refill: limit how many connections a role or a database may have, and put it back later.

    Sessions above the limit stay; new ones are refused with 53300. What was there before is kept in a journal.
    """
    from pgconn.cli.errand import Errand, Leave
    from pgconn.cli.fencing import BY, run, task
    from pgconn.cli.output import write
    from pgconn.render.views import ViewOptions

    chosen = task(name, role, database, limit=limit, undo=undo, list_=list_)
    leave = Leave(dry_run=dry_run, yes=yes, force=force)
    with connection.enter() as server:
        document = run(Errand(server, BY, journal, leave), chosen)
    write(document, output, ViewOptions(rows=0, journal=journal, again=connection.connection_args()))
