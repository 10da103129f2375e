"""What `pgconn fence` does: limits up, limits down, and which there are."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

import msgspec

from pgconn.actions.fence import Surroundings, Wish, carry_out, limit_in_words, plan_fence, plan_undo
from pgconn.actions.journal import Entry
from pgconn.cli.errand import Errand
from pgconn.documents.changes import Changes
from pgconn.documents.fences import Fenced, Fences
from pgconn.errors import NotThere, WrongUsage
from pgconn.model.change import MOST, NO_LIMIT, Change, Changed, Limited, Scope, Setting
from pgconn.model.value import Value
from pgconn.observe.snapshot import take

BY = "fence"
LAST = "last"


class Task(Value, frozen=True, kw_only=True):
    """What is asked for: names with their kind, None where the kind was left open; without any, the last fence."""

    what: Literal["set", "undo", "list"]
    names: tuple[tuple[Scope | None, str], ...]
    limit: int


def task(
    name: str,
    roles: Sequence[str] | None,
    databases: Sequence[str] | None,
    *,
    limit: int | None,
    undo: bool,
    list_: bool,
) -> Task:
    """The task of a command line; raises WrongUsage where it is none."""
    named: list[tuple[Scope | None, str]] = [("role", role) for role in roles or ()]
    named += [("database", database) for database in databases or ()]
    if sum((limit is not None, undo, list_)) != 1:
        raise WrongUsage(
            "say one of --limit N, --undo and --list", hint="pgconn fence --role app --limit 20, or pgconn fence --list"
        )
    if limit is not None and limit > MOST:
        raise WrongUsage(f"{limit} is more than a CONNECTION LIMIT can be", hint=f"at most {MOST}")
    if list_ and (named or name):
        raise WrongUsage("--list shows all limits", hint="leave the names out")
    if name and not undo:
        raise WrongUsage(f"{name!r} may be a role or a database", hint="write --role NAME or --database NAME")
    if limit is not None and not named:
        raise WrongUsage("--limit of what?", hint="pgconn fence --role app --limit 20")
    if name and name != LAST:
        named.append((None, name))
    what: Literal["set", "undo", "list"] = "undo" if undo else "list" if list_ else "set"
    return Task(what=what, names=tuple(named), limit=limit or 0)


def run(errand: Errand, chosen: Task) -> Changes | Fences:
    """Do what is asked for."""
    match chosen.what:
        case "set":
            return put_up(errand, chosen)
        case "undo":
            return take_down(errand, chosen)
        case "list":
            return fences(errand)


def put_up(errand: Errand, chosen: Task) -> Changes:
    """Plan the fence, and set it."""
    around = _around(errand)
    wish = Wish(
        roles=tuple(name for scope, name in chosen.names if scope == "role"),
        databases=tuple(name for scope, name in chosen.names if scope == "database"),
        limit=chosen.limit,
    )
    planned = plan_fence(around, wish)
    places = ", ".join(change.place for change in planned)
    return errand.make(planned, partial(_set, errand), f"Set a limit of {chosen.limit} on {places}?")


def take_down(errand: Errand, chosen: Task) -> Changes:
    """Put back what was there before the fences that were named, or before the last."""
    around = _around(errand)
    entries = list(_chosen(errand, around, chosen.names))
    planned = [(entry, plan_undo(around, entry.change)) for entry in entries]
    due = [change for _, change in planned if change is not None and change.before != change.after]
    drift = [line for entry, change in planned if change is not None for line in _drift(entry, change)]
    done = errand.put_back(due, partial(_set, errand), drift, f"Put back {_back(due)}?")
    errand.close([e for e, change in planned if change is not None and not _is_anothers(errand, e, change)], "undone")
    errand.close([entry for entry, change in planned if change is None], "gone")
    rest = [
        _rest(errand, entry, change) for entry, change in planned if change is None or change.before == change.after
    ]
    return errand.document((*(_with_earlier(errand, one) for one in done), *rest), undo=True)


def fences(errand: Errand) -> Fences:
    """Every limit there is, with what the journal knows of it."""
    around = _around(errand)
    newest = {(entry.change.scope, entry.change.oid): entry for entry in errand.open_changes}
    shown = [
        _fenced(around, one, newest.get((one.scope, one.oid)))
        for one in around.limited
        if (one.scope, one.oid) in newest or (one.limit >= 0 and one.lets_in and not one.superuser)
    ]
    return Fences(
        taken_at=errand.seen.taken_at,
        server=str(errand.seen.address),
        journal=str(errand.journal.path),
        fences=tuple(sorted(shown, key=lambda fence: (fence.set_at is None, fence.scope, fence.name))),
    )


def _around(errand: Errand, *, again: bool = False) -> Surroundings:
    seen = take(errand.server) if again else errand.seen
    return Surroundings(snapshot=seen, limited=tuple(errand.server.ask(Limited).take(Limited)))


def _set(errand: Errand, changes: Sequence[Change]) -> tuple[Changed, ...]:
    carry_out(errand.server, changes, partial(_around, errand))
    return tuple(Changed.of(change, "done") for change in changes)


def _chosen(errand: Errand, around: Surroundings, names: Sequence[tuple[Scope | None, str]]) -> Iterator[Entry]:
    """The newest open change of each name, or all those of the last run."""
    there = errand.open_changes
    if not there:
        raise NotThere(
            f"no fence on {errand.seen.address} is written down in {errand.journal.path}", hint=_elsewhere(errand)
        )
    if not names:
        yield from (entry for entry in there if entry.run == there[-1].run)
    for scope, name in names:
        found = [entry for entry in there if scope in (None, entry.change.scope) and name in _names(around, entry)]
        if not found:
            known = ", ".join(sorted({entry.change.place for entry in there}))
            raise NotThere(f"no fence of {name!r} is written down in {errand.journal.path}", hint=f"there is {known}")
        if len({entry.change.scope for entry in found}) > 1:
            raise WrongUsage(f"{name!r} is a role and a database, and both are fenced", hint="write --undo --role NAME")
        yield found[-1]


def _elsewhere(errand: Errand) -> str:
    """Where there are fences, or limits at least, for who is on the wrong server."""
    places = ", ".join(errand.journal.open_places(BY))
    there = f"it has fences on {places}; " if places else ""
    return f"{there}--journal FILE names another one; pgconn fence --list shows the limits there are"


def _names(around: Surroundings, entry: Entry) -> tuple[str | None, ...]:
    now = around.same(entry.change)
    return (entry.change.name, now.name if now is not None else None)


def _drift(entry: Entry, undo: Change) -> Iterator[str]:
    """What somebody else did to a limit since the fence was put up."""
    if undo.before not in (entry.change.after, undo.after):
        now = limit_in_words(undo.before)
        yield f"{undo.place} has {now} now, where the fence had set {entry.change.after}: somebody else has changed it"


def _back(undone: Sequence[Change]) -> str:
    return ", ".join(f"{limit_in_words(change.after)} for {change.place}" for change in undone)


def _with_earlier(errand: Errand, done: Changed) -> Changed:
    """The change, with a word where it leads to an earlier fence."""
    stands = any((entry.change.scope, entry.change.oid) == (done.scope, done.oid) for entry in errand.open_changes)
    late = stands and done.result == "done"
    return msgspec.structs.replace(done, detail="an earlier fence stands again") if late else done


def _is_anothers(errand: Errand, entry: Entry, undo: Change) -> bool:
    """Whether a fence that does not stand here may stand on the server that this one is a copy of, with its number."""
    here = str(errand.seen.address)
    return undo.before == undo.after and entry.address != here and not errand.leave.force


def _rest(errand: Errand, entry: Entry, undo: Change | None) -> Changed:
    """A fence with nothing to put back."""
    if undo is None:
        return Changed.of(entry.change, "gone", f"the {entry.change.scope} was dropped; there is nothing to put back")
    if _is_anothers(errand, entry, undo):
        detail = f"it was put up on {entry.address}, perhaps on the server that this is a copy of; --force lets it go"
        return Changed.of(undo, "unchanged", detail)
    return Changed.of(undo, "unchanged", "somebody else has put it back already")


def _fenced(around: Surroundings, one: Limited, entry: Entry | None) -> Fenced:
    used = around.used(one)
    limit = None if one.limit == NO_LIMIT else one.limit
    free = None if limit is None else max(0, limit - used)
    if entry is None:
        return Fenced(scope=one.scope, name=one.name, limit=limit, used=used, free=free)
    return Fenced(
        scope=one.scope,
        name=one.name,
        limit=limit,
        used=used,
        free=free,
        set_at=entry.at,
        set_by=entry.role,
        set_to=_number(entry.change.after),
        before=_number(entry.change.before),
        standing=str(one.limit) == entry.change.after,
    )


def _number(limit: Setting) -> int | None:
    return int(limit) if limit is not None and int(limit) != NO_LIMIT else None
