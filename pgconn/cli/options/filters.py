"""The options that select sessions."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
import typer

from pgconn.cli.options import panel
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.criteria import Criteria, pattern
from pgconn.text.quantities import parse_duration

_filter = panel("Filters (repeatable; a value is exact, or ~regex; all kinds must match)")
_exclusion = panel("Exclusions")

_COLUMNS: Final = {
    "state": "state",
    "app": "application_name",
    "user": "user",
    "database": "database",
    "ip": "client_addr",
    "query": "query",
    "type": "backend_type",
}

Several = list[str] | None


class Filters(Value, frozen=True, kw_only=True):
    """Filters by what a session is."""

    state: Annotated[Several, _filter(metavar="STATE", help="State, such as idle or 'idle in transaction'.")] = None
    app: Annotated[Several, _filter(metavar="NAME", help="application_name.")] = None
    user: Annotated[Several, _filter(metavar="ROLE", help="Role of the session.")] = None
    database: Annotated[Several, _filter(metavar="NAME", help="Database of the session.")] = None
    ip: Annotated[Several, _filter(metavar="ADDRESS", help="Client address, CIDR block, or local.")] = None
    query: Annotated[Several, _filter(metavar="TEXT", help="The query, now or last: '~^LISTEN'.")] = None
    not_state: Annotated[Several, _exclusion(metavar="STATE")] = None
    not_app: Annotated[Several, _exclusion(metavar="NAME")] = None
    not_user: Annotated[Several, _exclusion(metavar="ROLE")] = None
    not_database: Annotated[Several, _exclusion(metavar="NAME")] = None
    not_ip: Annotated[Several, _exclusion(metavar="ADDRESS")] = None
    not_query: Annotated[Several, _exclusion(metavar="TEXT")] = None

    def criteria(self, older: str | None = None) -> Criteria:
        """The criteria, with the least age in a state; raises WrongUsage for what makes no sense."""
        patterns = [
            pattern(column, text, excludes=excludes)
            for excludes in (False, True)
            for name, column in _COLUMNS.items()
            for text in getattr(self, f"not_{name}" if excludes else name, None) or ()
        ]
        return Criteria(patterns=tuple(patterns), older_seconds=parse_duration(older) if older is not None else None)


class Bounds(Value, frozen=True, kw_only=True):
    """How many of the selected sessions to end."""

    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="End at most N sessions.")] = None
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Keep the N youngest of each application, user and client.")
    ] = None


class SessionFilters(Filters, frozen=True, kw_only=True):
    """The same, by the kind of process and by ages too."""

    type: Annotated[Several, _filter(metavar="TYPE", help="backend_type, such as walsender.")] = None
    superusers: Annotated[bool, _filter("--superusers", help="Only sessions of superusers.")] = False
    older: Annotated[
        str | None, _filter(metavar="AGE", help="Only sessions in their state for at least AGE, such as 10m.")
    ] = None
    active_over: Annotated[
        str | None, _filter(metavar="AGE", help="Only active sessions, in a query for at least AGE, such as 1m.")
    ] = None
    not_type: Annotated[Several, _exclusion(metavar="TYPE")] = None

    def criteria(self, older: str | None = None) -> Criteria:
        """The criteria; raises WrongUsage for what makes no sense."""
        over = parse_duration(self.active_over) if self.active_over is not None else None
        named = Filters.criteria(self, older if older is not None else self.older)
        return msgspec.structs.replace(named, active_over_seconds=over, superusers=self.superusers)


_OTHERS: Final = {
    "idle": "pgconn kill-idle",
    "idle in transaction": "pgconn kill-idle-tx",
    "idle in transaction (aborted)": "pgconn kill-idle-tx",
    "active": "pgconn kill PID, or pgconn free N --include-active",
}


def states_within(command: str, criteria: Criteria, allowed: Sequence[str]) -> tuple[str, ...]:
    """The states that a command ends; raises WrongUsage for a `--state` that it never does."""
    for named in criteria.patterns:
        exact = named.column == "state" and not named.excludes and not named.text.startswith("~")
        if exact and named.text not in allowed:
            other = _OTHERS.get(named.text, "pgconn kill PID")
            raise WrongUsage(f"pgconn {command} never ends sessions that are {named.text}", hint=f"{other} does")
    return tuple(allowed)
