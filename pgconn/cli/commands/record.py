"""`pgconn record`."""

import gc
from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.messages import info
from pgconn.cli.options import with_groups
from pgconn.cli.options.connection import Connection
from pgconn.errors import WrongUsage
from pgconn.observe.recording import Recording
from pgconn.observe.sampler import Sampler
from pgconn.observe.turns import Turns
from pgconn.text.quantities import parse_duration

EXAMPLES: Final = """pgconn record incident.jsonl.gz
pgconn record incident.jsonl.gz --every 5s --count 60
pgconn status --from incident.jsonl.gz"""

LEAST_PAUSE: Final = 0.1  # seconds; more often would be a load of its own


@with_groups
def record(
    connection: Connection,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The file to append to; compressed when it ends in .gz.", show_default=False
        ),
    ],
    every: Annotated[str | None, typer.Option(metavar="AGE", help="Go on, a snapshot each time: 5s.")] = None,
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after so many snapshots.")] = None,
    with_queries: Annotated[bool, typer.Option("--with-queries", help="Keep the texts of queries too.")] = False,
) -> None:
    """Write a snapshot to a file, once or every few seconds, for later and for others.

    A file that is there already grows; one that is no recording is not changed. Interrupt it when you have enough.
    """
    pause = parse_duration(every) if every is not None else 1.0
    if pause < LEAST_PAUSE:
        raise WrongUsage(f"--every {every} is too often", hint="ask every 100ms at most")
    times = count if every is not None or count is not None else 1
    gc.enable()
    with (
        Recording(file, info) as recording,
        Sampler(connection.target(), connection.ladder(), recording, with_queries=with_queries) as sampler,
    ):
        sampler.run(Turns(pause), times=times)
