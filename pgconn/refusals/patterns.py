"""Which known messages stand in a text: the English ones of every source, and the translations of PostgreSQL and libpq.

All English messages are one regular expression. Of the translations only those are compiled whose longest part without
a name stands in the text: to compile them all takes longer than to read most logs. Their file is read when the text is
not English alone.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple, get_args

from pgconn.data.reading import toml
from pgconn.model import Value
from pgconn.model.refusal import Limit

BRIEF: Final[frozenset[str]] = frozenset(("application_pool", "unknown"))
"""Sources that say little by themselves: the server's own message may stand on the same line."""

# A name; it reaches over no severity, and the bound keeps hostile text from costing quadratic time.
_NAME: Final = r"(?:(?!:  )[^\n]){0,200}?"
_FIRST_NAME: Final = r'[^"\n]{0,200}?'
_REST_OF_LINE: Final = r"[^\n]*"
# What libpq and psycopg write before an English message; a text that has nothing else around one is English.
_FRAME: Final = re.compile(
    r"\s*(?:psql: |error: |connection failed: |connection is bad: )*"
    r'(?:connection to server (?:at|on socket) "\S*"(?: \(\S*\))?(?:, port \d+)? failed: )?'
    r"(?:(?:FATAL|ERROR|PANIC):\s+)?"
)


class Row(NamedTuple):
    """What one source reports of one limit, as regular expressions without groups."""

    limit: Limit
    source: str
    patterns: tuple[str, ...]


class Found(NamedTuple):
    """A known message in a text: whose it is, and where it stands."""

    limit: Limit
    source: str
    match: re.Match[str]


class Texts(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the file: a pattern stands alone where it is plain text, else with an example that it matches."""

    limit: Limit
    source: str
    texts: tuple[str | tuple[str, str], ...]

    def examples(self) -> Iterator[tuple[str, str]]:
        """Each pattern with an example."""
        for text in self.texts:
            yield (text, text) if isinstance(text, str) else text


class English(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`refusals.toml`."""

    rows: tuple[Texts, ...]


class Catalogues(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server and its client library report in one language."""

    server: dict[Limit, tuple[str, ...]]
    client: dict[Limit, tuple[str, ...]]


class Messages(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`messages.toml`, with the versions whose catalogues it holds."""

    postgresql: str
    libpq: str
    languages: dict[str, Catalogues]


class Translation(NamedTuple):
    """One message in one language, and the part of it that a text must have to be worth a closer look."""

    part: str
    limit: Limit
    source: str
    message: str


def found_in(text: str) -> list[Found]:
    """Every known message in a text, from left to right; none lies within another."""
    found = list(_matches(text, (_english(),)))
    if text.isascii() and all(map(_FRAME.fullmatch, _without(found, text).splitlines())):
        return found
    translated = _translated(text)
    return list(_matches(text, (_english(), _compiled(translated)))) if translated else found


def english() -> tuple[Texts, ...]:
    """The rows of English messages."""
    return toml("refusals.toml", English).rows


def pattern_of(text: str) -> str:
    """A pattern of the file as Python's, its placeholders made into names."""
    return text.replace("{}", _NAME)


@cache
def translations() -> tuple[Translation, ...]:
    """The messages of all languages by limit, the server's first."""
    languages = toml("messages.toml", Messages).languages.values()
    return tuple(
        Translation(max(map(_one_blank, message.split("{}")), key=len), limit, source, message)
        for side, source in (("server", "postgresql"), ("client", "network"))
        for limit in get_args(Limit)
        for language in languages
        for message in getattr(language, side).get(limit, ())
    )


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
    return _compiled(tuple(Row(row.limit, row.source, tuple(_patterns(row))) for row in english()))


def _patterns(row: Texts) -> Iterator[str]:
    return (pattern_of(pattern) for pattern, _ in row.examples())


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
    known, blanks = _in_ascii() if text.isascii() else translations(), _one_blank(text)
    return tuple(Row(one.limit, one.source, (_literal(one.message),)) for one in known if one.part in blanks)


def _literal(message: str) -> str:
    """A translation as a pattern; a name that comes first ends at the next quote, for speed."""
    first, rest = ('"' + _FIRST_NAME, message[3:]) if message.startswith('"{}') else ("", message)
    return first + re.escape(rest).replace(r"\{\}", _NAME).replace(r"\ ", r"\s+")


def _matches(text: str, tables: tuple[_Table, ...]) -> Iterator[Found]:
    """What a single pattern of all rows would find; of two matches that begin at one place the first table's."""
    at, ahead = 0, [table.pattern.search(text) for table in tables]
    while any(ahead):
        match, table = min(((m, t) for m, t in zip(ahead, tables, strict=True) if m), key=lambda pair: pair[0].start())
        row = table.rows[int((match.lastgroup or "t0")[1:])]
        yield Found(row.limit, row.source, match)
        at = match.end()
        ahead = [t.pattern.search(text, at) if m and m.start() < at else m for m, t in zip(ahead, tables, strict=True)]


def _without(found: Iterable[Found], text: str) -> str:
    """The text that no message covers."""
    at, rest = 0, []
    for one in found:
        rest.append(text[at : one.match.start()])
        at = one.match.end()
    return "".join((*rest, text[at:]))


def _one_blank(text: str) -> str:
    return " ".join(text.split())
