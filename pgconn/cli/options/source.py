"""Where a snapshot comes from: a server, or a recording of one."""

from pathlib import Path
from typing import Annotated

import typer

from pgconn.cli.options.connection import Connection
from pgconn.errors import WrongUsage
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Value
from pgconn.observe.recording import last
from pgconn.observe.snapshot import take


class Source(Value, frozen=True, kw_only=True):
    """The option that puts a recording in the place of a server."""

    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Look at the last snapshot of a recording, not at a server.",
            show_default=False,
        ),
    ] = None

    @property
    def recorded(self) -> bool:
        """Whether the snapshot comes from a file."""
        return self.from_ is not None

    def last(self, connection: Connection) -> Snapshot | None:
        """The last snapshot of the recording, if there is one; WrongUsage beside an option that names a server."""
        if self.from_ is None:
            return None
        if given := connection.connection_args():
            raise WrongUsage(
                f"{given[0]} does not go with --from", hint="a recording is looked at in the place of a server"
            )
        return last(self.from_)

    def snapshot(self, connection: Connection, *, with_queries: bool = False, with_blockers: bool = False) -> Snapshot:
        """The snapshot, from the file or by asking the server."""
        if (recorded := self.last(connection)) is not None:
            return recorded
        with connection.enter() as server:
            return take(server, with_queries=with_queries, with_blockers=with_blockers)

    def connection_args(self, connection: Connection) -> list[str]:
        """The options that lead a command to the same server or recording."""
        return ["--from", str(self.from_)] if self.from_ is not None else connection.connection_args()
