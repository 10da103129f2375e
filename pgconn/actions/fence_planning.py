"""The plan of a fence: a CONNECTION LIMIT that stops a refill, and the limit that was there before.

The plan is pure; `carry_out` looks again, sets the limits, all of them or none, and reads them back. A server compares
a limit with the sessions of the role or the database when one more logs in, so those that are there stay.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from pgconn.actions.configuration import grants
from pgconn.errors import NotThere, PgconnError, PrivilegeMissing, WrongUsage
from pgconn.model import Value
from pgconn.model.change import CONNECTION_LIMIT, MOST, NO_LIMIT, Change, Limited, Scope, Setting, inverse
from pgconn.model.instance import ConnectionLimit
from pgconn.model.slots import Limit
from pgconn.model.snapshot import Snapshot
from pgconn.server import Server
from pgconn.text.quantities import show_count
from pgconn.text.quoting import sql_identifier

LAST: Final = "last"
_SHOWN: Final = 10  # names that a message lists


class ServerLimits(Value, frozen=True, kw_only=True):
    """A server at one moment, and all that may have a limit on it."""

    snapshot: Snapshot
    limited: tuple[Limited, ...]

    def find(self, scope: Scope, name: str) -> Limited | None:
        """The role or the database of this name."""
        return next((one for one in self.limited if (one.scope, one.name) == (scope, name)), None)

    def same(self, change: Change) -> Limited | None:
        """The role or the database that a change is about, also where it is called otherwise by now."""
        return next((one for one in self.limited if (one.scope, one.oid) == (change.scope, change.oid)), None)

    def names_of(self, change: Change) -> tuple[str | None, ...]:
        """The name of the role or the database then and now."""
        now = self.same(change)
        return (change.name, now.name if now is not None else None)

    def used(self, one: Limited) -> int:
        """How many sessions the server counts towards a limit of this role or database."""
        limit = ConnectionLimit(scope=one.scope, name=one.name, limit=0, counts_walsenders=one.holds_walsenders)
        return Limit.count(limit, self.snapshot.sessions).used


class FenceRequest(Value, frozen=True, kw_only=True):
    """What is asked for; an undo without a name is about the last fence, and `names` may be roles or databases."""

    action: Literal["set", "undo", "list"] = "set"
    roles: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    limit: int = 0

    @property
    def named(self) -> list[tuple[Scope | None, str]]:
        """Each name with its kind, None where that was left open."""
        return [
            *(("role", name) for name in self.roles),
            *(("database", name) for name in self.databases),
            *((None, name) for name in self.names),
        ]


def fence_request(
    name: str,
    roles: Sequence[str] | None,
    databases: Sequence[str] | None,
    *,
    limit: int | None,
    undo: bool,
    list_: bool,
) -> FenceRequest:
    """What a command line asks for; raises WrongUsage where it makes no sense."""
    named = bool(roles or databases)
    if sum((limit is not None, undo, list_)) != 1:
        raise WrongUsage(
            "say one of --limit N, --undo and --list", hint="pgconn fence --role app --limit 20, or pgconn fence --list"
        )
    if limit is not None and limit > MOST:
        raise WrongUsage(f"{limit} is more than a CONNECTION LIMIT can be", hint=f"at most {MOST}")
    if list_ and (named or name):
        raise WrongUsage("--list shows all limits", hint="omit the names")
    if name and not undo:
        raise WrongUsage(f"{name!r} may be a role or a database", hint="write --role NAME or --database NAME")
    if limit is not None and not named:
        raise WrongUsage("--limit of what?", hint="pgconn fence --role app --limit 20")
    return FenceRequest(
        action="undo" if undo else "list" if list_ else "set",
        roles=tuple(roles or ()),
        databases=tuple(databases or ()),
        names=(name,) if name and name != LAST else (),
        limit=limit or 0,
    )


def plan_fence(limits: ServerLimits, request: FenceRequest) -> tuple[Change, ...]:
    """The changes that put up the fence; raises what forbids one of them, and then none is to be made."""
    may_be_set(limits.snapshot)
    wanted: dict[tuple[Scope, str], None] = {("role", name): None for name in request.roles}
    wanted |= {("database", name): None for name in request.databases}
    found = [_existing(limits, scope, name) for scope, name in wanted]
    for one in found:
        _makes_sense(one)
        _keeps_us_in(limits, one, request.limit)
    for one in found:
        _may_alter(limits, one)
    return tuple(_change(limits, one, request.limit) for one in found if one.limit != request.limit)


def plan_undo(limits: ServerLimits, fence: Change) -> Change | None:
    """The change that takes a fence down; None where the role or the database is not there any more."""
    may_be_set(limits.snapshot)
    one = limits.same(fence)
    if one is None:
        return None
    _may_alter(limits, one)
    back, redo = _statement(one, fence.before), _statement(one, one.limit)
    return inverse(fence, str(one.limit), name=one.name, sql=back, undo=redo)


def carry_out(server: Server, changes: Sequence[Change], look: Callable[[], ServerLimits]) -> None:
    """Set the limits, all or none; raises PgconnError where one is not any more what the plan saw."""
    before = look()
    for change in changes:
        found = before.same(change)
        if found is None or str(found.limit) != change.before:
            raise PgconnError(f"{change.place} was changed meanwhile: nothing was done", hint="look again")
    server.execute(*(change.sql for change in changes))
    after = look()
    for change in changes:
        found = after.same(change)
        if found is None or str(found.limit) != change.after:
            raise PgconnError(f"{change.place} does not have what was set: {found.limit if found else 'it is gone'}")


def limit_in_words(limit: Setting) -> str:
    """A limit as people say it."""
    return "no limit" if limit == str(NO_LIMIT) else f"a limit of {limit}"


def may_be_set(snapshot: Snapshot) -> None:
    """Raises WrongUsage on a standby, which takes its roles and databases from the primary."""
    if snapshot.instance.standby:
        raise WrongUsage(
            f"{snapshot.address} is a standby: roles, databases and their limits are changed on its primary",
            hint="connect to the primary, such as by -d 'host=db1,db2 target_session_attrs=read-write'",
        )


def _existing(limits: ServerLimits, scope: Scope, name: str) -> Limited:
    found = limits.find(scope, name)
    if found is not None:
        return found
    names = sorted(one.name for one in limits.limited if one.scope == scope and one.lets_in and not one.superuser)
    shown = ", ".join(map(repr, names[:_SHOWN])) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    raise NotThere(
        f"there is no {scope} {name!r}", hint=f"there is {shown}" if shown else f"there is no {scope} to fence"
    )


def _makes_sense(one: Limited) -> None:
    """Raises WrongUsage where a limit would have no effect."""
    if one.superuser:
        raise WrongUsage(
            f"the role {one.name!r} is a superuser, and no CONNECTION LIMIT applies to superusers",
            hint="an application needs no superuser: give it a role of its own, and fence that",
        )
    if not one.lets_in:
        why = (
            "may not log in, and a limit of a group does not hold its members"
            if one.scope == "role"
            else "accepts no connections"
        )
        raise WrongUsage(
            f"the {one.scope} {one.name!r} {why}", hint="name the roles that log in" if one.scope == "role" else None
        )
    if one.limit < NO_LIMIT:
        raise WrongUsage(f"the database {one.name!r} is what an interrupted DROP DATABASE left", hint="drop it")


def _keeps_us_in(limits: ServerLimits, one: Limited, limit: int) -> None:
    """Raises WrongUsage where the next connection of the role that asks would be refused."""
    snapshot, role = limits.snapshot, limits.snapshot.role
    if role.superuser:
        return
    here = one.name == (role.name if one.scope == "role" else snapshot.address.database)
    own = sum(1 for session in snapshot.holders if session.user == role.name and session.database == one.name)
    needed = limits.used(one) + 1 if here else own if one.scope == "database" else 0
    if limit < needed:
        raise WrongUsage(
            f"a limit of {limit} for the {one.scope} {one.name!r} would lock out {role.name!r}, the role you are "
            f"connected as: it has to be {needed} or more now",
            hint="log in as a superuser, as no limit applies to superusers, or set a higher limit",
        )


def _may_alter(limits: ServerLimits, one: Limited) -> None:
    """Raises PrivilegeMissing with the statements that give us the right."""
    if one.may_alter:
        return
    raise PrivilegeMissing(
        f"{limits.snapshot.role.name!r} may not change the {one.scope} {one.name!r}",
        hint=grants(one, limits.snapshot.role.name),
    )


def _change(limits: ServerLimits, one: Limited, limit: int) -> Change:
    return Change(
        scope=one.scope,
        name=one.name,
        oid=one.oid,
        setting=CONNECTION_LIMIT,
        before=str(one.limit),
        after=str(limit),
        sql=_statement(one, limit),
        undo=_statement(one, one.limit),
        effects=tuple(_effects(limits, one, limit)),
    )


def _statement(one: Limited, limit: int | Setting) -> str:
    return f"ALTER {one.scope.upper()} {sql_identifier(one.name)} CONNECTION LIMIT {limit};"


def _effects(limits: ServerLimits, one: Limited, limit: int) -> Iterator[str]:
    """What the limit does now, and what it does not do."""
    used = limits.used(one)
    has = f"{show_count(used, 'session')} of the {one.scope} {one.name!r} now"
    refused = f"53300 'too many connections for {one.scope}'"
    if not limit:
        yield f"{has}: they stay, and no new one is accepted"
        yield f"a limit of 0 locks the {one.scope} out: only superusers can connect until you undo it"
    elif used >= limit:
        yield f"{has}: they stay, and new ones get {refused} until fewer than {limit} are left"
    else:
        left = "1 more is" if limit - used == 1 else f"{limit - used} more are"
        yield f"{has}: {left} accepted, and then new ones get {refused}"
    yield from _loosened(one, limit)
    yield from _beside(limits.snapshot, one)


def _loosened(one: Limited, limit: int) -> Iterable[str]:
    if NO_LIMIT < one.limit < limit:
        yield f"this accepts more: the limit was {one.limit}"


def _beside(snapshot: Snapshot, one: Limited) -> Iterator[str]:
    """Which connections the limit counts beside ordinary sessions, and which it does not."""
    if one.scope == "database":
        yield "superusers get in above the limit, and their sessions count towards it"
    named = "user" if one.scope == "role" else "database"
    walsenders = sum(1 for s in snapshot.sessions if s.backend_type == "walsender" and getattr(s, named) == one.name)
    if walsenders and one.holds_walsenders:
        yield f"this minor version counts walsenders too ({walsenders} now): replication that reconnects may be refused"
    elif walsenders:
        yield f"replication is not held by it: {show_count(walsenders, 'walsender')} may come back"
    if snapshot.pooler:
        yield "you came through a pooler: the limit holds its server connections, and its clients wait or are refused"
