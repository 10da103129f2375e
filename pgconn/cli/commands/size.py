"""`pgconn size`."""

from typing import Annotated, Final

import typer

from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection
from pgconn.cli.options.emission import Emission, deliver
from pgconn.cli.options.sizing import AnswerOptions, SizingOptions, one_answer
from pgconn.cli.output import Output, write
from pgconn.emit import for_pooler, format_for
from pgconn.emit.emitted import PLACED, POOLERS
from pgconn.errors import FINDINGS
from pgconn.model.instance import Backend
from pgconn.render.views import ViewOptions
from pgconn.sizing.calculate import answer_by, chain
from pgconn.sizing.detected import Found, found as found_in
from pgconn.sizing.provider import with_provider

EXAMPLES: Final = """pgconn size --ram 8G
pgconn size --ram 32G --cores 8 --app web=10x4x5 --app jobs=4x10@recreate
pgconn size --ram 8G --app web=10 --surge fast --tps 800 --hold 15ms
pgconn size --ram 8G --max-connections 200 --why max_connections
pgconn size --live -h db1 -U postgres --pooler pgbouncer"""


@with_groups
def size(
    options: SizingOptions,
    shown: AnswerOptions,
    emission: Emission,
    connection: Connection,
    output: Output,
    live: Annotated[
        bool, typer.Option("--live", help="Ask a server, and on its host the machine, for what is not given.")
    ] = False,
) -> None:
    """What max_connections, memory, pools and a pooler should be, so that they hold together, and why.

    Needs no server. Exits with 1 when what is asked for does not fit.
    """
    one_answer(options, shown, is_file=emission.emit is not None)
    request = options.request()
    if emission.emit in POOLERS:
        request = for_pooler(request, emission.pooler_database or (), emission.pooler_user or ())
    found, behind = _look(connection, emission) if live else (Found(), None)
    found = with_provider(request, found)
    if shown.raises:
        from pgconn.sizing.raising import raising_from  # another model, which --from and --to alone ask for

        write(raising_from(shown.from_, shown.to, request, found), output, ViewOptions(rows=0))
        return
    sizing = answer_by(shown.rule, request, found)
    if emission.emit is not None:
        deliver(emission.emit, sizing, emission, connection, output, behind)
        return
    again = [*options.typed(), *(["--live", *connection.connection_args()] if live else ())]
    file = format_for(request.over(found.request).provider)
    view = ViewOptions(rows=0, connection_args=again, explained=shown.explain, why=shown.why, file=file)
    write(sizing if shown.why is None else chain(sizing, shown.why), output, view)
    if not sizing.fits:
        raise typer.Exit(FINDINGS)


def _look(connection: Connection, emission: Emission) -> tuple[Found, Backend | None]:
    """What a server tells, and its machine where it is this one; for a file that names it, what is behind a pooler."""
    from pgconn.emit.server import backend_behind
    from pgconn.observe.machine import look

    target = connection.target()
    with connection.enter(target) as server:
        found = found_in(*look(target, server))
        return found, backend_behind(server) if emission.emit in PLACED else None
