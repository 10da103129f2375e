"""A connection attempt that was turned away, and the limit that turned it away."""

from typing import Final, Literal, TypeAlias

from pgconn.model import Value

Limit: TypeAlias = Literal[
    "slots",
    "superuser_reserve",
    "reserved_role",
    "role",
    "database",
    "walsenders",
    "children",
    "pooler_clients",
    "pooler_queue",
    "pooler_login",
    "starting_up",
    "shutting_down",
    "recovery",
    "fork",
    "login",
    "no_such_database",
    "no_listener",
    "not_a_limit",
    "unknown",
]

WANT_OF_SLOT: Final[frozenset[Limit]] = frozenset(
    (
        "slots",
        "superuser_reserve",
        "reserved_role",
        "role",
        "database",
        "walsenders",
        "children",
        "pooler_clients",
        "pooler_queue",
    )
)


class Refusal(Value, frozen=True, kw_only=True):
    """Who turned a connection away, by which limit, in which words.

    `message` is one line without the client's "connection to server …" and without the severity.
    `source` is the program that spoke: postgresql, pgbouncer, pgpool, pgagroal, odyssey, supavisor, rds_proxy, neon,
    pgcat, pooler (one that does not say which), application_pool (the pool inside an application, which is no limit of
    the server), client (libpq itself), network or unknown. A pooler that hands on what the server said is the source,
    and the limit is the server's.
    `sqlstate` and `routine` are None where they are not known.
    `behind` is the limit that a pooler met when it logged in to the server itself (`pooler_login` alone).
    `english` is the server's English text of a translated message, with {} for each name.
    """

    limit: Limit
    sqlstate: str | None = None
    message: str
    routine: str | None = None
    source: str
    behind: Limit | None = None
    english: str | None = None

    @property
    def wants_slot(self) -> bool:
        """Whether a free slot would have cured it (exit code 4, else 3)."""
        return self.limit in WANT_OF_SLOT or self.behind in WANT_OF_SLOT
