"""Where to connect: libpq's options, and what to do when every slot is taken."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pgconn.cli import prompt
from pgconn.cli.messages import info
from pgconn.cli.options import panel
from pgconn.config.services import service_names
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.instance import Target
from pgconn.text.quantities import parse_duration
from pgconn.text.redaction import without_password

if TYPE_CHECKING:
    from pgconn.model.snapshot import Snapshot
    from pgconn.server import Server
    from pgconn.server.ladder import Ladder

_option = panel("Connection (as psql; PG* variables, service and password files hold too)")


def _services(incomplete: str) -> list[str]:
    """For the completion of the shell."""
    return [name for name in service_names() if name.startswith(incomplete)]


def _databases(incomplete: str) -> list[str]:
    """For the completion of the shell: the connection strings that name a service."""
    return [text for name in service_names() if (text := f"service={name}").startswith(incomplete)]


class Connection(Value, frozen=True, kw_only=True):
    """Where to connect, in libpq's words."""

    host: Annotated[
        str | None, _option("-h", "--host", metavar="HOST", help="Host name, address or socket directory.")
    ] = None
    port: Annotated[str | None, _option("-p", "--port", metavar="PORT", help="Port.")] = None
    username: Annotated[str | None, _option("-U", "--username", metavar="ROLE", help="Role to log in as.")] = None
    dbname: Annotated[
        str | None,
        _option(
            "-d",
            "--dbname",
            metavar="NAME|CONNINFO|URI",
            help="Database, or a whole connection string.",
            autocompletion=_databases,
        ),
    ] = None
    service: Annotated[
        str | None, _option(metavar="NAME", help="Entry of pg_service.conf.", autocompletion=_services)
    ] = None
    password: Annotated[bool, _option("-W", "--password", help="Ask for the password.")] = False

    walsender: Annotated[
        bool, _option("--walsender/--no-walsender", help="When all slots are taken, use a walsender's.")
    ] = True
    wait: Annotated[
        str | None,
        _option(
            metavar="TIME",
            help="Wait up to TIME for a free slot (default: 0s), and for ended sessions to disconnect (default: 5s).",
        ),
    ] = None

    def enter(self, target: Target | None = None) -> "Server":
        """A session on the server, by the first rung of the ladder that leads in."""
        from pgconn.server.ladder import enter  # with all that asks a server, which size needs with --live alone

        return enter(target or self.target(), self.ladder(), info)

    def ladder(self) -> "Ladder":
        """The rungs to try, and for how long."""
        from pgconn.server.ladder import Ladder  # as above

        return Ladder(walsender=self.walsender, wait_seconds=parse_duration(self.wait) if self.wait else 0.0)

    def target(self) -> Target:
        """The target, once the password is typed."""
        return Target(
            host=self.host,
            port=self.port,
            user=self.username,
            dbname=self.dbname,
            service=self.service,
            password=prompt.password() if self.password else None,
        )

    def connection_args(self, target: Target | None = None, *, as_role: bool = True) -> list[str]:
        """These options for a command to type next, without a password; host and port may be the target's."""
        address = target or self
        named = {
            "-h": address.host,
            "-p": address.port,
            "-U": self.username if as_role else None,
            "--service": self.service,
            "-d": self.dbname,
        }
        if self.dbname is not None and without_password(self.dbname) != self.dbname:
            named["-d"] = without_password(self.dbname)
        words = [word for option, value in named.items() if value is not None for word in (option, value)]
        return [*words, "-W"] if self.password else words


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

    def last(self, connection: Connection) -> "Snapshot | None":
        """The last snapshot of the recording, if there is one; WrongUsage beside an option that names a server."""
        if self.from_ is None:
            return None
        if given := connection.connection_args():
            raise WrongUsage(
                f"{given[0]} does not go with --from", hint="a recording is looked at in the place of a server"
            )
        from pgconn.observe.recording import last  # as above

        return last(self.from_)

    def snapshot(
        self, connection: Connection, *, with_queries: bool = False, with_blockers: bool = False
    ) -> "Snapshot":
        """The snapshot, from the file or by asking the server."""
        if (recorded := self.last(connection)) is not None:
            return recorded
        from pgconn.observe.snapshot import take  # as above

        with connection.enter() as server:
            return take(server, with_queries=with_queries, with_blockers=with_blockers)

    def connection_args(self, connection: Connection) -> list[str]:
        """The options that lead a command to the same server or recording."""
        return ["--from", str(self.from_)] if self.from_ is not None else connection.connection_args()
