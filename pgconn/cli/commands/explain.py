"""`pgconn explain`."""

import gc
import sys
from typing import Annotated, Final

import typer

from pgconn.cli.messages import info
from pgconn.cli.options import with_groups
from pgconn.cli.output import Output, write
from pgconn.cli.progress import reading
from pgconn.logs.explain import explain_input, explain_words
from pgconn.refusals.topics import contents
from pgconn.render.views import ViewOptions
from pgconn.rules import page

EXAMPLES: Final = """pgconn explain 'FATAL:  sorry, too many clients already'
pgconn explain 57P05
pgconn explain 'should I just raise max_connections?'
pgconn explain /var/log/postgresql/postgresql-16-main.log
kubectl logs db-0 | pgconn explain"""


@with_groups
def explain(
    output: Output,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT|SQLSTATE|QUESTION|RULE|FILE]...",
            help="Without an argument, lists all topics.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Rows a table; 0 for all. Default: what fits.")
    ] = None,
) -> None:
    """What an error, a SQLSTATE, a question or a whole log means: which limit was hit, why, and what to do.

    Give it as an argument or pipe it in. Works without a server; reads logs of PostgreSQL (stderr, csvlog, jsonlog)
    and of PgBouncer, also compressed with gzip.
    """
    gc.enable()  # a log may be long
    if what and what != ["-"]:
        document = page(" ".join(what)) or explain_words(what, reading)
    elif sys.stdin is None or sys.stdin.isatty():
        document = contents()
    elif (read := explain_input(reading, page)) is not None:
        document = read
    else:
        info("nothing came in; these can be asked for")
        document = contents()
    write(document, output, ViewOptions(rows=limit))
