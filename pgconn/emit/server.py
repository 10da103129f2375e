"""What the files of a pooler need from the server behind it: where it is, and the verifiers of its roles."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pgconn.errors import PrivilegeMissing
from pgconn.model.instance import Secret, Target

if TYPE_CHECKING:
    from pgconn.server import Server


def place_of(target: Target) -> tuple[dict[str, str], tuple[str, ...]]:
    """Host and port, as far as the options, the connection string and PG* variables tell; and what they leave open."""
    from pgconn.server.parameters import connection_parameters, probe_address

    parameters = connection_parameters(target)
    if (address := probe_address(parameters)) is not None:
        return {"host": address.host, "port": str(address.port)}, ()
    host = str(parameters.get("host") or os.environ.get("PGHOST") or "")
    port = str(parameters.get("port") or os.environ.get("PGPORT") or "")
    if "," in host + port:
        return {}, ("a pooler needs one server, and several are named: put the right one into its file",)
    return ({"port": port} if port else {}), ()


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
