"""Fences put up, taken down and listed: a CONNECTION LIMIT that stops a refill, with the way back in the journal."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

import msgspec

from pgconn.actions.changes import Changer, Prepared, of_last_run
from pgconn.actions.fence_planning import FenceRequest, ServerLimits, carry_out, limit_in_words, plan_fence, plan_undo
from pgconn.actions.journal import Entry
from pgconn.documents.changes import Fenced, Fences
from pgconn.errors import NotThere, WrongUsage
from pgconn.model.change import NO_LIMIT, Change, Changed, Limited, Setting
from pgconn.model.result import Result
from pgconn.model.snapshot import Snapshot
from pgconn.observe.snapshot import take


class Fence(Changer):
    """The fences of one server."""

    kind: ClassVar[str] = "fence"

    def prepare(self, request: FenceRequest) -> Prepared:
        """What a request sets or undoes; raises what forbids one of its changes."""
        if request.action == "undo":
            return self.prepare_undo(list(self._chosen(request)))
        planned = plan_fence(self._now, request)
        places = ", ".join(change.place for change in planned)
        return Prepared(changes=planned, question=f"Set a limit of {request.limit} on {places}?")

    def fences(self) -> Result[Fences]:
        """Every limit there is, with what the journal knows of it."""
        limits = self._now
        ours = {(entry.change.scope, entry.change.oid): entry for entry in self.open_changes}
        shown = [
            _fenced(limits, one, ours.get((one.scope, one.oid)))
            for one in limits.limited
            if (one.scope, one.oid) in ours or (one.limit >= 0 and one.lets_in and not one.superuser)
        ]
        document = Fences(
            taken_at=self.seen.taken_at,
            server=str(self.seen.address),
            journal=str(self.journal.path),
            fences=tuple(sorted(shown, key=lambda fence: (fence.set_at is None, fence.scope, fence.name))),
        )
        return Result(document=document)

    def plan_undo(self, change: Change) -> Change | None:
        return plan_undo(self._now, change)

    def make(self, changes: Sequence[Change]) -> tuple[Changed, ...]:
        carry_out(self.server, changes, lambda: self._limits(take(self.server)))
        return tuple(Changed.of(change, "done") for change in changes)

    def restored(self, changes: Sequence[Change]) -> str:
        return ", ".join(f"{limit_in_words(change.after)} for {change.place}" for change in changes)

    def drift(self, entry: Entry, undo: Change) -> str:
        now, set_to = limit_in_words(undo.before), entry.change.after
        return f"{undo.place} has {now} now, where the fence had set {set_to}: it has been changed since"

    def stays(self, entry: Entry, undo: Change) -> str | None:
        """A fence that does not stand here may stand on the server that this one is a copy of, with its number."""
        if undo.before != undo.after or entry.address == str(self.seen.address) or self.force:
            return None
        return f"it was put up on {entry.address}, perhaps on the server that this is a copy of; --force forgets it"

    def described(self, done: Changed) -> Changed:
        """With a word where it leads to an earlier fence."""
        stands = any((entry.change.scope, entry.change.oid) == (done.scope, done.oid) for entry in self.open_changes)
        late = stands and done.result == "done"
        return msgspec.structs.replace(done, detail="an earlier fence stands again") if late else done

    @cached_property
    def _now(self) -> ServerLimits:
        return self._limits(self.seen)

    def _limits(self, seen: Snapshot) -> ServerLimits:
        return ServerLimits(snapshot=seen, limited=tuple(self.server.ask(Limited).take(Limited)))

    def _chosen(self, request: FenceRequest) -> Iterator[Entry]:
        """The newest open change of each name, or all those of the last run."""
        entries, path = self.open_changes, self.journal.path
        if not entries:
            raise NotThere(f"no fence on {self.seen.address} is written down in {path}", hint=self._elsewhere())
        if not request.named:
            yield from of_last_run(entries)
        for scope, name in request.named:
            found = [
                entry
                for entry in entries
                if scope in (None, entry.change.scope) and name in self._now.names_of(entry.change)
            ]
            if not found:
                known = ", ".join(sorted({entry.change.place for entry in entries}))
                raise NotThere(f"no fence of {name!r} is written down in {path}", hint=f"there is {known}")
            if len({entry.change.scope for entry in found}) > 1:
                hint = "write --undo --role NAME"
                raise WrongUsage(f"{name!r} is a role and a database, and both are fenced", hint=hint)
            yield found[-1]

    def _elsewhere(self) -> str:
        """Where there are fences, or limits at least, for who is on the wrong server."""
        places = ", ".join(self.journal.open_places(self.kind))
        there = f"it has fences on {places}; " if places else ""
        return f"{there}--journal FILE names another one; pgconn fence --list shows the limits there are"


def _fenced(limits: ServerLimits, one: Limited, entry: Entry | None) -> Fenced:
    used = limits.used(one)
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
