"""The time at the head of a line, as the many kinds of logs write it."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

_DATE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(?: ?(Z\b|[A-Z]{2,5}\b|[+-]\d\d(?::?\d\d)?))?"
)
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
    return Stamp(None, None, head)


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
