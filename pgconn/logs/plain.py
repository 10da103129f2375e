"""Lines of text: PostgreSQL's stderr with any log_line_prefix, and what drivers print.

A line is believed only where the message stands where a server puts it: not in words that a query repeats, and not
in the continuation lines of a record, which begin with a tab. In a language that is not known the SQLSTATE counts,
where log_line_prefix has %e or the log is verbose.
"""

import re
from functools import cache
from typing import Final

from pgconn.logs.codes import CANCELED, DEAD_END, OF_LOGINS, WALSENDER, Circumstances
from pgconn.logs.event import Ended, Event, Who, stamp_of, who_of
from pgconn.logs.markers import looks
from pgconn.logs.meanings import Meanings, named, remember
from pgconn.logs.signals import ended_on

FATAL: Final = (
    r"(?:FATAL[ET]?|KATASTROFALN\w+|ВАЖНО|ФАТАЛЬНО|ფატალური|치명적오류|致命错误|致命錯誤"
    r"|VAZHNO|FATAL`NO|(?:ÖLÜMCÜL|\?L\?MC\?L)(?: \(FATAL\))?)"  # the first of these in ASCII
)
FATAL_WORD: Final = re.compile(FATAL)
_FATAL: Final = re.compile(rf"(?<![^\W\d]){FATAL}:\s{{1,2}}(?:(\w{{5}}): )?")
_PROCESS: Final = re.compile(r"\[\d+(?:-\d+)?\]|(?<=\S)\(\d+\)")
_STATES: Final = "|".join(OF_LOGINS)
# A code in a prefix that has %e: neither a part of a number, a process nor a port.
_CODE: Final = re.compile(rf"(?<![\w.(\[/-])(?<!pid=)(?:{_STATES})(?![\w.)\]/-])")
_INLINE: Final = re.compile(rf"({_STATES}): ")
_BRACKETED: Final = re.compile(r"\[(\w+)(?:-\d+)?\]")
_WALSENDER: Final = re.compile(r"(?<![\w=@.-])walsender(?![\w@.-])")
_LOCATION: Final = re.compile(r"\w+, [\w/]+\.c:\d+$")
_LONGEST_WORD: Final = 80
_LAST_WORD: Final = re.compile(r"[^\s,;=<>\[\]]+$")


class PlainReader:
    """Reads lines of text, and remembers what the same words meant before."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings
        self._names: dict[str, Who] = {}

    def read(self, line: str, below: str = "") -> Event | Ended | None:
        """What a line without its newline tells, with the line below it where that may belong to it."""
        if (found := _FATAL.search(line)) is not None:
            head = line[: found.start()]
            if line.startswith("\t") or ":  " in head or head.endswith("login failed: "):
                return None
            return self._event(head, line[found.end() :], found[1]) or ended_on(below)
        if line.startswith("\t"):
            return None
        head, colon, message = line.partition(":  ")
        return self._of_code(head, message) if colon else self._event(line, line)

    def _event(self, head: str, message: str, state: str | None = None) -> Event | None:
        if head is message:
            refusal = self._meanings.of_text(message)
            at, zone, _ = stamp_of(head)
            return None if refusal is None else Event(refusal, at, zone)
        about = Circumstances(_backend_type(head))
        meaning = self._meanings.of_line(message, about, state)
        if meaning is None and (state := state or _state_in(head)) is None:
            return None
        at, zone, rest = stamp_of(head)
        who = self._who(rest)
        if meaning is None or meaning.by_code:
            about = about._replace(user=who.user, database=who.database)
            meaning = self._meanings.of_line(message, about, state)
        if meaning is None:
            return None
        who = named(meaning.refusal, who)
        return Event(meaning.refusal, at, zone, who, by_code=meaning.by_code, unfinished=meaning.unfinished)

    def _of_code(self, head: str, message: str) -> Event | None:
        """What a line of no known severity tells by its code."""
        inline = _INLINE.match(message)
        state = inline[1] if inline else _state_in(head)
        if state is None or _LOCATION.search(message) or _is_talk(head) or ":  " in message:
            return None
        if state == CANCELED and not head.rstrip().endswith("?"):
            return None  # a statement, unless the line is of a process that has no encoding yet
        return self._event(head, message[7:] if inline else message, state)

    def _who(self, rest: str) -> Who:
        text = _PROCESS.sub("", rest)
        who = self._names.get(text)
        return remember(self._names, text, who_of(text)) if who is None else who


def _backend_type(head: str) -> str | None:
    """The process that wrote a line, as %b puts it into the prefix, where that tells of a limit."""
    if DEAD_END in head:
        return DEAD_END
    return WALSENDER if "walsender" in head and _WALSENDER.search(head) else None


def _state_in(head: str) -> str | None:
    """The SQLSTATE in a prefix, if it is one of a refusal.

    Between brackets it may be the process; where two numbers stand so, one of them is not.
    """
    if (found := _CODE.search(head)) is not None:
        return found[0]
    bracketed = _BRACKETED.findall(head)
    return next((state for state in OF_LOGINS if state in bracketed and len(bracketed) > 1), None)


def _is_talk(head: str) -> bool:
    """Whether what stands before a message is a severity below FATAL, or what comes below a message."""
    found = _LAST_WORD.search(head[-_LONGEST_WORD:].rstrip())
    return found is None or found[0].rstrip("12345") in _talk()


@cache
def _talk() -> frozenset[str]:
    return frozenset(word.split()[-1] for word in (*looks().below_fatal, *looks().below_fatal_in_ascii))
