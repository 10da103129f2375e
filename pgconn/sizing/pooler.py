"""The numbers of a PgBouncer before the server."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.number import number

SPARE_FILES: Final = 10  # listening sockets, logs and the like, by PgBouncer's own formula
CONSOLE_FILES: Final = 2  # server connections that PgBouncer reckons for its own console
LEAST_FILES: Final = 1024  # what a process has without being asked
_LEAST_CLIENTS: Final = 100  # max_client_conn; PgBouncer's own default


class Pooler(Value, frozen=True, kw_only=True):
    """PgBouncer's numbers; those of server connections are for each of its `processes`.

    There is a pool for each of its `databases` and `users`, so that all of them together stay within `usable` server
    connections. `wanted` server connections are worth having; `clients` connect at the peak of a deploy.
    """

    usable: int
    wanted: int
    clients: int
    assumptions: Assumptions = Assumptions()
    processes: int = 1
    databases: int = 1
    users: int = 1

    @property
    def _pools(self) -> int:
        return self.databases * self.users * self.processes

    @property
    def server_target(self) -> int:
        """The server connections worth having, as far as they are usable."""
        return max(1, min(self.wanted, self.usable))

    @property
    def default_pool_size(self) -> int:
        """What each pool gets of them."""
        return max(1, self.server_target // self._pools)

    @property
    def reserve_pool_size(self) -> int:
        """What each pool may open beside, as far as it is usable."""
        room, size = max(0, self.usable) // self._pools, self.default_pool_size
        return max(0, min(math.ceil(self.assumptions.reserve_pool * size), room - size))

    @property
    def max_db_connections(self) -> int:
        """What all pools of a database may open."""
        return max(1, self.usable // self.processes // self.databases)

    @property
    def server_connections(self) -> int:
        """What all processes together may open on the server."""
        opened = (self.default_pool_size + self.reserve_pool_size) * self.users
        return min(opened, self.max_db_connections) * self.databases * self.processes

    @property
    def max_client_conn(self) -> int:
        """The clients of a process, and some more, in hundreds."""
        hundreds = math.ceil(self.assumptions.client_headroom * self.clients / self.processes / 100 - 1e-9)
        return max(_LEAST_CLIENTS, hundreds * 100)

    @property
    def files(self) -> int:
        """The file descriptors that one process expects."""
        return planned_files(self.max_client_conn, self.default_pool_size, databases=self.databases, users=self.users)

    @property
    def limit_nofile(self) -> int:
        """The LimitNOFILE of its service."""
        return limit_nofile(self.files, self.assumptions)

    @property
    def fits(self) -> bool:
        """Whether it never opens more than is usable."""
        return self.server_connections <= self.usable

    def numbers(self, *, active: int | None) -> Iterator[Reason]:
        """Each number; `active` sessions are worth having at once, None where the load says how many."""
        wanted = "the load" if active is None else f"{active} / {self.assumptions.busy:g}"
        rests_on = ("load",) if active is None else ("active",)
        yield number("server_target", self.server_target, self, wanted=wanted, rests_on=rests_on)
        yield number("default_pool_size", self.default_pool_size, self, pools=self.databases * self.users)
        for name in ("reserve_pool_size", "max_db_connections", "server_connections", "max_client_conn"):
            yield number(name, getattr(self, name), self)
        is_twice = self.limit_nofile == self.assumptions.files_headroom * self.files
        key = "LimitNOFILE" if is_twice else "LimitNOFILE_least"
        files: dict[str, Any] = {"spare": SPARE_FILES, "console": CONSOLE_FILES, "least": LEAST_FILES}
        yield number(key, self.limit_nofile, self, name="LimitNOFILE", **files)


def expected_files(max_client_conn: int, databases: Sequence[tuple[int, bool]], users: int) -> int:
    """The file descriptors that PgBouncer says at its start that it expects to use, for one process.

    Each database is its pool_size, and whether all its clients share one user. PgBouncer counts its console among the
    databases, and a user of its own among the users.
    """
    pools = sum(size * (1 if forced else users) for size, forced in databases)
    return max_client_conn + SPARE_FILES + pools


def planned_files(max_client_conn: int, pool_size: int, *, databases: int = 1, users: int = 1) -> int:
    """The descriptors that PgBouncer will expect once each user has come to each database."""
    return expected_files(max_client_conn, [*[(pool_size, False)] * databases, (CONSOLE_FILES, True)], users + 1)


def limit_nofile(files: int, assumptions: Assumptions) -> int:
    """The LimitNOFILE for a PgBouncer that expects so many descriptors."""
    return max(assumptions.files_headroom * files, LEAST_FILES)


def server_connections(active: int, busy: float) -> int:
    """How many connections keep so many sessions at work, when each is lent out longer than it works."""
    return max(1, math.ceil(active / busy - 1e-9))
