"""The time at the head of a line, as the many kinds of logs write it."""

import contextlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

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
