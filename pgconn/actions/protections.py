"""Which sessions are never ended: the list of protections.toml, each lifted by its name and by nothing else."""

import difflib
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Final

import msgspec

from pgconn.actions.pooled import is_reset, program_of
from pgconn.data.reading import toml
from pgconn.documents.termination import Protected
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.client_name import LONGEST_NAME
from pgconn.model.session import Session
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Protection

_UNLESS_FREE: Final = ("pgconn",)
_SHORTEST: Final = 8  # characters of an ending that are left at least, to be taken for it


class _Listed(Protection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A protection as the file has it.

    An application_name that ends with one of `endings` is meant too; `perhaps` is why a session is spared that may be
    of this kind, as far as the server shows it.
    """

    endings: tuple[str, ...] = ()
    perhaps: str | None = None

    @property
    def shown(self) -> Protection:
        """Without what only the code reads."""
        return msgspec.convert(self, Protection, from_attributes=True)


class _Default(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`protections.toml`."""

    beside_the_server: tuple[str, ...]
    protections: tuple[_Listed, ...]


class Protections(Value, frozen=True, kw_only=True):
    """The protections that hold, less those that were lifted by name."""

    lifted: tuple[str, ...] = ()

    def keeping(self, session: Session, snapshot: Snapshot) -> Protection | None:
        """The first protection that keeps a session, or None."""
        for protection in _default().protections:
            if protection.name not in self.lifted and _keeps(protection, session, snapshot):
                is_certain = _is_named(protection, session) or _is_from_pooler(session)
                why = protection.why if is_certain else protection.perhaps or protection.why
                return msgspec.structs.replace(protection.shown, why=why)
        return None


@cache
def protections() -> tuple[Protection, ...]:
    """All protections, in the sequence in which they are looked at."""
    return tuple(one.shown for one in _default().protections)


def enabled_except(names: Collection[str]) -> Protections:
    """The protections without these; raises WrongUsage for a name that there is not."""
    known = [protection.name for protection in protections()]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise WrongUsage(f"{name!r} is not a protection", hint=f"{meant}pgconn protections lists them")
    return Protections(lifted=tuple(dict.fromkeys(names)))


def listed() -> Protected:
    """All protections as a document."""
    return Protected(protections=protections())


def roles_of_tools() -> tuple[str, ...]:
    """The roles of backups, replication and high availability, where a process title tells no more than a role."""
    beside = _default().beside_the_server
    return tuple(role for one in protections() if one.name in beside for role in one.roles)


def _keeps(protection: _Listed, session: Session, snapshot: Snapshot) -> bool:
    fact = _FACTS.get(protection.name)
    if not ((fact is not None and fact(session, snapshot)) or _is_named(protection, session)):
        return False
    # A free session of a pooler keeps the name of the pgconn that it served last, which has gone.
    return protection.name not in _UNLESS_FREE or not is_reset(session.query)


def _is_named(protection: _Listed, session: Session) -> bool:
    """Whether a session has one of the names that the list knows, or asks one of its queries."""
    return (
        (session.user is not None and session.user.lower() in protection.roles)
        or _begins(protection, session.application_name)
        or _ends(protection, session.application_name)
        or _asks(protection, session.query)
    )


def _begins(protection: _Listed, application: str | None) -> bool:
    return bool(application and protection.applications and _names(protection.name).match(application))


def _ends(protection: _Listed, application: str | None) -> bool:
    """Whether the name ends with one of those, or with as much of it as PostgreSQL has not cut off."""
    if not application or not protection.endings:
        return False
    if _whole_endings(protection.name).search(application):
        return True
    return len(application.encode()) >= LONGEST_NAME and any(
        application.endswith(ending[:left]) for ending in protection.endings for left in range(_SHORTEST, len(ending))
    )


def _asks(protection: _Listed, query: str | None) -> bool:
    return bool(query and protection.queries and _statements(protection.name).search(query))


@cache
def _default() -> _Default:
    return toml("protections.toml", _Default)


@cache
def _names(protection: str) -> re.Pattern[str]:
    """The applications of a protection, by its name: to hash a list of them takes longer than to match."""
    (applications,) = (one.applications for one in protections() if one.name == protection)
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, applications))})(?![^\W_])", re.IGNORECASE)


@cache
def _whole_endings(protection: str) -> re.Pattern[str]:
    (endings,) = (one.endings for one in _default().protections if one.name == protection)
    return re.compile(rf"(?:\A|[\W_])(?:{'|'.join(map(re.escape, endings))})\Z")


@cache
def _statements(protection: str) -> re.Pattern[str]:
    """One of a protection's statements at the beginning of a text, or after a semicolon, behind any comments."""
    (queries,) = (one.queries for one in protections() if one.name == protection)
    return re.compile(
        rf"(?:\A|;)(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*+(?:{'|'.join(queries)})\b", re.IGNORECASE | re.DOTALL
    )


def _comes_through_our_pooler(session: Session, snapshot: Snapshot) -> bool:
    """Whether it comes from where the pooler is that pgconn came through, and nothing shows that it is direct."""
    if not snapshot.pooler:
        return False
    own = next((s for s in snapshot.sessions if s.pid == snapshot.role.backend_pid), None)
    return own is None or (session.client_addr == own.client_addr and not _is_direct(session, own))


def _is_direct(session: Session, own: Session) -> bool:
    """Whether a session has a name that the pooler of ours would have replaced, or put the client behind."""
    name = session.application_name
    if not name or not session.query or is_reset(session.query):
        return False
    if (program := program_of(own)) is not None:
        return program_of(session) != program
    same_route = (session.user, session.database) == (own.user, own.database)
    is_whole = session.pooled_client is None and len(name.encode()) < LONGEST_NAME
    return own.pooled_client is not None and same_route and is_whole


def _is_from_pooler(session: Session) -> bool:
    """Whether the session itself shows a pooler."""
    return session.pooled_client is not None or is_reset(session.query)


_FACTS: Final[dict[str, Callable[[Session, Snapshot], bool]]] = {
    "replication": lambda session, _: session.backend_type == "walsender",
    "server-processes": lambda session, _: session.backend_type not in ("client backend", "walsender"),
    "superusers": lambda session, _: bool(session.superuser),
    "replication-roles": lambda session, _: bool(session.replication) and not session.superuser,
    "advisory-locks": lambda session, _: bool(session.holds_advisory_lock),
    "monitoring": lambda session, _: bool(session.monitors),
    "poolers": _comes_through_our_pooler,
}
