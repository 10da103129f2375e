"""`pgconn size`."""

from typing import Annotated, Final

import typer

from pgconn.cli.emitting import Emission
from pgconn.cli.options.connection import Connection
from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output
from pgconn.cli.options.sizing import AnswerOptions, BetweenOptions, DemandOptions, MachineOptions
from pgconn.errors import FINDINGS

EXAMPLES: Final = """pgconn size --ram 8G
pgconn size --ram 32G --cores 8 --app web=10x4x5 --app jobs=4x10@recreate
pgconn size --ram 8G --app web=10 --surge fast --tps 800 --hold 15ms
pgconn size --ram 8G --max-connections 200 --why max_connections
pgconn size --live -h db1 -U postgres --pooler pgbouncer"""


@with_groups
def size(
    machine: MachineOptions,
    demand: DemandOptions,
    between: BetweenOptions,
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
    from pgconn.cli.emitting import emit, one_answer, with_pooler
    from pgconn.cli.options.sizing import typed
    from pgconn.cli.output import write
    from pgconn.cli.sizing import file_of, known_of, raising_of, sizing_of, with_chain
    from pgconn.render.views import ViewOptions

    one_answer(shown, emission, demand)
    between = with_pooler(between, emission)
    known = known_of(machine.said() | demand.said() | between.said(), connection if live else None)
    if shown.raises:
        write(raising_of(known, shown.from_, shown.to), output, ViewOptions(rows=0))
        return
    sizing = sizing_of(known, shown.rule)
    if emission.wanted:
        emit(sizing, emission, connection, output)
        return
    again = [*typed(machine, demand, between), *(["--live", *connection.connection_args()] if live else ())]
    document = with_chain(sizing, shown.why)
    options = ViewOptions(rows=0, connection_args=again, explained=shown.explain, why=shown.why, file=file_of(known))
    write(document, output, options)
    if not sizing.fits:
        raise typer.Exit(FINDINGS)
