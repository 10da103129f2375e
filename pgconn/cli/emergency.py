"""What `pgconn ready` asks of the person and of the host."""

import sys
from collections.abc import Sequence
from typing import Final

from pgconn.actions.ready import emergency_role, hba_line
from pgconn.cli.prompt import confirm, new_password
from pgconn.cli.talk import say
from pgconn.documents.readiness import Preparation, Way
from pgconn.errors import NotConfirmed, PgconnError, PrivilegeMissing, WrongUsage
from pgconn.model.target import Target
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.text.quoting import shell_command, sql_identifier

_WHO_MAY: Final = "log in as a superuser; from 16 on CREATEROLE, REPLICATION and ADMIN on what it grants do as well"


def create_role(server: Server, role: str, *, yes: bool, again: Sequence[str]) -> None:
    """Show the SQL, ask, prompt for the password, and make the role; the password leaves as a SCRAM verifier alone.

    `again` are the options that lead to the same server when they are typed.
    """
    if not role.strip():
        raise WrongUsage("a role needs a name", hint="pgconn ready --create pgconn_rescue")
    snapshot, preparation = take(server), server.ask(Preparation).one(Preparation)
    if not preparation.may_create_roles:
        raise PrivilegeMissing(f"{preparation.name} may not create roles", hint=_WHO_MAY)
    create, grant = emergency_role(role, reserved_role=snapshot.capacity.reserved_role)
    for line in (create, grant):
        say(f"will run: {line}")
    if not sys.stdin.isatty():
        raise NotConfirmed(
            "nothing was made: the password of the role is asked for on a terminal", hint=f"run: {create} {grant}"
        )
    confirm(f"Make the role {role} on {snapshot.address}?", yes=yes, otherwise="nothing was made")
    verifier = server.scram_verifier(role, new_password(role))
    _execute(server, create.rstrip(";") + f" PASSWORD '{verifier}'", grant)
    say(f"made {sql_identifier(role)}; now let it in: {hba_line(role, preparation.client_addr)}")
    say(f"then try: {shell_command('pgconn', 'ready', *again, '-U', role)}")


def _execute(server: Server, *statements: str) -> None:
    try:
        server.execute(*statements)
    except PrivilegeMissing as error:
        raise PrivilegeMissing(f"nothing was made: {error.message}", hint=_WHO_MAY) from None
    except PgconnError as error:
        if type(error) is not PgconnError:
            raise
        other = (
            "a role is made on the primary, under a name that is not taken; ready -U ROLE tells what one there lacks"
        )
        raise WrongUsage(f"nothing was made: {error.message}", hint=other) from None


def host_way(target: Target, server: Server) -> Way:
    """Whether pgconn, run as it is now, may see and end the processes of this very server."""
    from pgconn.host import may_end
    from pgconn.observe.processes import host_snapshot

    try:
        found = host_snapshot(target)
        if server.announced_pid not in {process.pid for process in found.processes}:
            detail = "the server that has this port here is not the one that answers"
            return Way(rung="os", works=False, detail=detail, missing=("run pgconn ready on the database host",))
        may_end(found.postmaster)
    except PgconnError as error:
        return Way(rung="os", works=False, detail=error.message, missing=(error.hint,) if error.hint else ())
    return Way(rung="os", works=True, detail=f"pgconn rescue may end idle backends of {found.postmaster.name}")
