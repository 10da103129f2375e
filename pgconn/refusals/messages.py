"""The known messages as the data files have them: English ones with their source, and the translations.

A translation knows its English text, so that what is known of one is known of the other.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from pgconn.data.reading import toml
from pgconn.model import Value
from pgconn.model.refusal import Limit

# A name; it reaches over no severity, and the bound keeps hostile text from costing quadratic time.
_NAME: Final = r"(?:(?!:  )[^\n]){0,200}?"
_FIRST_NAME: Final = r'[^"\n]{0,200}?'
# A message of one or two common words is one only where nothing else stands beside it: after a client's own words or a
# severity, or as the value of a dump.
_ALONE: Final = (
    r"(?:(?<![^\n])|(?<=: )|(?<=:  )|(?<=[\"'(]))(?:%s)(?=[\"'\\]|[\s)\]}.]*(?:\n|\Z)|\s*\(SQLSTATE|, SQLSTATE)"
)


class Texts(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the file: a pattern stands by itself where it is plain text, else with an example that it matches.

    `alone`: words so common that they count only as the whole message. `logged`: what a server's log reports of a
    refused connection with a severity below FATAL.
    """

    limit: Limit
    source: str
    texts: tuple[str | tuple[str, str], ...]
    alone: bool = False
    logged: bool = False

    def examples(self) -> Iterator[tuple[str, str]]:
        """Each pattern with an example."""
        for text in self.texts:
            yield (text, text) if isinstance(text, str) else text


class English(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`refusals.toml`."""

    rows: tuple[Texts, ...]


class Message(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server or its client library reports, by language; a language has several texts where they changed."""

    english: str
    limit: Limit
    source: str
    alone: bool = False
    logged: bool = False
    words: dict[str, str | tuple[str, ...]]


class Severities(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a log of one language writes before a message; after a word of `talk` no connection is refused."""

    fatal: str
    error: str
    panic: str
    talk: tuple[str, ...]


class Messages(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`messages.toml`, with the versions whose catalogues it holds."""

    postgresql: str
    libpq: str
    severities: dict[str, Severities]
    frames: dict[str, tuple[str, ...]]
    messages: tuple[Message, ...]


class Translation(NamedTuple):
    """One message in one language, and the part of it that a text must have to be worth a closer look."""

    part: str
    limit: Limit
    source: str
    message: str
    english: str
    alone: bool
    logged: bool

    @property
    def pattern(self) -> str:
        """The message as a pattern."""
        pattern = literal(self.message)
        return _ALONE % pattern if self.alone else pattern


def english() -> tuple[Texts, ...]:
    """The rows of English messages."""
    return toml("refusals.toml", English).rows


def pattern_of(text: str, *, alone: bool = False) -> str:
    """A pattern of the file as Python's, its placeholders made into names."""
    named = text.replace("{}", _NAME)
    return _ALONE % named if alone else named


@cache
def messages() -> Messages:
    """The translations, and what stands before a message in each language."""
    return toml("messages.toml", Messages)


@cache
def translations() -> tuple[Translation, ...]:
    """The messages of all languages, those that say most first; what two languages share is one."""
    there: dict[str, Translation] = {}
    for one in messages().messages:
        for words in one.words.values():
            for text in (words,) if isinstance(words, str) else words:
                part = max(map(one_blank, text.split("{}")), key=len)
                translation = Translation(part, one.limit, one.source, text, one.english, one.alone, one.logged)
                there.setdefault(text, translation)
    return tuple(sorted(there.values(), key=lambda one: -len(one.message)))


def literal(message: str) -> str:
    """A translation as a pattern; a name that comes first ends at the next quote, for speed."""
    first, rest = ('"' + _FIRST_NAME, message[3:]) if message.startswith('"{}') else ("", message)
    return first + re.escape(rest).replace(r"\{\}", _NAME).replace(r"\ ", r"\s+")


def one_blank(text: str) -> str:
    """The text with one blank wherever it has some."""
    return " ".join(text.split())
