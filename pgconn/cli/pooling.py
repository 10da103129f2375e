"""What a pgbouncer.ini needs from outside: the server, the verifiers of its roles, and a password of its own."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from typing import Final

from pgconn.cli.options.connection import Connection
from pgconn.emit.emitted import LoginSecret
from pgconn.errors import PrivilegeMissing, WrongUsage
from pgconn.model.secret import Secret

_ROUNDS: Final = 4096  # as PostgreSQL's scram_iterations


def server(connection: Connection | None) -> dict[str, str]:
    """Host and port of the server, as far as the options, the connection string and PG* variables tell."""
    if connection is None:
        return {}
    from pgconn.cli.talk import say
    from pgconn.server.parameters import connection_parameters, probe_address

    parameters = connection_parameters(connection.target())
    address = probe_address(parameters)
    if address is not None:
        return {"host": address.host, "port": str(address.port)}
    host = str(parameters.get("host") or os.environ.get("PGHOST") or "")
    port = str(parameters.get("port") or os.environ.get("PGPORT") or "")
    if "," in host + port:
        say("PgBouncer needs one server, and several are named: put the right one into pgbouncer.ini")
        return {}
    return {"port": port} if port else {}


def read_verifiers(users: Sequence[str] | None, connection: Connection | None) -> dict[str, str]:
    """The SCRAM verifiers of these roles, or of all that have one and are no superusers; says what it reads."""
    from pgconn.cli.talk import say

    if connection is None:
        raise WrongUsage("--read-verifiers needs a server", hint="say where: -h HOST -U postgres")
    say("reading the SCRAM verifiers of roles from pg_authid")
    with connection.enter() as session:
        try:
            known = session.ask(Secret).take(Secret)
        except PrivilegeMissing:
            raise PrivilegeMissing(
                "the role may not read pg_authid",
                hint="log in as a superuser; where there is none, as on a managed service, use its own pooler",
            ) from None
    found = {secret.name: secret.verifier for secret in known if users is None or secret.name in users}
    for name in users or ():
        if name not in found:
            say(f"{name} has no SCRAM verifier on this server; its line in the userlist is left open")
    return found


def new_login() -> LoginSecret:
    """A password that nobody needs to know, and what the server keeps of it."""
    password, salt = secrets.token_urlsafe(24), secrets.token_bytes(16)
    return LoginSecret(password=password, verifier=verifier(password, salt))


def verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL keeps of an ASCII password: RFC 5803, SCRAM-SHA-256."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ROUNDS)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = (base64.b64encode(part).decode() for part in (salt, stored, _keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *parts)


def _keyed(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
