"""Lines of text: PostgreSQL's stderr with any log_line_prefix, PgBouncer's log, and what drivers print.

A line is believed only where the message stands where a server puts it: not in words that a query repeats, and not
in the continuation lines of a record, which begin with a tab.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from pgconn.logs.event import Event, Who, host_of, name_of, stamp_of, who_of
from pgconn.model.refusal import Limit, Refusal
from pgconn.refusals import read_fields, read_text

_NO_REFUSAL: Final[frozenset[Limit]] = frozenset(("not_a_limit", "unknown"))
_MOST: Final = 10_000

# Read without the pattern of all texts, which takes longer to make than most logs to read; a test compares.
FREQUENT: Final[Mapping[str, Limit]] = {
    "sorry, too many clients already": "slots",
    "remaining connection slots are reserved for roles with the SUPERUSER attribute": "superuser_reserve",
    "remaining connection slots are reserved for non-replication superuser connections": "superuser_reserve",
    'remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role': (
        "reserved_role"
    ),
    "terminating connection due to administrator command": "not_a_limit",
    "the database system is starting up": "starting_up",
    "the database system is shutting down": "shutting_down",
}

Key = TypeVar("Key")
Value = TypeVar("Value")


class Meanings:
    """Messages to refusals; None for what refuses no connection."""

    def __init__(self) -> None:
        self._known: dict[object, Refusal | None] = {}

    def of_text(self, message: str) -> Refusal | None:
        """What a message without codes means."""
        if message in self._known:
            return self._known[message]
        if (limit := FREQUENT.get(message)) is not None:
            return remember(self._known, message, _refused(Refusal(limit=limit, message=message, source="postgresql")))
        return remember(self._known, message, _refused(read_text(message)))

    def of_fields(self, state: str, message: str, routine: str | None) -> Refusal | None:
        """What a message means that came with its SQLSTATE, and at times with the function that raised it."""
        key = (state, message, routine)
        if key in self._known:
            return self._known[key]
        fields = {"C": state, "M": message, "V": "FATAL"} | ({"R": routine} if routine else {})
        return remember(self._known, key, _refused(read_fields(fields)))


def _refused(refusal: Refusal) -> Refusal | None:
    return None if refusal.limit in _NO_REFUSAL else refusal


def remember(known: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keep the value, in a memory that begins anew when it holds very many."""
    if len(known) >= _MOST:
        known.clear()
    known[key] = value
    return value


FATAL: Final = r"(?:FATAL[ET]?|KATASTROFALN\w+|ВАЖНО|ФАТАЛЬНО|ფატალური|치명적오류|致命错误|ÖLÜMCÜL(?: \(FATAL\))?)"
FATAL_WORD: Final = re.compile(FATAL)
_FATAL: Final = re.compile(rf"(?<![^\W\d]){FATAL}:\s{{1,2}}(?:(\w{{5}}): )?")
_PROCESS: Final = re.compile(r"\[\d+(?:-\d+)?\]|(?<=\S)\(\d+\)")
_CLIENT: Final = re.compile(r" ([CS]-0x[0-9a-f]+): (.*)/(.*)@(\S+) (pooler error|closing because): (.*)$")
_AGE: Final = re.compile(r" \(age=\d+s?\)$")
_LOGIN: Final = re.compile(r"(?: S-0x[0-9a-f]+: (.*)/(.*)@\S+)? server login failed: (?:FATAL|ERROR):? (.*)$")
_QUOTED: Final = re.compile('["«»“„]\\s?([^"«»“„]+?)\\s?["«»“„]')


class PlainReader:
    """Reads lines of text, and remembers what the same words meant before."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings
        self._names: dict[str, Who] = {}

    def read(self, line: str) -> Event | None:
        """The refusal on a line without its newline; None for a line that tells of none."""
        if (found := _FATAL.search(line)) is not None:
            head = line[: found.start()]
            quoted = line.startswith("\t") or ":  " in head or head.endswith("login failed: ")
            return None if quoted else self._event(head, line[found.end() :])
        if (login := _LOGIN.search(line)) is not None:
            return self._of_login(line[: login.start()], login)
        if (client := _CLIENT.search(line)) is not None:
            return self._of_pooler(line[: client.start()], client)
        return None if ":  " in line or line.startswith("\t") else self._event(line, line)

    def _event(self, head: str, message: str) -> Event | None:
        refusal = self._meanings.of_text(message)
        if refusal is None:
            return None
        at, zone, rest = stamp_of(head)
        if head is message:
            return Event(refusal, at, zone)
        rest = _PROCESS.sub("", rest)
        who = self._names.get(rest)
        if who is None:
            who = remember(self._names, rest, who_of(rest))
        return Event(refusal, at, zone, named(refusal, who))

    def _of_login(self, head: str, found: re.Match[str]) -> Event | None:
        """The server turned the pooler itself away: 1.18 does not say its role, and a place is the server's own."""
        database, user, message = found.groups()
        refusal = self._meanings.of_text(message)
        at, zone, _ = stamp_of(head)
        who = Who(name_of(user), name_of(database))
        return None if refusal is None else Event(refusal, at, zone, who, login=True)

    def _of_pooler(self, head: str, found: re.Match[str]) -> Event | None:
        client, database, user, place, verb, words = found.groups()
        message = _AGE.sub("", words)
        refusal = self._meanings.of_text(message) if client.startswith("C") else None
        if refusal is None:
            return None
        if refusal.source == "postgresql" and refusal.limit == "login":
            refusal = msgspec.structs.replace(refusal, source="pgbouncer")
        at, zone, _ = stamp_of(head)
        who = Who(name_of(user), name_of(database), host_of(place, with_port=True))
        return Event(refusal, at, zone, who, pooler_line=(client, message, verb))


def named(refusal: Refusal, who: Who) -> Who:
    """Who was turned away, with the role or the database that the message itself names."""
    if refusal.limit == "role" and who.user is None and (name := _QUOTED.search(refusal.message)):
        return who._replace(user=name[1])
    if refusal.limit == "database" and who.database is None and (name := _QUOTED.search(refusal.message)):
        return who._replace(database=name[1])
    return who
