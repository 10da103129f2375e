"""What is prepared before an incident: an emergency role, and whether the database host itself is a way in."""

from collections.abc import Sequence
from typing import Final

from pgconn.actions.ready import emergency_role, hba_line
from pgconn.documents.readiness import Preparation, Way
from pgconn.errors import PgconnError, PrivilegeMissing, WrongUsage
from pgconn.host import may_end
from pgconn.model.result import Listener
from pgconn.model.target import Target
from pgconn.model.value import Value
from pgconn.observe.processes import host_snapshot
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.text.quoting import shell_command, sql_identifier

_WHO_MAY: Final = "log in as a superuser; from 16 on CREATEROLE, REPLICATION and ADMIN on what it grants do as well"
_OTHERWISE: Final = (
    "a role is made on the primary, under a name that is not taken; ready -U ROLE tells what one there lacks"
)


class NewRole(Value, frozen=True, kw_only=True):
    """A role that is about to be made, and the line of pg_hba.conf that lets it in."""

    name: str
    place: str
    create: str
    grant: str
    hba: str


def prepare(server: Server, role: str) -> NewRole:
    """The statements that make the role; raises PrivilegeMissing where the role that asks may not make any."""
    if not role.strip():
        raise WrongUsage("a role needs a name", hint="pgconn ready --create pgconn_rescue")
    snapshot, preparation = take(server), server.ask(Preparation).one(Preparation)
    if not preparation.may_create_roles:
        raise PrivilegeMissing(f"{preparation.name} may not create roles", hint=_WHO_MAY)
    create, grant = emergency_role(role, reserved_role=snapshot.capacity.reserved_role)
    hba = hba_line(role, preparation.client_addr)
    return NewRole(name=role, place=str(snapshot.address), create=create, grant=grant, hba=hba)


def make(server: Server, role: NewRole, password: str, connection_args: Sequence[str], listener: Listener) -> None:
    """Make the role; its password is sent as a SCRAM verifier. `connection_args` lead to the server."""
    verifier = server.scram_verifier(role.name, password)
    try:
        server.execute(role.create.rstrip(";") + f" PASSWORD '{verifier}'", role.grant)
    except PrivilegeMissing as error:
        raise PrivilegeMissing(f"nothing was made: {error.message}", hint=_WHO_MAY) from None
    except PgconnError as error:
        if type(error) is not PgconnError:
            raise
        raise WrongUsage(f"nothing was made: {error.message}", hint=_OTHERWISE) from None
    listener.info(
        f"made {sql_identifier(role.name)}; now allow its connections: {role.hba}",
        f"then try: {shell_command('pgconn', 'ready', *connection_args, '-U', role.name)}",
    )


def host_way(target: Target, server: Server) -> Way:
    """Whether pgconn, run as it is now, may see and end the processes of this very server."""
    try:
        found = host_snapshot(target)
        if server.announced_pid not in {process.pid for process in found.processes}:
            detail = "the server that has this port here is not the one that answers"
            return Way(rung="os", works=False, detail=detail, missing=("run pgconn ready on the database host",))
        may_end(found.postmaster)
    except PgconnError as error:
        return Way(rung="os", works=False, detail=error.message, missing=(error.hint,) if error.hint else ())
    return Way(rung="os", works=True, detail=f"pgconn rescue may end idle backends of {found.postmaster.name}")
