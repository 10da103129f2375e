"""Changes of a server that can be undone: prepared as a value, written to the journal, made, and put back later.

A kind of change (a fence, a setting) says how its changes are planned, made and described; what it shares is here: the
journal before the change, the choice of what to undo, and what is reported where it was changed since. Between
`prepare` and `run` the caller decides whether it may be done.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pgconn.actions.journal import Entry, Journal
from pgconn.documents.changes import Changes
from pgconn.errors import NoSlot, PartlyDone, PgconnError, PrivilegeMissing, Unavailable
from pgconn.model import Value
from pgconn.model.change import Change, Changed, Identity
from pgconn.model.result import Listener, Result
from pgconn.model.snapshot import Snapshot
from pgconn.observe.snapshot import take
from pgconn.server import Server


class Prepared(Value, frozen=True, kw_only=True):
    """What is about to be changed, and the question that asks for it.

    Of an undo, `undone` are the entries of the journal with the change that undoes each, None where its role or
    database is gone, and `drift` says what has changed since.
    """

    changes: tuple[Change, ...]
    question: str
    undone: tuple[tuple[Entry, Change | None], ...] | None = None
    drift: tuple[str, ...] = ()


class Changer(ABC):
    """One connection to a server that is to be changed, with the journal of what this kind of change did before."""

    kind: ClassVar[str]
    """The name of the kind in the journal."""

    def __init__(self, server: Server, journal: Path | None, *, force: bool = False) -> None:
        self.server, self.force = server, force
        self._journal = journal
        self.identity = _identity(server)
        self.seen: Snapshot = take(server)

    @cached_property
    def journal(self) -> Journal:
        """The journal, read when it is needed."""
        return Journal(self._journal)

    @property
    def open_changes(self) -> tuple[Entry, ...]:
        """What this kind of change did on this server and did not undo, the oldest first."""
        return self.journal.open_changes(self.identity, self.kind)

    @abstractmethod
    def plan_undo(self, change: Change) -> Change | None:
        """The change that undoes one; None where the role or the database is gone."""

    @abstractmethod
    def make(self, changes: Sequence[Change]) -> tuple[Changed, ...]:
        """Make the changes, and say what became of each; raises PgconnError where one is out of date."""

    @abstractmethod
    def restored(self, changes: Sequence[Change]) -> str:
        """What an undo restores, in the words of its question."""

    @abstractmethod
    def drift(self, entry: Entry, undo: Change) -> str:
        """What became of a change since."""

    def stays(self, entry: Entry, undo: Change) -> str | None:  # noqa: ARG002 - for the kinds that know of a reason
        """Why an entry with nothing to undo stays open; None where it is closed."""
        return None

    def described(self, done: Changed) -> Changed:
        """What was undone, with what the kind has to say of it."""
        return done

    def prepare_undo(self, entries: Sequence[Entry]) -> Prepared:
        """The undo of these entries of the journal."""
        undone = tuple((entry, self.plan_undo(entry.change)) for entry in entries)
        due = tuple(undo for _, undo in undone if undo is not None and undo.before != undo.after)
        drift = tuple(
            self.drift(entry, undo)
            for entry, undo in undone
            if undo is not None and undo.before not in (entry.change.after, undo.after)
        )
        return Prepared(changes=due, question=f"Put back {self.restored(due)}?", undone=undone, drift=drift)

    def preview(self, prepared: Prepared) -> Result[Changes]:
        """The answer in which nothing was done."""
        changes = [Changed.of(change) for change in prepared.changes]
        if prepared.undone is None:
            return Result(document=self._document(changes, dry_run=True))
        undone = (*map(self.described, changes), *self._unchanged(prepared.undone))
        return Result(document=self._document(undone, dry_run=True, undo=True))

    def run(self, prepared: Prepared, listener: Listener) -> Result[Changes]:
        """Make the changes, or undo them; a change is in the journal before it is made."""
        if prepared.undone is not None:
            return Result(document=self._undo(prepared.changes, prepared.undone))
        if not prepared.changes:
            return Result(document=self._document([]))
        entries = self.journal.note(
            prepared.changes,
            at=self.seen.taken_at,
            server=self.identity,
            address=str(self.seen.address),
            role=self.seen.role.name,
            by=self.kind,
        )
        try:
            made = self.make(prepared.changes)
        except (Unavailable, NoSlot):
            listener.info(f"whether it was done is not known; the way back is in {self.journal.path}")
            raise
        except PgconnError as error:
            if not isinstance(error, PartlyDone):
                self.journal.close(entries, at=self.seen.taken_at, why="failed")
            raise
        return Result(document=self._document(made, written=True))

    def _undo(self, changes: Sequence[Change], undone: Sequence[tuple[Entry, Change | None]]) -> Changes:
        done = self.make(changes) if changes else ()  # before the journal forgets how to undo it
        found = [(entry, undo) for entry, undo in undone if undo is not None]
        self._close([entry for entry, undo in found if self.stays(entry, undo) is None], gone=False)
        self._close([entry for entry, undo in undone if undo is None], gone=True)
        return self._document((*map(self.described, done), *self._unchanged(undone)), undo=True)

    def _unchanged(self, undone: Sequence[tuple[Entry, Change | None]]) -> Iterator[Changed]:
        """The entries with nothing to undo."""
        for entry, undo in undone:
            if undo is None:
                gone = f"the {entry.change.scope} was dropped; there is nothing to undo"
                yield Changed.of(entry.change, "gone", gone)
            elif undo.before == undo.after:
                yield Changed.of(undo, "unchanged", self.stays(entry, undo) or "it has been undone already")

    def _close(self, entries: Sequence[Entry], *, gone: bool) -> None:
        if entries:
            self.journal.close(entries, at=self.seen.taken_at, why="gone" if gone else "undone")

    def _document(
        self, changes: Sequence[Changed], *, dry_run: bool = False, undo: bool = False, written: bool = False
    ) -> Changes:
        return Changes(
            taken_at=self.seen.taken_at,
            server=str(self.seen.address),
            dry_run=dry_run,
            undo=undo,
            journal=str(self.journal.path) if written else None,
            changes=tuple(changes),
        )


def newest(entries: Sequence[Entry]) -> Entry | None:
    """The newest of these entries; None where they are about several places, so that none of them is meant."""
    places = {(entry.change.scope, entry.change.oid) for entry in entries}
    return entries[-1] if len(places) == 1 else None


def of_last_run(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that the last run wrote, in the order in which it made the changes."""
    return [entry for entry in entries if entry.run == entries[-1].run]


def _identity(server: Server) -> Identity:
    """The number of the cluster, or its address where we may not know the number."""
    try:
        return server.ask(Identity).one(Identity)
    except PrivilegeMissing:
        return Identity(system_identifier=str(server.address))
