"""The numbers of a PgBouncer before the server."""

import math

from pgconn.model.value import Value
from pgconn.sizing.choices import Choices


class Pooler(Value, frozen=True, kw_only=True):
    """PgBouncer's numbers; those of server connections are for each of its processes.

    `worst_case` is what all processes together may open on the server; `files` the descriptors that one process
    expects, by its own formula.
    """

    server_target: int
    default_pool_size: int
    reserve_pool_size: int
    max_db_connections: int
    max_client_conn: int
    worst_case: int
    files: int
    limit_nofile: int
    fits: bool


def pooler(
    usable: int,
    target: int,
    clients: int,
    choices: Choices,
    *,
    processes: int = 1,
    databases: int = 1,
    users: int = 1,
    forced_user: bool = False,
) -> Pooler:
    """A pool for each user and database, so that all of them together stay within `usable` server connections.

    `target` server connections are worth having; `clients` connect at the peak of a deploy. With `forced_user` all
    clients of a database share one pool.
    """
    logins = 1 if forced_user else max(1, users)
    pools = max(1, databases) * logins
    target = max(1, min(target, usable))
    size = max(1, target // (pools * processes))
    room = max(0, usable) // (pools * processes)
    reserve = max(0, min(math.ceil(choices.reserve_pool * size), room - size))
    cap = max(1, usable // processes // max(1, databases))
    most_clients = math.ceil(choices.client_headroom * clients / processes / 100 - 1e-9) * 100
    files = expected_files(most_clients, [(size, forced_user)] * max(1, databases), users)
    worst = min((size + reserve) * logins, cap) * max(1, databases) * processes
    return Pooler(
        server_target=target,
        default_pool_size=size,
        reserve_pool_size=reserve,
        max_db_connections=cap,
        max_client_conn=max(100, most_clients),
        worst_case=worst,
        files=files + max(0, 100 - most_clients),
        limit_nofile=choices.files_headroom * (files + max(0, 100 - most_clients)),
        fits=worst <= usable,
    )


def expected_files(max_client_conn: int, databases: list[tuple[int, bool]], users: int) -> int:
    """The file descriptors that PgBouncer says at its start that it expects to use, for one process.

    Each database is its pool_size, and whether all its clients share one user.
    """
    pools = sum(size * (1 if forced else users) for size, forced in databases)
    return max_client_conn + 10 + pools


def server_connections(active: int, busy: float) -> int:
    """How many connections keep so many sessions at work, when each is lent out longer than it works."""
    return max(1, math.ceil(active / busy - 1e-9))
