"""What other poolers than PgBouncer may take of the same slots: each counts its connections in its own way."""

from abc import abstractmethod
from collections.abc import Iterator

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.number import number


class Share(Value, frozen=True, kw_only=True):
    """What the poolers of one product, one in each of the `processes`, may take of the `usable` slots.

    Clients come as `users` to `databases`; up to `clients` at once, None where that is not known. `pool_size` is what
    PgBouncer would have for each pair of both, its reserve included.
    """

    usable: int
    databases: int = 1
    users: int = 1
    processes: int = 1
    clients: int | None = None
    pool_size: int = 1

    @property
    def pairs(self) -> int:
        """The pairs of a database and a role."""
        return self.databases * self.users

    @property
    def each(self) -> int:
        """The slots for one process."""
        return max(0, self.usable) // self.processes

    @property
    @abstractmethod
    def server_connections(self) -> int:
        """What all processes together may open on the server."""

    @property
    def fits(self) -> bool:
        """Whether it never opens more than is usable."""
        return self.server_connections <= self.usable

    @abstractmethod
    def numbers(self) -> Iterator[Reason]:
        """Each number that its configuration has."""


class Pgpool(Share, frozen=True, kw_only=True):
    """Pgpool-II: a child process for each client, and each child keeps up to max_pool connections."""

    reserved_connections: int = 1

    @property
    def max_pool(self) -> int:
        """One for each pair, as far as there are children enough for the clients, or else fewer."""
        wanted = self.each if self.clients is None else self.clients + self.reserved_connections
        return max(1, min(self.pairs, self.each // max(1, wanted)))

    @property
    def num_init_children(self) -> int:
        """As many as all of whose connections fit; one client more than are reserved at least."""
        return max(self.reserved_connections + 1, self.each // self.max_pool)

    @property
    def served(self) -> int:
        """The clients that one process serves at once."""
        return self.num_init_children - self.reserved_connections

    @property
    def server_connections(self) -> int:
        """What all processes together may open on the server."""
        return self.num_init_children * self.max_pool * self.processes

    def numbers(self) -> Iterator[Reason]:
        """Each number that its configuration has."""
        yield number("pgpool.num_init_children", self.num_init_children, self)
        yield number("pgpool.max_pool", self.max_pool, self)
        yield number("pgpool.reserved_connections", self.reserved_connections, self)


class Odyssey(Share, frozen=True, kw_only=True):
    """Odyssey: a pool for each route, and one connection that looks up who may log in."""

    lookups: int = 1

    @property
    def size(self) -> int:
        """What each route may open."""
        return max(1, min(self.pool_size, (self.each - self.lookups) // self.pairs))

    @property
    def server_connections(self) -> int:
        """What all processes together may open on the server."""
        return (self.size * self.pairs + self.lookups) * self.processes

    def numbers(self) -> Iterator[Reason]:
        """Each number that its configuration has."""
        yield number("odyssey.pool_size", self.size, self)


class Pgagroal(Share, frozen=True, kw_only=True):
    """pgagroal: one limit for all, and one for each line of its databases file."""

    @property
    def max_connections(self) -> int:
        """What one process may open."""
        return max(1, self.each)

    @property
    def max_size(self) -> int:
        """What each pair may open of them."""
        return max(1, self.max_connections // self.pairs)

    @property
    def server_connections(self) -> int:
        """What all processes together may open on the server."""
        return self.max_connections * self.processes

    def numbers(self) -> Iterator[Reason]:
        """Each number that its configuration has."""
        yield number("pgagroal.max_connections", self.max_connections, self)
        yield number("pgagroal.MAX_SIZE", self.max_size, self)


class RdsProxy(Share, frozen=True, kw_only=True):
    """Amazon RDS Proxy: shares of the max_connections that the server has, in percent; `busy` are worth having."""

    max_connections: int
    busy: int = 1

    @property
    def max_percent(self) -> int:
        """As much as fits, at least the one percent that the service takes."""
        return max(1, min(100, 100 * self.usable // self.max_connections))

    @property
    def idle_percent(self) -> int:
        """What it keeps open without work: the connections worth having."""
        return max(1, min(self.max_percent, -(-100 * self.busy // self.max_connections)))

    @property
    def server_connections(self) -> int:
        """What it may open on the server."""
        return self.max_percent * self.max_connections // 100

    def numbers(self) -> Iterator[Reason]:
        """Each number that its configuration has."""
        yield number("rds.max_connections_percent", self.max_percent, self)
        yield number("rds.max_idle_connections_percent", self.idle_percent, self)
