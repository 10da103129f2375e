"""From the fields of an ErrorResponse, or from the text that a client made of it, to one Refusal."""

import re
from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals.frames import has_empty_error, is_error, is_talk
from pgconn.refusals.patterns import BRIEF, Found, found_in

_LONGEST_TEXT: Final = 32768
_LONGEST_MESSAGE: Final = 1000

# Of several attempts in one text the one with the lowest number tells most.
_TELLING: Final[Mapping[Limit, int]] = {
    **dict.fromkeys(WANT_OF_SLOT, 0),
    "pooler_login": 1,
    "starting_up": 2,
    "shutting_down": 2,
    "recovery": 2,
    "fork": 2,
    "no_such_database": 3,
    "login": 3,
    "not_a_limit": 4,
    "unknown": 5,
    "no_listener": 6,
}
_BY_STATE: Final[Mapping[str, Limit]] = {
    "28000": "login",
    "28P01": "login",
    "42501": "login",
    "55000": "login",
    "3D000": "no_such_database",
    "53300": "slots",
    "57P03": "starting_up",
}
_BY_ROUTINE: Final[Mapping[str, Limit]] = {
    "ProcessStartupPacket": "children",
    "BackendInitialize": "children",
    "InitializeSessionUserId": "role",
    "CheckMyDatabase": "database",
    "InitProcess": "slots",
    "ProcArrayAdd": "slots",
    "SharedInvalBackendInit": "slots",
    "InitPostgres": "superuser_reserve",
}
# SQLSTATEs whose text says more than the code, and the limits that the text may choose among.
_NARROWER: Final[Mapping[str, frozenset[Limit]]] = {
    "53300": WANT_OF_SLOT,
    "57P03": frozenset(("starting_up", "shutting_down", "recovery")),
}
# Codes that drivers put in place of the server's own.
_DRIVERS_OWN: Final = frozenset(("08000", "08001", "08004", "08006", "HY000"))
_STATE: Final = r"(?:[0-9][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}"
_STATE_IN_TEXT: Final = re.compile(
    rf"(?:(?i:sqlstate)\W{{0,3}}|FATAL |SqlState\(E)({_STATE})\b|(?:[^\W\d_]|\)):\s{{1,2}}({_STATE}):\s"
)
# The fields of an error as drivers dump them, in one line or several.
_STATE_FIELD: Final = re.compile(rf"(?i:code)['\"]?\s{{0,9}}[:=]>?\s{{0,9}}(?:['\"]|SqlState\(E)({_STATE})\b")
_LOCATION: Final = re.compile(r"\b(\w+), [\w/]+\.c:\d+|\b[Rr]outine\W{1,9}(?:Some\W{2})?([A-Z]\w+)")
_STATE_AT_END: Final = re.compile(r"\s*\(SQLSTATE \w{5}\)\)*$")
_HANDED_ON: Final = re.compile(r"(?:cached error: |Request returned an error:|\(ECHECKOUTFAILED\))(.*)")
# Where the message starts on a line: after libpq's own words, a severity and, if verbose, the SQLSTATE.
_BEFORE_MESSAGE: Final = re.compile(
    r"^(?:(?:\w+: )*error: )?"
    r"(?:connection (?:failed|is bad): )?"
    r"(?:connection to server [^\n]*? failed: )?"
    r"(?:[^\W\d_]{2,30}:\s\s)?"
    r"(?:(?:FATAL|ERROR|PANIC):\s+)?"
    rf"(?:{_STATE}: )?"
)
# Odyssey begins each of its errors so, also those that it hands on, with another number each time.
_ODYSSEY: Final = re.compile(r"odyssey: [cs][0-9a-f]{1,32}: ?")
# Behind libpq's frame there is nothing: an error of the old protocol without a text, which Pgpool-II sends.
EMPTY: Final = Refusal(limit="pooler_login", message="an error without a text", source="pgpool", behind="slots")
# What pgagroal alone gives as the routine, without the file.
_PGAGROALS: Final = "auth_failed"
# Pgpool-II's DETAIL when the server refuses before it asks for a password.
_REFUSED_BEHIND: Final = "kind 'E' when expecting 'R'"
_PASSWORD: Final = re.compile("password authentication failed for user ")
_WITHOUT_NAMES: Final = frozenset(("postgresql", "client", "network", "unknown"))
# A message between quotes, as a dump has it, ends at the next one that is not escaped.
_UP_TO_QUOTE: Final = {quote: re.compile(rf"(?:\\.|[^{quote}\\])*+(?={quote})") for quote in "'\""}
_INSIDE: Final[frozenset[str]] = frozenset(("LOG", "NOTICE", "INFO", "DEBUG", "WARNING", "ERROR"))


def read_text(text: str) -> Refusal:
    """What a failed connect or a line of a log says; of several attempts the most telling one.

    An error without a text is Pgpool-II's: the server behind it refused before it asked for a password.
    """
    text = text[:_LONGEST_TEXT]
    if alone := re.fullmatch(rf"\s*(?:\w+:\s+)?({_STATE})\s*", text):
        return read_fields({"C": alone[1]})
    messages = found_in(text)
    ends = [*(one.match.start() for one in messages[1:]), len(text)]
    attempts = (_attempt(text, one, end) for one, end in zip(messages, ends, strict=False))
    refusals = [refusal for refusal in attempts if refusal is not None]
    if has_empty_error(text):
        refusals.append(EMPTY)
    return min(refusals, key=telling) if refusals else _not_understood(text)


def read_fields(fields: Mapping[str, str]) -> Refusal:
    """What the fields of an ErrorResponse say, keyed by their letters; codes count for more than words.

    A server sends V, F and R with each error of its own, so with S and without one of them it was a pooler that spoke.
    Without S they are part of an error, as a log has them, and there is nobody else than the server. An error of the
    old protocol has a text alone, and Pgpool-II's is empty.
    """
    if fields == {"M": ""}:
        return EMPTY
    state, routine = fields.get("C"), fields.get("R")
    message, by_odyssey = _without_prefix(_one_line(fields.get("M", "")))
    first = _first(message, fields)
    source = "odyssey" if by_odyssey else _source(fields, first)
    limit = _limit(fields, first, source)
    behind = _behind(message) if limit == "pooler_login" else None
    if source == "pgbouncer" and limit == "login" and state and first and first.source == "postgresql":
        limit, behind = ("pooler_login", "login") if _PASSWORD.match(first.english) else (limit, None)
    return Refusal(
        limit=limit,
        sqlstate=state,
        message=message,
        routine=routine if _is_genuine(fields) else None,
        source=source,
        behind=behind,
        english=first.row.english if first else None,
    )


def _is_genuine(fields: Mapping[str, str]) -> bool:
    """Whether nothing contradicts that PostgreSQL itself sent them; pgagroal has a routine too, and no file."""
    return "S" not in fields or ("R" in fields and ("F" in fields or fields["R"] != _PGAGROALS))


def _first(message: str, fields: Mapping[str, str]) -> Found | None:
    """The known message that a server sent, or that stands somewhere in a pooler's."""
    if _is_genuine(fields):
        first = next(iter(found_in(message)), None)
        return None if first and first.match.start() > 0 else first
    return next(iter(found_in(f"FATAL:  {message}")), None)


def _limit(fields: Mapping[str, str], first: Found | None, source: str) -> Limit:
    """The limit by the text of a pooler, else by the codes."""
    if source == "pgpool" and _REFUSED_BEHIND in fields.get("D", ""):
        return "pooler_login"
    if first and (first.limit.startswith("pooler_") or first.source == source != "postgresql"):
        return first.limit
    if not _is_genuine(fields) and fields.get("C") == "53300" and first is None and source != "pgbouncer":
        return "pooler_clients"
    return _by_codes(fields, first)


def _by_codes(fields: Mapping[str, str], first: Found | None) -> Limit:
    state, routine = fields.get("C"), fields.get("R")
    if _is_genuine(fields) and fields.get("V", "").rstrip("12345") in _INSIDE:
        return "not_a_limit"
    if state == "53300" and routine is not None:
        return _by_routine(routine, fields.get("M", ""), first)
    if state is not None and state in _BY_STATE:
        return first.limit if first and first.limit in _NARROWER.get(state, ()) else _BY_STATE[state]
    if first is not None:
        return first.limit
    return "unknown" if state is None or state[:2] in ("08", "XX") else "not_a_limit"


def _by_routine(routine: str, message: str, first: Found | None) -> Limit:
    """The limit behind a 53300, by the function of the server that raised it."""
    limit = _BY_ROUTINE.get(routine) or (first.limit if first and first.limit in WANT_OF_SLOT else "slots")
    if limit == "slots" and "max_wal_senders" in message:
        return "walsenders"
    if limit == "superuser_reserve" and ((first and first.limit == "reserved_role") or "pg_use_reserved" in message):
        return "reserved_role"
    return limit


def _source(fields: Mapping[str, str], first: Found | None) -> str:
    """The program that sent them, by the fields that it gives and those that it omits, then by its words."""
    named = first.source if first and first.source not in _WITHOUT_NAMES else None
    if _is_genuine(fields):
        return named if named and "R" not in fields else "postgresql"
    if "F" in fields:
        return "pgpool"
    if "R" in fields:
        return "pgagroal"
    if named or "V" in fields:
        return named or "pooler"
    handed_on = fields.get("C") == "08P01" or (first is not None and first.source == "postgresql")
    return "pgbouncer" if handed_on else "pooler"


def _attempt(text: str, found: Found, end: int) -> Refusal | None:
    """The refusal that one message stands for; None when the line only repeats the words."""
    match, start = found.match, text.rfind("\n", 0, found.match.start()) + 1
    before, message = text[start : match.start()], _STATE_AT_END.sub("", _one_line(_unquoted(match, text)))
    limit: Limit = found.limit
    by_odyssey = _ODYSSEY.search(before) is not None
    if found.source == "postgresql" and limit != "not_a_limit" and not (found.row.logged or by_odyssey):
        if is_talk(before):
            return None
        if is_error(before) and limit not in WANT_OF_SLOT:
            limit = "not_a_limit"
    location = _LOCATION.search(text, match.start(), end)
    routine = (location[1] or location[2]) if location else None
    if limit == "slots" and routine is not None:
        limit = _by_routine(routine, message, found)
    return Refusal(
        limit=limit,
        sqlstate=_state(text[start : match.end()], text[start:end]),
        message=message,
        routine=routine,
        source="odyssey" if by_odyssey else found.source,
        behind=_behind(message) if limit == "pooler_login" else None,
        english=found.row.english,
    )


def _unquoted(match: re.Match[str], text: str) -> str:
    """The message of a match without what a dump has after it."""
    up_to = _UP_TO_QUOTE.get(text[match.start() - 1 : match.start()])
    found = up_to.match(match[0]) if up_to else None
    return found[0] if found and found[0] else match[0]


def _state(line: str, dump: str) -> str | None:
    """The SQLSTATE on a line, or among the fields that a driver dumped with it."""
    found = _STATE_IN_TEXT.search(line) or _STATE_FIELD.search(dump)
    state = next(filter(None, found.groups())) if found else None
    return None if state in _DRIVERS_OWN else state


def telling(refusal: Refusal) -> tuple[int, bool, bool]:
    """How far down a refusal stands; a second try without TLS, which pg_hba.conf forbids, comes last."""
    without_tls = "no encryption" in refusal.message or "SSL off" in refusal.message
    return _TELLING[refusal.limit], refusal.source in BRIEF, without_tls


def _behind(message: str) -> Limit | None:
    """The limit in the server's error that a pooler hands on inside its own."""
    handed_on = _HANDED_ON.search(message)
    inner = found_in(handed_on[1]) if handed_on else []
    limit = inner[0].limit if inner else None
    return None if limit in ("unknown", "not_a_limit", "pooler_login") else limit


def _not_understood(text: str) -> Refusal:
    """A text without any known words: its SQLSTATE if it names one, else nothing but its first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    state = _state(first, text)
    message, by_odyssey = _without_prefix(_one_line(_BEFORE_MESSAGE.sub("", first.strip(), count=1)))
    limit = read_fields({"C": state}).limit if state else "unknown"
    return Refusal(limit=limit, sqlstate=state, message=message, source="odyssey" if by_odyssey else "unknown")


def _without_prefix(message: str) -> tuple[str, bool]:
    """A message without what Odyssey writes before each, and whether it was there."""
    prefix = _ODYSSEY.match(message)
    return (message[prefix.end() :], True) if prefix else (message, False)


def _one_line(text: str) -> str:
    """The text without control characters, its blanks made one, and bounded."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 2 * _LONGEST_MESSAGE])
    return " ".join(printable.split())[:_LONGEST_MESSAGE]
