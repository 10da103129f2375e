"""A change from the question to the answer: show it, ask, write down the way back, make it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from pgconn.actions.journal import Entry, Journal
from pgconn.cli.prompt import confirm
from pgconn.cli.talk import say
from pgconn.documents.changes import Changes
from pgconn.errors import NotConfirmed, PartlyDone, PgconnError, PrivilegeMissing, Unavailable
from pgconn.model.change import Change, Changed, Identity
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Value
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.server.refused import Refused

_SHOWN: Final = 5  # lines of SQL that are shown before the question

Make = Callable[[Sequence[Change]], tuple[Changed, ...]]
"""Makes the changes and says what became of each."""


class Leave(Value, frozen=True, kw_only=True):
    """What the options allow to do without asking."""

    dry_run: bool = False
    yes: bool = False
    force: bool = False


class Errand:
    """One run of a command that changes a server: who asks, where, and what may be done."""

    def __init__(self, server: Server, by: str, journal: Path | None, leave: Leave) -> None:
        self.server, self.by, self.leave = server, by, leave
        self._journal = journal
        self.identity = _identity(server)
        self.seen: Snapshot = take(server)

    @cached_property
    def journal(self) -> Journal:
        """The journal, read when it is needed."""
        return Journal(self._journal)

    @property
    def open_changes(self) -> tuple[Entry, ...]:
        """What this command changed on this server and has not put back."""
        return self.journal.open_changes(self.identity, self.by)

    def make(self, changes: Sequence[Change], make: Make, question: str) -> Changes:
        """Show the changes, ask, write them down, and make them; a change that failed is closed in the journal."""
        self._show(changes)
        if self.leave.dry_run or not changes:
            return self.document([Changed.of(change) for change in changes])
        confirm(question, yes=self.leave.yes)
        entries = self.journal.note(
            changes,
            at=self.seen.taken_at,
            server=self.identity,
            address=str(self.seen.address),
            role=self.seen.role.name,
            by=self.by,
        )
        try:
            made = make(changes)
        except (Unavailable, Refused):
            say(f"whether it was done is not known; the way back is in {self.journal.path}")
            raise
        except PgconnError as error:
            if not isinstance(error, PartlyDone):
                self.journal.close(entries, at=self.seen.taken_at, why="failed")
            raise
        return self.document(made, written=True)

    def put_back(
        self, undone: Sequence[Change], make: Make, drift: Sequence[str], question: str
    ) -> tuple[Changed, ...]:
        """Show the way back, ask, and go it; what somebody else changed since asks for more than a yes."""
        self._show(undone)
        for line in drift:
            say(line)
        if self.leave.dry_run or not undone:
            return tuple(Changed.of(change) for change in undone)
        if drift and not self.leave.force:
            if self.leave.yes:
                changed = "nothing was changed: somebody else has changed it since"
                raise NotConfirmed(changed, hint="--force --yes puts it back all the same")
            confirm(question, yes=False, option="--force --yes")
        else:
            confirm(question, yes=self.leave.yes)
        return make(undone)

    def close(self, entries: Sequence[Entry], why: Literal["undone", "gone"]) -> None:
        """Write down that these changes wait no more."""
        if entries and not self.leave.dry_run:
            self.journal.close(entries, at=self.seen.taken_at, why=why)

    def document(self, changes: Sequence[Changed], *, undo: bool = False, written: bool = False) -> Changes:
        """What was planned or done."""
        return Changes(
            taken_at=self.seen.taken_at,
            server=str(self.seen.address),
            dry_run=self.leave.dry_run,
            undo=undo,
            journal=str(self.journal.path) if written else None,
            changes=tuple(changes),
        )

    def _show(self, changes: Sequence[Change]) -> None:
        if self.leave.dry_run:
            return
        for change in changes:
            for effect in change.effects:
                say(effect)
            lines = change.sql.splitlines()
            if len(lines) > _SHOWN:
                lines = [f"{len(lines)} lines of SQL, which --dry-run shows"]
            for line in lines:
                say(f"will run: {line}")


def _identity(server: Server) -> Identity:
    """The number of the cluster, or its address where we may not know the number."""
    try:
        return server.ask(Identity).one(Identity)
    except PrivilegeMissing:
        return Identity(system_identifier=str(server.address))
