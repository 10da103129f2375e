"""Where to connect: libpq's options, and what to do when every slot is taken."""

from typing import Annotated, Final

import typer

from pgconn.cli import prompt
from pgconn.cli.messages import info
from pgconn.config.services import service_names
from pgconn.model.target import Target
from pgconn.model.value import Value
from pgconn.server import Server
from pgconn.server.ladder import Ladder, enter
from pgconn.text.quantities import parse_duration
from pgconn.text.redaction import without_password

_CONNECTION: Final = "Connection (as psql; PG* variables, service and password files hold too)"


def _services(incomplete: str) -> list[str]:
    """For the completion of the shell."""
    return [name for name in service_names() if name.startswith(incomplete)]


def _databases(incomplete: str) -> list[str]:
    """For the completion of the shell: the connection strings that name a service."""
    return [text for name in service_names() if (text := f"service={name}").startswith(incomplete)]


class Connection(Value, frozen=True, kw_only=True):
    """Where to connect, in libpq's words."""

    host: Annotated[
        str | None,
        typer.Option(
            "-h", "--host", metavar="HOST", help="Host name, address or socket directory.", rich_help_panel=_CONNECTION
        ),
    ] = None
    port: Annotated[
        str | None, typer.Option("-p", "--port", metavar="PORT", help="Port.", rich_help_panel=_CONNECTION)
    ] = None
    username: Annotated[
        str | None,
        typer.Option("-U", "--username", metavar="ROLE", help="Role to log in as.", rich_help_panel=_CONNECTION),
    ] = None
    dbname: Annotated[
        str | None,
        typer.Option(
            "-d",
            "--dbname",
            metavar="NAME|CONNINFO|URI",
            help="Database, or a whole connection string.",
            autocompletion=_databases,
            rich_help_panel=_CONNECTION,
        ),
    ] = None
    service: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Entry of pg_service.conf.", autocompletion=_services, rich_help_panel=_CONNECTION
        ),
    ] = None
    password: Annotated[
        bool, typer.Option("-W", "--password", help="Ask for the password.", rich_help_panel=_CONNECTION)
    ] = False

    walsender: Annotated[
        bool,
        typer.Option(
            "--walsender/--no-walsender",
            help="When all slots are taken, use a walsender's.",
            rich_help_panel=_CONNECTION,
        ),
    ] = True
    wait: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Wait up to TIME for a free slot (default: 0s), and for ended sessions to disconnect (default: 5s).",
            rich_help_panel=_CONNECTION,
        ),
    ] = None

    def enter(self, target: Target | None = None) -> Server:
        """A session on the server, by the first rung of the ladder that leads in."""
        return enter(target or self.target(), self.ladder(), info)

    def ladder(self) -> Ladder:
        """The rungs to try, and for how long."""
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
