"""What is between us and the server: nothing, a relay that passes bytes on, or a pooler whose backend outlives us.

PgBouncer and Odyssey announce a process id of their own; PgBouncer from 1.26 on also calls itself by name. Pgpool-II
and pgagroal hand on the backend's own, so what gives them away is the port: the server sees another one than our
socket has. A relay (HAProxy, ssh -L, kubectl port-forward, a container's ports, the proxies of clouds) changes the
port as well and keeps nothing. The two are told apart by what a pooler cannot hide:

1. pgagroal drops what we ask for in the startup packet, so that the backend keeps an encoding and a name of its own;
2. a backend that is older than our connection was somebody else's before;
3. Pgpool-II alone answers SHOW pool_version. Elsewhere that is an error, and a line in the server's log, so it is asked
   where the port differs and nothing else has told: mostly behind a relay.

Before a login there is another sign, for the ladder: a startup packet without a user cannot be passed on by a pooler,
which has to know whose backend to take, so where PostgreSQL itself answers it there is no more than a relay. It is not
sent after a login, because a child of Pgpool-II ends over it and closes its idle server connections.
"""

from collections.abc import Callable
from typing import Final, Literal

from pgconn.model import Value
from pgconn.model.instance import Backend
from pgconn.server.refused import ProbeAddress

Who = Literal["postgresql", "pooler", "unknown"]

_SLACK: Final = 1.0  # seconds by which the server's clock may be set while we connect
_ENCODING: Final = "SQL_ASCII"
_PATIENCE: Final = 2.0


class OwnEnd(Value, frozen=True, kw_only=True):
    """Our end of a connection: what was announced to us, and the name of our socket.

    `port` is None for a Unix socket, where `path_port` is the number in the name of the socket that we reached.
    """

    announced_pid: int
    is_tcp: bool | None
    port: int | None
    path_port: int | None = None
    client_encoding: str | None
    application_name: str | None
    pgbouncer: str | None


class Between(Value, frozen=True, kw_only=True):
    """Whether a pooler is in between, which one if that is known, and whether it keeps the backend that serves us.

    A walsender is kept by those alone that hand on its process id.
    """

    pooler: bool = False
    product: str | None = None
    keeps_walsenders: bool = False


def between(own: OwnEnd, backend: Backend, seconds: float, is_pgpool: Callable[[], bool]) -> Between:
    """What is between us and this backend; `seconds` have passed since we began to connect, `is_pgpool` asks."""
    if own.announced_pid != backend.pid or own.pgbouncer:
        return Between(pooler=True, product="pgbouncer" if own.pgbouncer else None)
    if _is_same_socket(own, backend):
        return Between()
    if own.application_name == "pgagroal":
        return Between(pooler=True, product="pgagroal", keeps_walsenders=True)
    if is_pgpool():
        return Between(pooler=True, product="pgpool", keeps_walsenders=True)
    is_older = backend.age_seconds is not None and backend.age_seconds > seconds + _SLACK
    return Between(pooler=True, keeps_walsenders=True) if is_older or own.client_encoding != _ENCODING else Between()


def who_answers(probe: ProbeAddress | None, seconds: float = 0.0) -> Who:
    """Who answers there to a startup packet without a user; `seconds` are what another login took there.

    `postgresql` is the server itself, over nothing more than a relay; `unknown` is no answer, as of a frozen server.
    """
    from pgconn.server.probe import nameless  # with the patterns of refusals, which most runs do not need

    if probe is None:
        return "unknown"
    patience = max(_PATIENCE, 2 * seconds)
    answer = nameless(probe.host, probe.port, sslmode=probe.sslmode, timeout=patience, server_name=probe.name)
    if answer.is_postgresql:
        return "postgresql"
    return "pooler" if answer.kind in ("refused", "closed") else "unknown"


def _is_same_socket(own: OwnEnd, backend: Backend) -> bool:
    """Whether the server sees our own socket. An address that alone differs was translated, and nothing is between."""
    if own.is_tcp is None:
        return True
    if own.is_tcp:
        return own.port == backend.client_port
    return backend.client_port is None and own.path_port in (None, backend.server_port)
