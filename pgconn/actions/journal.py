"""The journal: every change that can be put back, one JSON line each, written before the change is made.

A line is written whole and reaches the disk, or nothing is changed. A change is open until another line closes it.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model import Moment, Value
from pgconn.model.change import Change, Identity
from pgconn.text.jsonl import Newer, append, decode_line

VERSION: Final = 1
_ANOTHER: Final = "name another file with --journal FILE"


class Entry(Value, frozen=True, kw_only=True, tag_field="kind", tag="change"):
    """A change of one run: when and by which role it was made, on which server, and from where."""

    version: Literal[1] = 1
    id: str
    run: str
    at: Moment
    server: Identity
    address: str
    role: str
    by: str
    change: Change


class Closed(Value, frozen=True, kw_only=True, tag_field="kind", tag="closed"):
    """The end of an open change: put back, never made, or without an object by now."""

    version: Literal[1] = 1
    id: str
    at: Moment
    why: Literal["undone", "failed", "gone"]


class Journal:
    """A file of changes; one that holds anything else is refused and left as it is."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else usual_place()
        self._lines: list[Entry | Closed] = list(_read(self.path))

    def open_changes(self, server: Identity, by: str) -> tuple[Entry, ...]:
        """The changes of a server made by this command that wait to be put back, the oldest first."""
        return tuple(entry for entry in self._open(by) if entry.server == server)

    def open_places(self, by: str) -> tuple[str, ...]:
        """The addresses of all servers with changes by this command that wait to be put back."""
        return tuple(sorted({entry.address for entry in self._open(by)}))

    def note(
        self, changes: Sequence[Change], *, at: Moment, server: Identity, address: str, role: str, by: str
    ) -> tuple[Entry, ...]:
        """Write down what is about to be changed, all of it or nothing; raises WrongUsage where that cannot be."""
        run = uuid.uuid4().hex[:12]
        entries = tuple(
            Entry(id=f"{run}.{n}", run=run, at=at, server=server, address=address, role=role, by=by, change=change)
            for n, change in enumerate(changes, 1)
        )
        try:
            self._append(entries)
        except OSError as error:
            raise WrongUsage(
                f"cannot write the journal {self.path}: {error.strerror}; nothing was changed", hint=_ANOTHER
            ) from None
        return entries

    def close(self, entries: Sequence[Entry], *, at: Moment, why: Literal["undone", "failed", "gone"]) -> None:
        """Write down that these changes wait no more; raises PartlyDone where that cannot be."""
        try:
            self._append(tuple(Closed(id=entry.id, at=at, why=why) for entry in entries))
        except OSError as error:
            raise PartlyDone(
                f"cannot write the journal {self.path}: {error.strerror}; it still lists what is undone already",
                hint="make room; to undo it once more does no harm",
            ) from None

    def _open(self, by: str) -> Iterator[Entry]:
        closed = {line.id for line in self._lines if isinstance(line, Closed)}
        entries = (line for line in self._lines if isinstance(line, Entry))
        yield from (entry for entry in entries if entry.id not in closed and entry.by == by)

    def _append(self, lines: Sequence[Entry | Closed]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        with open(self.path, "ab", buffering=0, opener=_private) as file:
            append(file, data, sync=True)
        self._lines += lines


def usual_place() -> Path:
    """Where the journal is kept: below $XDG_STATE_HOME, or ~/.local/state."""
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        raise WrongUsage("there is no home directory to keep the journal in", hint=_ANOTHER) from None
    return folder / "pgconn" / "journal.jsonl"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _read(path: Path) -> Iterator[Entry | Closed]:
    """The lines; raises WrongUsage with the one that is damaged, cut or newer."""
    try:
        if path.exists() and not path.is_file():
            raise WrongUsage(f"the journal {path} is not a file; nothing was changed", hint=_ANOTHER)
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    except OSError as error:
        raise WrongUsage(
            f"cannot read the journal {path}: {error.strerror}; nothing was changed", hint=_ANOTHER
        ) from None
    for number, line in enumerate(lines, 1):
        try:
            yield decode_line(line, Entry | Closed, tags=("change", "closed"), newest=VERSION)
        except Newer:
            raise WrongUsage(f"{path}, line {number}: written by a newer pgconn", hint="use that one here") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WrongUsage(
                f"{path}, line {number}: {error}; nothing was changed", hint=f"is it a journal of pgconn? {_ANOTHER}"
            ) from None
