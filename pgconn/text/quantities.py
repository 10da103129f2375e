"""Durations, sizes and counts as people write them: `10m`, `1h30m`, `8G`, `4096MB`, with PostgreSQL's units."""

import re
from typing import Final

from pgconn.errors import WrongUsage

TIME_UNITS: Final[dict[str, int]] = {
    "us": 1,
    "ms": 1000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
"""PostgreSQL's units of time, in microseconds, the smallest first."""

SIZE_UNITS: Final[dict[str, int]] = {"B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
"""PostgreSQL's units of memory, in bytes, the smallest first."""

_MICROSECONDS: Final = {**TIME_UNITS, "m": TIME_UNITS["min"], "w": 7 * TIME_UNITS["d"]}
_BYTES: Final = {
    spelling.lower(): size
    for unit, size in SIZE_UNITS.items()
    for spelling in ((unit,) if unit == "B" else (unit, unit[0], f"{unit[0]}iB"))
}
_PART: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?\s*([a-z]+)\s*")


def parse_duration(text: str) -> float:
    """Seconds in a duration such as `90s`, `10m` or `1h30m`, down to microseconds; a bare number is refused."""
    hint = "write a number and a unit: 90s, 10m, 1h30m, 2d"
    lowered, microseconds, end = text.strip().lower(), 0, 0
    if re.fullmatch(r"\d+(\.\d+)?", lowered):
        raise WrongUsage(f"{text!r} has no unit", hint=hint)
    for part in _PART.finditer(lowered):
        if part.start() != end or part[3] not in _MICROSECONDS:
            break
        microseconds, end = microseconds + _times(part, _MICROSECONDS[part[3]]), part.end()
    if not lowered or end != len(lowered):
        raise WrongUsage(f"{text!r} is not a duration", hint=hint)
    return microseconds / 1_000_000


def parse_size(text: str) -> int:
    """Bytes in a size such as `8G`, `512MB` or `64kB`, in powers of 1024 as PostgreSQL counts them."""
    part = _PART.fullmatch(text.strip().lower())
    if part is None or part[3] not in _BYTES:
        raise WrongUsage(f"{text!r} is not a size", hint="write a number and a unit: 64kB, 512MB, 8G")
    return _times(part, _BYTES[part[3]])


def _times(part: re.Match[str], unit: int) -> int:
    """The number before the unit, in whole units of the smallest kind, exact however large."""
    fraction: str = part[2] or "0"
    return int(part[1]) * unit + int(fraction) * unit // int("1" + "0" * len(fraction))


def show_duration(seconds: float) -> str:
    """A duration in its two greatest units, such as `3d 4h`, `12m 5s` or `0.2s`."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s".replace(".0s", "s")
    left, parts = round(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        parts.append((count, unit))
    first = next(i for i, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count)


def show_count(count: int, noun: str) -> str:
    """How many of something, such as `1 session` or `2 sessions`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def show_size(size: float) -> str:
    """A size in its greatest unit, with one decimal where it is not whole, such as `8GB`, `10.2MB` or `-4kB`."""
    for unit, whole in reversed(SIZE_UNITS.items()):
        if whole > 1 and round(abs(size) / whole, 1) >= 1:
            return f"{size / whole:.1f}{unit}".replace(f".0{unit}", unit)
    return f"{size:.0f}B"


def show_exact(amount: int, units: dict[str, int]) -> str:
    """A positive whole amount of the smallest unit in the greatest one that divides it, as SHOW writes it: `90min`."""
    return next(f"{amount // size}{unit}" for unit, size in reversed(units.items()) if amount % size == 0)
