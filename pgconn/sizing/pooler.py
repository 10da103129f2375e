"""The numbers of a PgBouncer before the server."""

import math
from collections.abc import Sequence
from typing import Final

from pgconn.model.value import Value
from pgconn.sizing.choices import Choices

SPARE_FILES: Final = 10  # listening sockets, logs and the like, by PgBouncer's own formula
CONSOLE_FILES: Final = 2  # server connections that PgBouncer reckons for its own console
_LEAST_FILES: Final = 1024  # what a process has without being asked
_LEAST_CLIENTS: Final = 100  # max_client_conn; PgBouncer's own default


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
    worst = min((size + reserve) * logins, cap) * max(1, databases) * processes
    most_clients = max(_LEAST_CLIENTS, most_clients)
    files = planned_files(most_clients, size, databases=databases, logins=users, forced_user=forced_user)
    return Pooler(
        server_target=target,
        default_pool_size=size,
        reserve_pool_size=reserve,
        max_db_connections=cap,
        max_client_conn=most_clients,
        worst_case=worst,
        files=files,
        limit_nofile=limit_nofile(files, choices),
        fits=worst <= usable,
    )


def expected_files(max_client_conn: int, databases: Sequence[tuple[int, bool]], users: int) -> int:
    """The file descriptors that PgBouncer says at its start that it expects to use, for one process.

    Each database is its pool_size, and whether all its clients share one user. PgBouncer counts its console among the
    databases, and a user of its own among the users.
    """
    pools = sum(size * (1 if forced else users) for size, forced in databases)
    return max_client_conn + SPARE_FILES + pools


def planned_files(
    max_client_conn: int, pool_size: int, *, databases: int = 1, logins: int = 1, forced_user: bool = False
) -> int:
    """The descriptors that PgBouncer will expect once each login has come to each database."""
    served = [(pool_size, forced_user)] * max(1, databases)
    return expected_files(max_client_conn, [*served, (CONSOLE_FILES, True)], max(1, logins) + 1)


def limit_nofile(files: int, choices: Choices) -> int:
    """The LimitNOFILE for a PgBouncer that expects so many descriptors."""
    return max(choices.files_headroom * files, _LEAST_FILES)


def server_connections(active: int, busy: float) -> int:
    """How many connections keep so many sessions at work, when each is lent out longer than it works."""
    return max(1, math.ceil(active / busy - 1e-9))
