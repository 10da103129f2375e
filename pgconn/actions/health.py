"""`check_connection_health()`: a function for those who ask in SQL, which counts as pgconn does."""

from collections.abc import Sequence
from typing import Final

from pgconn import sql
from pgconn.errors import NotConfirmed, NotThere, PrivilegeMissing, WrongUsage
from pgconn.model import Value
from pgconn.model.change import Change, inverse
from pgconn.model.instance import Role
from pgconn.model.snapshot import Snapshot
from pgconn.text.quoting import sql_identifier

FUNCTION: Final = "check_connection_health"
OURS: Final = "installed"
ANOTHER: Final = "another function"
ASIDE: Final = f"{FUNCTION}_before"


class FunctionPlace(Value, frozen=True, kw_only=True):
    """A schema, and whether there is a function of this name in it."""

    schema: str
    may_create: bool
    taken: bool


def health_function(schema: str) -> str:
    """The statements that make the function and give it to pg_monitor."""
    text = sql.question("CheckConnectionHealth", 0).decode()
    return text.replace("{name}", _name(schema)) + ";\n"


def is_function(change: Change) -> bool:
    """Whether a change made the function."""
    return change.setting.endswith(f".{FUNCTION}()")


def plan_install(places: Sequence[FunctionPlace], seen: Snapshot, schema: str, *, force: bool) -> Change:
    """The change that makes the function; raises what keeps it from being made."""
    if seen.instance.standby:
        raise WrongUsage(f"{seen.address} is a standby: make the function on its primary")
    place = _place(places, seen.role, schema)
    if place.taken and not force:
        raise NotConfirmed(
            f"there is a function {schema}.{FUNCTION}() already",
            hint=f"--force renames it to {ASIDE} and puts ours in its place",
        )
    drop = f"DROP FUNCTION {_name(schema)}();"
    return Change(
        scope="database",
        name=seen.address.database,
        setting=f"{schema}.{FUNCTION}()",
        before=ANOTHER if place.taken else None,
        after=OURS,
        sql=f"{_rename(schema, FUNCTION, ASIDE)}\n{health_function(schema)}"
        if place.taken
        else health_function(schema),
        undo=f"{drop}\n{_rename(schema, ASIDE, FUNCTION)}" if place.taken else drop,
        effects=("members of pg_monitor may call it; it runs with their own rights",),
    )


def plan_removal(places: Sequence[FunctionPlace], seen: Snapshot, change: Change) -> Change:
    """The change that takes the function away again, or puts back the one that was there."""
    if change.name != seen.address.database:
        raise WrongUsage(f"the function is in the database {change.name!r}", hint="connect to it with -d")
    schema = change.setting.removesuffix(f".{FUNCTION}()")
    place = next((place for place in places if place.schema == schema), None)
    found = OURS if place is not None and place.taken else None
    return inverse(change, found, name=change.name, sql=change.undo, undo=change.sql)


def _place(places: Sequence[FunctionPlace], role: Role, schema: str) -> FunctionPlace:
    place = next((place for place in places if place.schema == schema), None)
    if place is None:
        there = ", ".join(sorted(repr(place.schema) for place in places))
        raise NotThere(f"there is no schema {schema!r}", hint=f"there is {there}; --schema NAME names one")
    if not place.may_create:
        grant = f"GRANT CREATE ON SCHEMA {sql_identifier(schema)} TO {sql_identifier(role.name)};"
        raise PrivilegeMissing(f"{role.name!r} may not make a function in the schema {schema!r}", hint=grant)
    return place


def _rename(schema: str, old: str, new: str) -> str:
    return f"ALTER FUNCTION {sql_identifier(schema)}.{old}() RENAME TO {new};"


def _name(schema: str) -> str:
    return f"{sql_identifier(schema)}.{FUNCTION}"
