"""What a line of a log reports: a connection attempt that was turned away, or a session that was ended."""

import contextlib
import ipaddress
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from pgconn.model.refusal import Refusal
from pgconn.model.session import LOCAL


class Who(NamedTuple):
    """Who was turned away; None where the log does not tell."""

    user: str | None = None
    database: str | None = None
    host: str | None = None
    application: str | None = None


class Event(NamedTuple):
    """A refusal, when it was (`2026-11-03 10:15:23`, in the log's own zone) and which client it met.

    `pooler_line` is what PgBouncer calls the client, the message, and the words before it: it logs some refusals twice.
    `login` says that it was the pooler itself that the server turned away. `by_code` says that the SQLSTATE alone was
    understood, which several limits share; `unfinished`, that the client did not log in in time.
    """

    refusal: Refusal
    at: str | None = None
    zone: str | None = None
    who: Who = Who()
    pooler_line: tuple[str, str, str] | None = None
    login: bool = False
    by_code: bool = False
    unfinished: bool = False


class Ended(NamedTuple):
    """A process of the server that was ended by a signal, and which process sent it, as 19 and later log it."""

    pid: int
    uid: int


class NodeDown(NamedTuple):
    """A server that Pgpool-II took out of use: its address and port."""

    node: str


Entry: TypeAlias = Event | Ended | NodeDown

_PAIR: Final = re.compile(
    r"\b(user|usr|db|database|app|application|application_name|client|host|remote|rhost)="
    r"([^,=\s\])>]+(?: [^,=\s\[\])>]+)+(?=,)|[^,\s\])>]*)",  # blanks only where a comma ends the value
    re.IGNORECASE,
)
_KEYS: Final = {
    "user": "user",
    "usr": "user",
    "db": "database",
    "database": "database",
    "app": "application",
    "application": "application",
    "application_name": "application",
    "client": "host",
    "host": "host",
    "remote": "host",
    "rhost": "host",
}
_USER_AT_DATABASE: Final = re.compile(r"([^\s@,:;\[\]<>()\"]+)@([^\s@,:;/\[\]<>()\"]+)")
_ADDRESS: Final = re.compile(
    r"\[local\]|(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*:[0-9a-fA-F.]*)(?:%\w+)?(?![\w.])"
)
_NOTHING: Final = frozenset(("", "unknown", "(nodb)", "(nouser)"))


def who_of(head: str) -> Who:
    """The names in a prefix: `user=…` pairs, `user@database`, and the first thing that is an address."""
    found: dict[str, str | None] = {}
    for pair in _PAIR.finditer(head):
        found.setdefault(_KEYS[pair[1].lower()], name_of(pair[2]))
    if "user" not in found and "database" not in found and (both := _USER_AT_DATABASE.search(head)):
        found |= {"user": name_of(both[1]), "database": name_of(both[2])}
    if "host" not in found:
        found["host"] = next((host for place in _ADDRESS.findall(head) if (host := _address(place))), None)
    return Who(found.get("user"), found.get("database"), host_of(found.get("host")), found.get("application"))


def name_of(text: str | None) -> str | None:
    """A name, or None for the ways in which logs say that there is none: `[unknown]`, in the server's language."""
    return None if text is None or text in _NOTHING or text.startswith("[") else text


def host_of(text: str | None, *, with_port: bool = False) -> str | None:
    """A client's address without its port; `local` for a Unix socket."""
    if text is None or text in _NOTHING:
        return None
    if text.startswith(("[local]", "unix")):
        return LOCAL
    if text.startswith("[unknown"):
        return None
    bare = re.sub(r"\(\d+\)$", "", text)
    return (bare.rpartition(":")[0] or bare if with_port else bare).strip("[]")


def _address(text: str) -> str | None:
    """The text where it is a client's address, without the colons that may stand around it."""
    for candidate in (text, text[1:], text[:-1], text[1:-1]):
        if candidate == "[local]":
            return candidate
        with contextlib.suppress(ValueError):
            if not ipaddress.ip_address(candidate.partition("%")[0]).is_unspecified:
                return candidate
    return None


# After the time comes the zone, or a severity.
_DATE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T_](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?"
    r"(?: ?(Z\b|(?!LOG|INFO|DEBUG|WARN|ERROR|FATAL|PANIC|TRACE)[A-Z]{2,5}\b|[+-]\d\d(?::?\d\d)?))?"
)
_SYSLOG: Final = re.compile(r"(?:<\d{1,3}>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)(?= )")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH: Final = re.compile(r"(?<![\d.])(1\d{9})\.\d{3}(?![\d.])")
_OFFSETS: Final = {"UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00"}
_FAR: Final = 400


class Stamp(NamedTuple):
    """A moment in the log's own zone, the zone as it is written, and the text without the stamp."""

    at: str | None
    zone: str | None
    rest: str


def stamp_of(head: str) -> Stamp:
    """The first time in a text, which is when the line was written."""
    if found := _DATE.search(head, 0, _FAR):
        return Stamp(f"{found[1]} {found[2]}", found[3], head[: found.start()] + head[found.end() :])
    if found := _EPOCH.search(head, 0, _FAR):
        moment = datetime.fromtimestamp(int(found[1]), UTC)
        return Stamp(f"{moment:%Y-%m-%d %H:%M:%S}", "UTC", head[: found.start()] + head[found.end() :])
    if (found := _SYSLOG.match(head)) and (day := _latest(found[1], int(found[2]))):
        return Stamp(f"{day} {found[3]}", None, head[found.end() :])
    return Stamp(None, None, head)


def _latest(month: str, day: int) -> date | None:
    """The latest such day that is not in the future, for syslog omits the year; None where there is none."""
    if month not in _MONTHS:
        return None
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for year in range(tomorrow.year, tomorrow.year - 8, -1):
        with contextlib.suppress(ValueError):
            if (found := date(year, _MONTHS.index(month) + 1, day)) <= tomorrow:
                return found
    return None


def iso(at: str, zone: str | None) -> str:
    """The moment as ISO 8601, with an offset where the zone is one."""
    offset = _OFFSETS.get(zone or "", zone if zone and zone[0] in "+-" else "")
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    return at.replace(" ", "T") + (f"{offset}:00" if len(offset) == 3 else offset)


def seconds_of(at: str) -> float:
    """The moment as a number to reckon with, 0 for what is no date."""
    try:
        return datetime.fromisoformat(f"{at}+00:00").timestamp()
    except ValueError:
        return 0.0
