"""The arithmetic of slots: what is used, what is kept for which roles, and how many connections can still be opened."""

from collections.abc import Iterable
from typing import Final

from pgconn.model import Value
from pgconn.model.instance import Capacity, ConnectionLimit
from pgconn.model.session import STARTING, Session


class Free(Value, frozen=True, kw_only=True):
    """How many connections each kind of role can still open, never below 0."""

    ordinary: int
    reserved_role: int  # a member of pg_use_reserved_connections
    superuser: int


class Slots(Value, frozen=True, kw_only=True):
    """The places of max_connections.

    `used` omits pgconn's own. Where `exact` is false the role may not see enough: `used` is then the most that
    it can be, and each number in `free` the least. `used_ratio` is used / usable, above 1 where superusers or
    members of pg_use_reserved_connections sit in the reserve.
    """

    max_connections: int
    superuser_reserved: int
    reserved: int
    provider_reserved: int
    used: int
    authenticating: int
    superusers: int
    own: int
    usable: int
    used_ratio: float
    reserved_role: bool  # whether this version has pg_use_reserved_connections
    exact: bool
    free: Free


class Walsenders(Value, frozen=True, kw_only=True):
    """The places of max_wal_senders; `used` omits pgconn's own."""

    max: int
    used: int
    own: int = 0

    @property
    def used_ratio(self) -> float:
        """Used places by all places; 0 where there are none."""
        return self.used / self.max if self.max else 0.0


class Limit(Value, frozen=True, kw_only=True):
    """A CONNECTION LIMIT and how much of it is used."""

    scope: str
    name: str
    limit: int
    used: int
    free: int

    @property
    def used_ratio(self) -> float:
        """Used by limit; a limit of 0 is full."""
        return self.used / self.limit if self.limit else 1.0

    @classmethod
    def count(cls, limit: ConnectionLimit, sessions: Iterable[Session]) -> "Limit":
        """The limit with the sessions that the server counts towards it."""
        used = sum(1 for session in sessions if _counts(limit, session))
        return cls(scope=limit.scope, name=limit.name, limit=limit.limit, used=used, free=max(0, limit.limit - used))


def _counts(limit: ConnectionLimit, session: Session) -> bool:
    named = session.user if limit.scope == "role" else session.database
    walsender = limit.counts_walsenders and session.backend_type == "walsender"
    return named == limit.name and (session.may_hold_slot or walsender)


def count_slots(capacity: Capacity, sessions: Iterable[Session], *, own: int) -> Slots:
    """What remains of the capacity beside the sessions, once pgconn's own slot is free."""
    holders = [session for session in sessions if session.may_hold_slot]
    used = len(holders)
    for_superusers = capacity.max_connections
    for_members = for_superusers - capacity.superuser_reserved - capacity.provider_reserved
    usable = max(0, for_members - capacity.reserved)
    return Slots(
        max_connections=capacity.max_connections,
        superuser_reserved=capacity.superuser_reserved,
        reserved=capacity.reserved,
        provider_reserved=capacity.provider_reserved,
        used=used,
        authenticating=sum(1 for session in holders if session.state == STARTING),
        superusers=sum(1 for session in holders if session.superuser),
        own=own,
        usable=usable,
        used_ratio=round(used / usable, 4) if usable > 0 else 1.0,
        reserved_role=capacity.reserved_role,
        exact=all(session.holds_slot is not None for session in holders),
        free=Free(
            ordinary=max(0, usable - used),
            reserved_role=max(0, for_members - used),
            superuser=max(0, for_superusers - used),
        ),
    )


MAX_CONNECTIONS: Final = 262_143
"""The highest max_connections that PostgreSQL takes, and the most places that it has for all of its processes."""


def reserves_fit(max_connections: int, *reserves: int) -> bool:
    """Whether a server with these reserves starts: together they must be less than max_connections."""
    return sum(reserves) < max_connections
