"""What the words of a message mean, looked up once for all lines that have them."""

from collections.abc import Mapping
from typing import Final, TypeVar

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
        fields = {"C": state, "M": message, "S": "FATAL", "V": "FATAL"} | ({"R": routine} if routine else {})
        return remember(self._known, key, _refused(read_fields(fields)))


def _refused(refusal: Refusal) -> Refusal | None:
    return None if refusal.limit in _NO_REFUSAL else refusal


def remember(known: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keep the value, in a memory that begins anew when it holds very many."""
    if len(known) >= _MOST:
        known.clear()
    known[key] = value
    return value
