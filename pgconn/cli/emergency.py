"""What `pgconn ready` asks of the person and of the host."""

import getpass
import sys

import typer

from pgconn.cli.talk import say
from pgconn.errors import NotConfirmed, PgconnError, WrongUsage
from pgconn.model.quoting import sql_identifier
from pgconn.model.readiness import Preparation, Way
from pgconn.model.target import Target
from pgconn.readiness import emergency_role, hba_line
from pgconn.server import Server
from pgconn.snapshot import take


def create_role(server: Server, role: str, *, yes: bool) -> None:
    """Show the SQL, ask, prompt for the password, and make the role; the password leaves as a SCRAM verifier alone."""
    if not role.strip():
        raise WrongUsage("a role needs a name", hint="pgconn ready --create pgconn_rescue")
    snapshot = take(server)
    create, grant = emergency_role(role, exists=False, reserved_role=snapshot.capacity.reserved_role)
    for line in (create, grant):
        say(f"will run: {line}")
    if not sys.stdin.isatty():
        raise NotConfirmed(
            "nothing was made: the password of the role is asked for on a terminal", hint=f"run: {create}"
        )
    if not yes and not typer.confirm(f"Make the role {role} on {snapshot.address}?", err=True):
        raise NotConfirmed("nothing was made")
    verifier = server.scram_verifier(role, _new_password(role))
    server.execute(create.rstrip(";") + f" PASSWORD '{verifier}'", grant)
    preparation = server.ask(Preparation).one(Preparation)
    say(f"made {sql_identifier(role)}; now let it in: {hba_line(role, preparation.client_addr)}")
    say(f"then try: pgconn ready -U {role}")


def _new_password(role: str) -> str:
    password = getpass.getpass(f"New password of {role}: ")
    if not password:
        raise NotConfirmed("nothing was made: the password is empty")
    if getpass.getpass("Again: ") != password:
        raise NotConfirmed("nothing was made: the two passwords differ")
    return password


def host_way(target: Target, server: Server) -> Way:
    """Whether pgconn, run as it is now, may see and end the processes of this very server."""
    from pgconn.cli.processes import host_snapshot
    from pgconn.host import may_end

    try:
        found = host_snapshot(target)
        if server.announced_pid not in {process.pid for process in found.processes}:
            detail = "the server that has this port here is not the one that answers"
            return Way(rung="os", works=False, detail=detail, missing=("run pgconn ready on the database host",))
        may_end(found.postmaster)
    except PgconnError as error:
        return Way(rung="os", works=False, detail=error.message, missing=(error.hint,) if error.hint else ())
    return Way(rung="os", works=True, detail=f"pgconn rescue may end idle backends of {found.postmaster.name}")
