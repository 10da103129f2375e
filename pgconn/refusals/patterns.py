"""Which known messages stand in a text: the English ones of every source, and the translations of PostgreSQL and libpq.

All English messages are one regular expression. Of the translations only those are compiled whose longest part without
a name stands in the text: to compile them all takes longer than to read most logs. Their file is read when the text is
not English alone.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from pgconn.model.refusal import Limit
from pgconn.refusals.frames import FRAME
from pgconn.refusals.messages import Texts, Translation, english, one_blank, pattern_of, translations

BRIEF: Final[frozenset[str]] = frozenset(("application_pool", "unknown"))
"""Sources that say little by themselves: the server's own message may stand on the same line."""

_REST_OF_LINE: Final = r"[^\n]*"


class Row(NamedTuple):
    """What one source reports of one limit, as regular expressions without groups."""

    limit: Limit
    source: str
    patterns: tuple[str, ...]
    logged: bool = False
    english: str | None = None


class Found(NamedTuple):
    """A known message in a text: whose it is, and where it stands."""

    row: Row
    match: re.Match[str]

    @property
    def limit(self) -> Limit:
        """The limit that it means."""
        return self.row.limit

    @property
    def source(self) -> str:
        """The program that reports it."""
        return self.row.source

    @property
    def english(self) -> str:
        """The message in English, with {} for each name where it was translated."""
        return self.row.english or self.match[0]


def found_in(text: str) -> list[Found]:
    """Every known message in a text, from left to right; none lies within another."""
    found = list(_matches(text, (_english(),)))
    if text.isascii() and all(map(FRAME.fullmatch, _without(found, text).splitlines())):
        return found
    translated = _translated(text)
    return list(_matches(text, (_english(), _compiled(translated)))) if translated else found


@cache
def _in_ascii() -> tuple[Translation, ...]:
    """Those that a text in ASCII can have."""
    return tuple(one for one in translations() if one.message.isascii())


class _Table(NamedTuple):
    """Rows, and all of them as one pattern with a group for each."""

    rows: tuple[Row, ...]
    pattern: re.Pattern[str]


@cache
def _english() -> _Table:
    return _compiled(tuple(Row(row.limit, row.source, tuple(_patterns(row)), row.logged) for row in english()))


def _patterns(row: Texts) -> Iterator[str]:
    return (pattern_of(pattern, alone=row.alone) for pattern, _ in row.examples())


def _row(one: Translation) -> Row:
    return Row(one.limit, one.source, (one.pattern,), one.logged, one.english)


@lru_cache(maxsize=256)
def _compiled(rows: tuple[Row, ...]) -> _Table:
    """It takes the rest of the line along, so that a name within a message is never read as a message."""
    groups = "|".join(
        f"(?P<t{number}>(?:{'|'.join(row.patterns)}){'' if row.source in BRIEF else _REST_OF_LINE})"
        for number, row in enumerate(rows)
    )
    return _Table(rows, re.compile(rf"(?<!\w)(?:{groups})"))


def _translated(text: str) -> tuple[Row, ...]:
    """The translations that may stand in a text."""
    known, blanks = _in_ascii() if text.isascii() else translations(), one_blank(text)
    return tuple(_row(one) for one in known if one.part in blanks)


def _matches(text: str, tables: tuple[_Table, ...]) -> Iterator[Found]:
    """What a single pattern of all rows would find; of two matches that begin at one place the first table's."""
    at, ahead = 0, [table.pattern.search(text) for table in tables]
    while any(ahead):
        match, table = min(((m, t) for m, t in zip(ahead, tables, strict=True) if m), key=lambda pair: pair[0].start())
        row = table.rows[int((match.lastgroup or "t0")[1:])]
        yield Found(row, match)
        at = match.end()
        ahead = [t.pattern.search(text, at) if m and m.start() < at else m for m, t in zip(ahead, tables, strict=True)]


def _without(found: Iterable[Found], text: str) -> str:
    """The text that no message covers."""
    at, rest = 0, []
    for one in found:
        rest.append(text[at : one.match.start()])
        at = one.match.end()
    return "".join((*rest, text[at:]))
