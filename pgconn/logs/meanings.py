"""What messages and codes mean, each worked out once."""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

from msgspec.structs import replace

from pgconn.logs.codes import CANCELED, DEAD_END, FULL, OF_REFUSALS, WALSENDER, Circumstances, limit_of, quoted_name
from pgconn.logs.event import Who
from pgconn.model.refusal import Limit, Refusal
from pgconn.refusals import read_fields, read_text

_NO_REFUSAL: Final[frozenset[Limit]] = frozenset(("not_a_limit", "unknown"))
_MOST: Final = 10_000
# What is never refused for want of one of max_connections, so that 'too many clients' is the bound on processes.
_WITHOUT_A_SLOT: Final = (DEAD_END, WALSENDER)
# Nothing on the way to a server writes a severity, so that after one the same words are a program's.
_SEVERITY: Final = "FATAL:  "
_UNFINISHED: Final = "canceling authentication due to timeout"

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


class Meaning(NamedTuple):
    """A refusal, whether its SQLSTATE alone was understood, and whether the client did not log in in time."""

    refusal: Refusal
    by_code: bool = False
    unfinished: bool = False


class Meanings:
    """Messages to refusals; None for what refuses no connection."""

    def __init__(self) -> None:
        self._texts: dict[str, Refusal] = {}
        self._records: dict[object, Meaning | None] = {}

    def of_text(self, message: str) -> Refusal | None:
        """What a message without codes means."""
        return _refused(self._read(message))

    def of_line(self, message: str, about: Circumstances, state: str | None = None) -> Meaning | None:
        """What a message of the server means, and where no language has it, what its SQLSTATE means."""
        refusal = self._read(message)
        if refusal.source == "network":
            refusal = read_text(f"{_SEVERITY}{message}")
        if state == CANCELED or refusal.english == _UNFINISHED or message == _UNFINISHED:
            return _unfinished(message)
        if refusal.limit == "slots" and about.backend_type in _WITHOUT_A_SLOT:
            return Meaning(replace(refusal, limit="children"))
        if refusal.limit == "unknown" and state in OF_REFUSALS:
            return self.of_record(state, message, None, about)
        return None if refusal.limit in _NO_REFUSAL else Meaning(refusal)

    def of_record(self, state: str, message: str, routine: str | None, about: Circumstances) -> Meaning | None:
        """What a record with its SQLSTATE means, which at times names the function that raised it."""
        key = (state, message, routine, about)
        if key not in self._records:
            remember(self._records, key, self._of_record(state, message, routine, about))
        return self._records[key]

    def _of_record(self, state: str, message: str, routine: str | None, about: Circumstances) -> Meaning | None:
        if state == CANCELED:
            return _unfinished(message)
        refusal = _refused(read_fields({"C": state, "M": message} | ({"R": routine} if routine else {})))
        if refusal is None or state != FULL:
            return None if refusal is None else Meaning(refusal)
        if about.backend_type == DEAD_END:
            return Meaning(replace(refusal, limit="children"))
        by_words = self._read(message).limit
        if by_words == "slots" and about.backend_type in _WITHOUT_A_SLOT:
            return Meaning(replace(refusal, limit="children"))
        if routine is None and by_words == "unknown":
            return _by_code(refusal, about)
        return Meaning(refusal)

    def _read(self, message: str) -> Refusal:
        known = self._texts.get(message)
        if known is not None:
            return known
        if (limit := FREQUENT.get(message)) is not None:
            return remember(self._texts, message, Refusal(limit=limit, message=message, source="postgresql"))
        return remember(self._texts, message, read_text(message))


def _unfinished(message: str) -> Meaning:
    refusal = Refusal(limit="login", sqlstate=CANCELED, message=message, source="postgresql")
    return Meaning(refusal, unfinished=True)


def _by_code(refusal: Refusal, about: Circumstances) -> Meaning:
    limit = limit_of(refusal.message, about)
    return Meaning(refusal, by_code=True) if limit is None else Meaning(replace(refusal, limit=limit))


def _refused(refusal: Refusal) -> Refusal | None:
    return None if refusal.limit in _NO_REFUSAL else refusal


def remember(known: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keep the value, in a memory that begins anew when it holds very many."""
    if len(known) >= _MOST:
        known.clear()
    known[key] = value
    return value


def named(refusal: Refusal, who: Who) -> Who:
    """Who was turned away, with the role or the database that the message itself names."""
    if refusal.limit == "role" and who.user is None and (name := quoted_name(refusal.message)):
        return who._replace(user=name)
    if refusal.limit == "database" and who.database is None and (name := quoted_name(refusal.message)):
        return who._replace(database=name)
    return who
