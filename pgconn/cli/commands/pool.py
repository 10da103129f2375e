"""`pgconn pool`."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output
from pgconn.errors import WrongUsage

if TYPE_CHECKING:
    from pgconn.documents.pool import Frameworks, Pool

EXAMPLES: Final = """pgconn pool --list
pgconn pool hikari --max 8 --app checkout
pgconn pool node-postgres --max 5 --app web --transaction-pooling
pgconn pool django --max 4 -o markdown"""

_MOST: Final = 262_143  # what max_connections can be at most


@with_groups
def pool(
    output: Output,
    framework: Annotated[
        str | None, typer.Argument(metavar="[FRAMEWORK]", help="One of --list.", show_default=False)
    ] = None,
    most: Annotated[
        int | None, typer.Option("--max", min=1, max=_MOST, metavar="N", help="Connections of a process at most.")
    ] = None,
    app: Annotated[str | None, typer.Option(metavar="NAME", help="The service, as application_name shows it.")] = None,
    transaction_pooling: Annotated[
        bool, typer.Option("--transaction-pooling", help="It connects to PgBouncer in transaction mode.")
    ] = False,
    list_all: Annotated[bool, typer.Option("--list", help="The frameworks, and what each opens untouched.")] = False,
) -> None:
    """The configuration that keeps a connection pool below a number, to be pasted into the application.

    With the names of the framework's own parameters, a reason for each number, and how a connection is given back.
    Works without a server.
    """
    from pgconn.cli.output import write
    from pgconn.emit.frameworks import UNNAMED, Asked, frameworks, pool as pool_of

    if list_all and (framework or most):
        raise WrongUsage("--list lists them all", hint="leave it out, or the rest")
    if list_all:
        document: Pool | Frameworks = frameworks()
    elif framework is None:
        raise WrongUsage("no framework is named", hint="pgconn pool --list shows all")
    elif most is None:
        raise WrongUsage(f"how many connections may {framework} open?", hint="say it: --max 8")
    else:
        name = UNNAMED if app is None else app
        document = pool_of(framework, Asked(max=most, app=name, transaction_pooling=transaction_pooling))
    write(document, output)
