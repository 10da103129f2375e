"""Sessions counted by what they have in common."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, Session

DIMENSIONS: Final = ("state", "application_name", "user", "client_addr", "database")
SHORT_NAMES: Final = {
    "app": "application_name",
    "application": "application_name",
    "ip": "client_addr",
    "client": "client_addr",
    "db": "database",
}


class Counts(Value, frozen=True, kw_only=True):
    """How many sessions, how many in which state, and for how many seconds the one that is idle longest has been.

    All but `sessions` are None where the state of one of them is not to be seen.
    """

    sessions: int
    active: int | None
    idle: int | None
    idle_in_transaction: int | None
    aborted: int | None
    oldest_idle_seconds: float | None


class Group(Counts, frozen=True, kw_only=True):
    """The sessions that share one value; None is what the role may not see, or what is not there."""

    value: str | None


class PivotRow(Counts, frozen=True, kw_only=True):
    """The sessions that share one value in each of several columns."""

    values: tuple[str | None, ...]


class Pivot(Value, frozen=True, kw_only=True):
    """Sessions by several columns at once, the largest group first."""

    columns: tuple[str, ...]
    rows: tuple[PivotRow, ...]


class Breakdown(Value, frozen=True, kw_only=True):
    """Sessions by each column on its own, the largest group first."""

    state: tuple[Group, ...]
    application_name: tuple[Group, ...]
    user: tuple[Group, ...]
    client_addr: tuple[Group, ...]
    database: tuple[Group, ...]


def columns(text: str) -> tuple[str, ...]:
    """The columns named in a list such as `app,user,state`; raises WrongUsage for one that is not there."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    found = tuple(SHORT_NAMES.get(name, name) for name in named)
    for name, column in zip(named, found, strict=True):
        if column not in DIMENSIONS:
            raise WrongUsage(f"{name!r} is not a column to count by", hint="columns: app, user, state, ip, database")
    return tuple(dict.fromkeys(found))


def break_down(sessions: Iterable[Session]) -> Breakdown:
    """The five views on the sessions."""
    held = tuple(sessions)
    return Breakdown(**{column: _groups(held, column) for column in DIMENSIONS})


def pivot(sessions: Iterable[Session], columns: Sequence[str]) -> Pivot:
    """The sessions by all of these columns together."""
    rows = (PivotRow(values=values, **_counts(members)) for values, members in _gather(sessions, columns))
    return Pivot(columns=tuple(columns), rows=tuple(rows))


def _groups(sessions: Iterable[Session], column: str) -> tuple[Group, ...]:
    return tuple(Group(value=value, **_counts(members)) for (value,), members in _gather(sessions, (column,)))


def _gather(sessions: Iterable[Session], columns: Sequence[str]) -> list[tuple[tuple[str | None, ...], list[Session]]]:
    groups: dict[tuple[str | None, ...], list[Session]] = {}
    for session in sessions:
        groups.setdefault(tuple(getattr(session, column) for column in columns), []).append(session)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), [value or "" for value in item[0]]))


def _counts(sessions: list[Session]) -> dict[str, Any]:
    states = [session.state for session in sessions]
    seen = all(session.shows_state for session in sessions)
    counted = {name: states.count(state) if seen else None for name, state in _COUNTED.items()}
    idle_ages = [s.state_seconds for s in sessions if seen and s.state == IDLE and s.state_seconds is not None]
    return {"sessions": len(sessions), **counted, "oldest_idle_seconds": max(idle_ages, default=None)}


_COUNTED: Final = {"active": ACTIVE, "idle": IDLE, "idle_in_transaction": IDLE_IN_TRANSACTION, "aborted": ABORTED}
