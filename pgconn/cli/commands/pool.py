"""`pgconn pool`."""

from typing import Annotated, Final

import typer

from pgconn.cli.options import with_groups
from pgconn.cli.output import Output, write
from pgconn.emit import pools
from pgconn.model.slots import MAX_CONNECTIONS

EXAMPLES: Final = """pgconn pool --list
pgconn pool hikari --max 8 --app checkout
pgconn pool node-postgres --max 5 --app web --transaction-pooling
pgconn pool django --max 4 -o markdown"""

_Name = Annotated[str | None, typer.Argument(metavar="[FRAMEWORK]", help="One of --list.", show_default=False)]
_N = Annotated[
    int | None, typer.Option("--max", min=1, max=MAX_CONNECTIONS, metavar="N", help="Connections of a process at most.")
]
_App = Annotated[str | None, typer.Option(metavar="NAME", help="The service, as application_name shows it.")]
_Pooled = Annotated[bool, typer.Option("--transaction-pooling", help="It connects to PgBouncer in transaction mode.")]
_All = Annotated[bool, typer.Option("--list", help="The frameworks, and what each opens by default.")]


@with_groups
def pool(
    output: Output, name: _Name = None, most: _N = None, app: _App = None, pooled: _Pooled = False, every: _All = False
) -> None:
    """The configuration that keeps a connection pool below a number, to be pasted into the application.

    With the names of the framework's own parameters, a reason for each number, and how a connection is released.
    Works without a server.
    """
    document = pools.requested(name, most, app, transaction_pooling=pooled, list_all=every)
    write(document, output)
