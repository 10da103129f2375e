"""What a server is: where the person wants to go, what it says of itself and of the role that asks."""

from typing import Literal

from pgconn.model import Moment, Value

Rung = Literal["slot", "walsender"]
"""Which kind of place the session of pgconn has."""


class Address(Value, frozen=True, kw_only=True):
    """Where the connection went: a host name, an address or a socket directory; a port; a database."""

    host: str
    port: int
    database: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Instance(Value, frozen=True, kw_only=True):
    """One running PostgreSQL server; `taken_at` is its clock when the question arrived."""

    version: str
    major: int
    cluster_name: str | None
    standby: bool
    started_at: Moment
    provider: str | None
    track_activities: bool
    taken_at: Moment


class Role(Value, frozen=True, kw_only=True):
    """Who pgconn is on the server, and the process that serves it; `acts_as` is the role whose privileges count.

    Where it does not inherit, a plain GRANT shows it nothing more; `inherits_by_grant` says whether GRANT can do it.
    """

    name: str
    acts_as: str | None = None
    inherits: bool = True
    inherits_by_grant: bool = False
    superuser: bool
    sees_all_sessions: bool
    may_use_reserved: bool
    may_signal: bool | None = None  # sessions of other roles, superusers' apart
    backend_pid: int


class Backend(Value, frozen=True, kw_only=True):
    """The process that serves us and the ends of its connection, as the server sees them.

    `age_seconds` is None where the role may not see it; the client's address and port and the server's address are None
    for a Unix socket.
    """

    pid: int
    backend_type: str
    age_seconds: float | None
    client_addr: str | None
    client_port: int | None
    server_addr: str | None = None
    server_port: int


class Capacity(Value, frozen=True, kw_only=True):
    """The settings that say how many places there are and who may take the last ones."""

    max_connections: int
    superuser_reserved: int
    reserved: int
    reserved_role: bool  # whether this version has pg_use_reserved_connections
    provider_reserved: int
    max_wal_senders: int


class ConnectionLimit(Value, frozen=True, kw_only=True):
    """A CONNECTION LIMIT of a role or a database, of which superusers are free."""

    scope: str  # "role" | "database"
    name: str
    limit: int
    counts_walsenders: bool  # the minors before February 2025 did


class Target(Value, frozen=True, kw_only=True):
    """The connection as asked for; what is None is left to libpq's environment and files."""

    host: str | None = None
    port: str | None = None
    user: str | None = None
    dbname: str | None = None  # a name, a conninfo string or a URI
    service: str | None = None
    password: str | None = None  # typed at a prompt, never an argument

    def __repr__(self) -> str:
        return f"Target(host={self.host!r}, port={self.port!r}, user={self.user!r})"


class Secret(Value, frozen=True, kw_only=True):
    """The SCRAM verifier of a role: no password, yet who has it can try passwords against it at leisure."""

    name: str
    verifier: str

    def __repr__(self) -> str:
        return f"Secret(name={self.name!r})"
