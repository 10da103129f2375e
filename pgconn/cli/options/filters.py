"""The options that select sessions."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
import typer

from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.criteria import Criteria, pattern
from pgconn.text.quantities import parse_duration

_FILTERS: Final = "Filters (repeatable; a value is exact, or ~regex; all kinds must match)"
_EXCLUSIONS: Final = "Exclusions"

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

    state: Annotated[
        Several,
        typer.Option(metavar="STATE", help="State, such as idle or 'idle in transaction'.", rich_help_panel=_FILTERS),
    ] = None
    app: Annotated[Several, typer.Option(metavar="NAME", help="application_name.", rich_help_panel=_FILTERS)] = None
    user: Annotated[Several, typer.Option(metavar="ROLE", help="Role of the session.", rich_help_panel=_FILTERS)] = None
    database: Annotated[
        Several, typer.Option(metavar="NAME", help="Database of the session.", rich_help_panel=_FILTERS)
    ] = None
    ip: Annotated[
        Several, typer.Option(metavar="ADDRESS", help="Client address, CIDR block, or local.", rich_help_panel=_FILTERS)
    ] = None
    query: Annotated[
        Several, typer.Option(metavar="TEXT", help="The query, now or last: '~^LISTEN'.", rich_help_panel=_FILTERS)
    ] = None
    not_state: Annotated[Several, typer.Option(metavar="STATE", rich_help_panel=_EXCLUSIONS)] = None
    not_app: Annotated[Several, typer.Option(metavar="NAME", rich_help_panel=_EXCLUSIONS)] = None
    not_user: Annotated[Several, typer.Option(metavar="ROLE", rich_help_panel=_EXCLUSIONS)] = None
    not_database: Annotated[Several, typer.Option(metavar="NAME", rich_help_panel=_EXCLUSIONS)] = None
    not_ip: Annotated[Several, typer.Option(metavar="ADDRESS", rich_help_panel=_EXCLUSIONS)] = None
    not_query: Annotated[Several, typer.Option(metavar="TEXT", rich_help_panel=_EXCLUSIONS)] = None

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
        int | None,
        typer.Option(min=1, metavar="N", help="Keep the N youngest of each application, user and client."),
    ] = None


class SessionFilters(Filters, frozen=True, kw_only=True):
    """The same, by the kind of process and by ages too."""

    type: Annotated[
        Several, typer.Option(metavar="TYPE", help="backend_type, such as walsender.", rich_help_panel=_FILTERS)
    ] = None
    superusers: Annotated[
        bool, typer.Option("--superusers", help="Only sessions of superusers.", rich_help_panel=_FILTERS)
    ] = False
    older: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", help="Only sessions in their state for at least AGE, such as 10m.", rich_help_panel=_FILTERS
        ),
    ] = None
    active_over: Annotated[
        str | None,
        typer.Option(
            metavar="AGE",
            help="Only active sessions, in a query for at least AGE, such as 1m.",
            rich_help_panel=_FILTERS,
        ),
    ] = None
    not_type: Annotated[Several, typer.Option(metavar="TYPE", rich_help_panel=_EXCLUSIONS)] = None

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
