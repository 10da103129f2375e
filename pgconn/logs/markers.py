"""Which few bytes to look for, so that of a whole log only the lines that may tell of a refusal are parsed.

Every refusal of a server stands on a line with the severity FATAL in the server's language, every one of PgBouncer's
after "pooler error:" or "closing because:", and so on: `data/logs.toml` has them all. In a long log only those are
looked for that samples of the log give reason to expect; as long as no sample shows anything that is known, all are.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from pgconn.data.reading import toml
from pgconn.model import Value

_ALL_UP_TO: Final = 2**20
_SAMPLE: Final = 4096
_PROBE: Final = 2**16
_MANY: Final = 80  # hits in a probe from which on to look at each line is faster than to find the lines of hits
_EACH: Final = 4  # how many blocks of a long log there are to one in which signs of another kind are looked for
LONGEST: Final = 2**14


class Form(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form of log: what it is, and which refusals it does not tell of; `mute` where it tells of none by default."""

    title: str
    silent: str | None = None
    mute: bool = False


class _Kind(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the file."""

    form: str
    markers: tuple[str, ...]
    others: tuple[str, ...] = ()
    next: str | None = None
    signs: tuple[str, ...]


class Looks(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`logs.toml`."""

    below_fatal: tuple[str, ...]
    below_fatal_in_ascii: tuple[str, ...]
    detail: tuple[str, ...]
    postmaster: tuple[str, ...]
    forms: dict[str, Form]
    kinds: tuple[_Kind, ...]


class Marker(NamedTuple):
    """What to look for, and what the next line must have to be read together with the line that has it."""

    text: bytes
    next: bytes | None = None


class Kind(NamedTuple):
    """What to look for in one kind of log, and what any stretch of such a log shows."""

    form: str
    markers: tuple[Marker, ...]
    signs: tuple[bytes, ...]


@cache
def looks() -> Looks:
    """How logs look."""
    return toml("logs.toml", Looks)


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of log."""
    return tuple(map(_kind, looks().kinds))


def _kind(row: _Kind) -> Kind:
    follower = row.next.encode() if row.next else None
    markers = (*(Marker(text.encode(), follower) for text in row.markers), *(Marker(t.encode()) for t in row.others))
    return Kind(row.form, markers, tuple(map(str.encode, row.signs)))


def _joined(chosen: tuple[Kind, ...]) -> tuple[Marker, ...]:
    """The markers of these kinds, each once, with what may follow it."""
    followers: dict[bytes, bytes | None] = {}
    for marker in (marker for kind in chosen for marker in kind.markers):
        followers[marker.text] = followers.get(marker.text) or marker.next
    return tuple(Marker(*pair) for pair in followers.items())


class Guide:
    """What to look for in one log, by the kinds that it has shown so far."""

    def __init__(self) -> None:
        self._whole: str | None = None
        self._shown: tuple[Kind, ...] = ()
        self._markers: tuple[Marker, ...] = ()
        self._blocks = 0

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of log that were recognised."""
        shown = dict.fromkeys(kind.form for kind in self._shown)
        if self._whole is not None:
            shown.pop("postgresql", None)
        return (*filter(None, (self._whole,)), *(form for form in shown if form != self._whole))

    def all_in(self, form: str) -> None:
        """Every line is in this form, although parts of it look like PostgreSQL's text."""
        self._whole = form
        if form == "pgpool":
            self._add(kind for kind in kinds() if kind.form == form)

    def markers_for(self, block: bytes, offset: int) -> tuple[Marker, ...]:
        """What to look for in a block of the log that begins at this offset."""
        if offset == 0:
            self._look_at(block[:_PROBE])
        elif len(block) > _PROBE:
            self._blocks += 1
            if self._blocks % _EACH == 0 or not self._shown:
                self._look_at(_sample(block))
        return _every() if offset < _ALL_UP_TO or not self._shown else self._markers

    def _look_at(self, sample: bytes) -> None:
        self._add(kind for kind in kinds() if any(sign in sample for sign in kind.signs))

    def _add(self, found: Iterable[Kind]) -> None:
        new = tuple(kind for kind in found if kind not in self._shown)
        if new:
            self._shown += new
            self._markers = _joined(self._shown)


def _sample(block: bytes) -> bytes:
    return block[:_SAMPLE] + block[len(block) // 2 :][:_SAMPLE] + block[-_SAMPLE:]


@cache
def _every() -> tuple[Marker, ...]:
    return _joined(kinds())


@cache
def _followed() -> tuple[bytes, ...]:
    return tuple(marker.text for marker in _every() if marker.next)


def wants_next(line: bytes) -> bool:
    """Whether a line may have to be read together with the one below it."""
    return any(text in line for text in _followed())


def marked_lines(block: bytes, markers: tuple[Marker, ...], start: int, end: int) -> list[bytes]:
    """The lines between `start` and `end` that have a marker, each once and in order, without their newlines.

    `start` is the beginning of a line, and `end` the end of one. A line and the one below it that belongs to it come as
    one, with the newline between them.
    """
    if len(markers) == 1 and block.count(markers[0].text, start, min(end, start + _PROBE)) > _MANY:
        marker = markers[0]
        if marker.next is None or block.find(marker.next, start, end) < 0:
            return [line[:LONGEST] for line in block[start:end].split(b"\n") if marker.text in line]
    lines: dict[int, bytes] = {}
    for marker in markers:
        _collect(block, marker, start, end, lines)
    return list(lines.values()) if len(markers) == 1 else [lines[begin] for begin in sorted(lines)]


def _collect(block: bytes, marker: Marker, start: int, end: int, lines: dict[int, bytes]) -> None:
    rfind, follower = block.rfind, marker.next
    for found in _to_line_end(marker.text).finditer(block, start, end):
        place, stop = found.span()
        begin = rfind(b"\n", start, place) + 1 or start
        line = block[begin : stop if stop - begin < LONGEST else begin + LONGEST]
        if follower is not None and (below := _below(block, stop + 1, end, follower)):
            lines[begin] = line + b"\n" + below
        else:
            lines.setdefault(begin, line)


def _below(block: bytes, begin: int, end: int, follower: bytes) -> bytes | None:
    """The line that begins there, if it has what belongs to the line above it, and is not such a line itself."""
    stop = block.find(b"\n", begin, min(end, begin + LONGEST))
    line = block[begin : stop if stop >= 0 else min(end, begin + LONGEST)]
    return line if follower in line and not wants_next(line) else None


@cache
def _to_line_end(marker: bytes) -> re.Pattern[bytes]:
    """The marker and the rest of its line; for short markers that is found faster than by `bytes.find`."""
    return re.compile(re.escape(marker) + rb"[^\n]*")
