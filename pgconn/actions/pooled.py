"""Which sessions are a pooler's, seen from the server, and which of them have a client.

Nothing on the server says so. What shows it is the pooler's own reset as the last query, a client behind the
application_name, the name of the program, and many applications of one user that come from one address. A session that
is idle without a reset has a client where its pooler pools by session, and none where it pools by transaction. A reset
shows that a client has left; Pgpool-II may have given the session to another since, which has asked nothing yet.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum, auto
from functools import cache
from typing import Annotated, Final

from pgconn.config.policy import number
from pgconn.data.losses import PoolerProgram, losses
from pgconn.model.session import IDLE, Session

MANY_APPLICATIONS: Final[
    Annotated[int, number("applications", "of one user and database from one address: a host runs fewer itself")]
] = 3
_LONGEST_RESET: Final = 1000  # characters; no list of resets is as long, and a query may be of any length
_BEGINS: Final = re.compile(
    r"[\s;]*(?:discard|reset|deallocate|set|close|unlisten|select|rollback|abort|commit|end)\b", re.IGNORECASE
)
_OF_PGCONN: Final = re.compile(r"pgconn(?![^\W_])", re.IGNORECASE)
_Pool = tuple[str | None, str | None, str | None]
"""An address, a user and a database: what a pooler keeps a pool for."""


class Pooled(Enum):
    """What an idle session is to a pooler.

    FREE has no client; FREE_OR_LOGGED_IN has none, or one of Pgpool-II that has asked nothing yet; NEXT has none, and
    the next client that is handed it fails; RETURNED is as FREE_OR_LOGGED_IN, or one of a pool inside an application;
    UNUSED was opened in advance by a pooler, or by a client; LENT has a client; PERHAPS has a client only where the
    pooler pools by session.
    """

    FREE = auto()
    FREE_OR_LOGGED_IN = auto()
    NEXT = auto()
    RETURNED = auto()
    UNUSED = auto()
    LENT = auto()
    PERHAPS = auto()


class Pools:
    """The pools that the sessions of one snapshot show."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._applications: dict[_Pool, set[str]] = defaultdict(set)
        self._resetting: set[_Pool] = set()
        self._certain: set[_Pool] = set()
        self._with_clients: set[_Pool] = set()
        self._known: dict[int, Pooled | None] = {}
        for session in sessions:
            if session.backend_type == "client backend" and session.client_addr is not None:
                self._add(session)

    def of(self, session: Session) -> Pooled | None:
        """What an idle session is to a pooler; None where nothing shows one."""
        if session.pid not in self._known:
            self._known[session.pid] = self._judge(session)
        return self._known[session.pid]

    def _judge(self, session: Session) -> Pooled | None:
        if session.state != IDLE or session.backend_type != "client backend":
            return None
        has_reset, pool = is_reset(session.query), _pool(session)
        if program_of(session) is not None:
            return Pooled.NEXT if has_reset else Pooled.LENT
        applications = len(self._applications[pool])
        certain = pool in self._certain or applications > 1
        if has_reset:
            if not certain:
                return Pooled.RETURNED
            is_pgpools = pool not in self._with_clients and _may_be_pgpools(session.query)
            return Pooled.FREE_OR_LOGGED_IN if is_pgpools else Pooled.FREE
        if pool in self._resetting and certain:
            return Pooled.UNUSED if session.query == "" and not session.application_name else Pooled.LENT
        return Pooled.PERHAPS if session.pooled_client or applications >= MANY_APPLICATIONS else None

    def _add(self, session: Session) -> None:
        """A pool inside an application gives all its sessions its name, which a reset does not take from them."""
        pool = _pool(session)
        if (name := session.application_name) and not _OF_PGCONN.match(name):
            self._applications[pool].add(name)
        if session.pooled_client:
            self._with_clients.add(pool)
        if session.state == IDLE and is_reset(session.query):
            self._resetting.add(pool)
            if not session.application_name or session.pooled_client:
                self._certain.add(pool)


def is_reset(query: str | None) -> bool:
    """Whether a query does nothing but put a session back as it was, as a pooler's does when a client has left."""
    if not query or len(query) > _LONGEST_RESET or not _BEGINS.match(query):
        return False
    known = losses().reset
    if " ".join(query.lower().split()).startswith(known.in_applications):
        return False
    whole, other = _statement(known.whole), _statement(known.others)
    parts = _statements(query)
    return any(map(whole.fullmatch, parts)) and all(whole.fullmatch(part) or other.fullmatch(part) for part in parts)


def program_of(session: Session) -> PoolerProgram | None:
    """The pooler whose sessions all have its own name, where the session is one of them."""
    name = (session.application_name or "").lower()
    return next((one for one in losses().poolers if one.application == name), None)


def _may_be_pgpools(reset: str | None) -> bool:
    """Pgpool-II sends each statement of its reset_query_list by itself, so that the last one alone is seen."""
    return len(_statements(reset or "")) == 1


def _statements(query: str) -> list[str]:
    return [part.strip() for part in query.split(";") if part.strip()]


@cache
def _statement(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _pool(session: Session) -> _Pool:
    return session.client_addr, session.user, session.database
