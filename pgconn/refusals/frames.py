"""What stands around a message: the words of a client, and the severity of a log, in any language."""

import re
from functools import cache
from typing import Final

from pgconn.refusals.messages import literal, messages

# What libpq and psycopg write before an English message; a text that has nothing else around one is English.
FRAME: Final = re.compile(
    r"\s*(?:psql: |error: |connection failed: |connection is bad: )*"
    r'(?:connection to server (?:at|on socket) "\S*"(?: \(\S*\))?(?:, port \d+)? failed: )?'
    r"(?:(?:FATAL|ERROR|PANIC):\s+)?"
)
# A severity of a log; where it has %e, a SQLSTATE follows.
_SEVERITY: Final = r"(?<!\w)(?:%s)\d?\s?:\s*(?:\w{5}:\s)?\Z"
_SEVERITIES: Final = {
    "talk": ("LOG", "NOTICE", "INFO", "DEBUG", "WARNING", "STATEMENT", "QUERY", "CONTEXT", "DETAIL", "HINT"),
    "error": ("ERROR",),
}
# Nothing stands behind libpq's words; a longer text is no error of libpq.
_AT_END: Final = re.compile(r":[ \t]*(?:\n|\Z)")
_ENGLISH_FRAMES: Final = (
    'connection to server at "{}" ({}), port {} failed:',
    'connection to server at "{}", port {} failed:',
    'connection to server on socket "{}" failed:',
)
_LONGEST_EMPTY: Final = 4096


def is_talk(before: str) -> bool:
    """Whether what stands before a message makes it one that repeats words and refuses no connection."""
    return _ends_with(before, "talk")


def is_error(before: str) -> bool:
    """Whether what stands before a message makes it one of a session that is already in."""
    return _ends_with(before, "error")


def has_empty_error(text: str) -> bool:
    """Whether libpq, in any language, gives no reason for a connection that failed."""
    if len(text) > _LONGEST_EMPTY or _AT_END.search(text) is None:
        return False
    return _no_reason(_ENGLISH_FRAMES).search(text) is not None or _no_reason(_frames()).search(text) is not None


def _ends_with(before: str, kind: str) -> bool:
    if _severity(_SEVERITIES[kind]).search(before):
        return True
    return FRAME.fullmatch(before) is None and _severity(_translated_severities(kind)).search(before) is not None


@cache
def _translated_severities(kind: str) -> tuple[str, ...]:
    of_languages = messages().severities.values()
    return tuple(word for one in of_languages for word in (one.talk if kind == "talk" else (one.error,)))


@cache
def _severity(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(_SEVERITY % "|".join(map(re.escape, words)))


@cache
def _frames() -> tuple[str, ...]:
    return tuple(frame for frames in messages().frames.values() for frame in frames)


@cache
def _no_reason(frames: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(map(literal, frames))})[ \t]*(?:\n|\Z)")
