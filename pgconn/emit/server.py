"""What the files of a pooler need from the server behind it: where it is, and the verifiers of its roles."""

import ipaddress
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pgconn.errors import PrivilegeMissing, WrongUsage
from pgconn.model.instance import Backend, Secret, Target

if TYPE_CHECKING:
    from pgconn.server import Server

_BEHIND: Final = (
    "The server was asked through a pooler, and host and port here are those that the server itself has: {}, port {}. "
    "Where a name or another address leads there, as with a failover or a container, put that one in."
)
_LOOPBACK: Final = " This address leads to the server on its own host alone."


def backend_behind(server: "Server") -> Backend | None:
    """The backend that a pooler had for us; None where no pooler is in between."""
    backend = server.ask(Backend).one(Backend)
    return backend if server.recognise(backend).pooler else None


def place_of(target: Target, behind: Backend | None = None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Host and port, as far as the options, the connection string and PG* variables tell; and what they leave open.

    They lead to a pooler where its backend is given: then it is the server's own address, and a note says so. Raises
    WrongUsage where the server has none.
    """
    if behind is not None:
        return _place_behind(behind)
    from pgconn.server.parameters import connection_parameters, probe_address

    parameters = connection_parameters(target)
    if (address := probe_address(parameters)) is not None:
        return {"host": address.host, "port": str(address.port)}, ()
    host = str(parameters.get("host") or os.environ.get("PGHOST") or "")
    port = str(parameters.get("port") or os.environ.get("PGPORT") or "")
    if "," in host + port:
        return {}, ("a pooler needs one server, and several are named: put the right one into its file",)
    return ({"port": port} if port else {}), ()


def _place_behind(backend: Backend) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the pooler reached, as the server sees it; nothing that it says is taken for an address without a look."""
    try:
        address = ipaddress.ip_address(backend.server_addr or "")
    except ValueError:
        raise _unknown() from None
    if address.is_link_local or address.is_unspecified or not 0 < backend.server_port < 65536:
        raise _unknown()
    note = _BEHIND.format(address, backend.server_port) + (_LOOPBACK if address.is_loopback else "")
    return {"host": str(address), "port": str(backend.server_port), "note": note}, (note,)


def _unknown() -> WrongUsage:
    return WrongUsage(
        "the server behind the pooler is not known, and a file for another pooler has to name it",
        hint="name the server itself with -h and -p; without --live and --read-verifiers it need not be reached",
    )


def read_verifiers(server: "Server", users: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The SCRAM verifiers of these roles, or of all that have one and are no superusers; and who has none."""
    try:
        known = server.ask(Secret).take(Secret)
    except PrivilegeMissing:
        raise PrivilegeMissing(
            "the role may not read pg_authid",
            hint="log in as a superuser; where there is none, as on a managed service, use its own pooler",
        ) from None
    found = {secret.name: secret.verifier for secret in known if not users or secret.name in users}
    lacking = " has no SCRAM verifier on this server; its line in the userlist is left open"
    return found, tuple(f"{name}{lacking}" for name in users if name not in found)
