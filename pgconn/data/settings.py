"""What is known of PostgreSQL's settings before any server is asked: `settings.toml`, a line each."""

import functools
from typing import Final, Literal

from pgconn.data.reading import toml
from pgconn.model import Value
from pgconn.text.quantities import SIZE_UNITS, TIME_UNITS, parse_duration, show_exact

Change = Literal["restart", "reload"]
Number = int | float | str | bool

_SIZES: Final = {**SIZE_UNITS, "8kB": 2**13}
_WRITTEN: Final = {"": 1} | {unit: size for unit, size in SIZE_UNITS.items() if unit != "B"}
"""In postgresql.conf a number of bytes has no unit."""


class KnownSetting(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setting: its unit in pg_settings, what a change of it needs, and the first and the last version that has it.

    `until` is None where the newest version still has it. `restart_until` is the last version where a change needs a
    restart. `for_sessions` where any role may set it for itself, and the owner of a database for all of its sessions.
    `standby` where a standby may not have less of it than its primary. `wise` is a value that does no harm anywhere.
    `of` is the provider that alone has it. `quoted_list` where it is a list whose items are quoted one by one: "start"
    where a wrong one keeps the server or every session from starting.
    """

    unit: Literal["", "B", "kB", "8kB", "MB", "ms", "s"] = ""
    change: Change = "reload"
    since: int = 13
    until: int | None = None
    restart_until: int | None = None
    for_sessions: bool = False
    standby: bool = False
    wise: str | None = None
    of: str | None = None
    quoted_list: Literal["set", "start"] | None = None

    @property
    def wise_number(self) -> int:
        """The wise value as a number, times in seconds."""
        text = self.wise or "0"
        return int(text) if text.isdecimal() else round(parse_duration(text))

    def is_in(self, major: int) -> bool:
        """Whether a version has it."""
        return self.since <= major and (self.until is None or major <= self.until)

    def change_in(self, major: int) -> Change:
        """What a change of it needs on a version."""
        return "restart" if self.restart_until is not None and major <= self.restart_until else self.change

    def native(self, value: Number) -> int | float | str:
        """A value, sizes in bytes and times in seconds, in the unit in which pg_settings counts it."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, str) or not self.unit or value < 0:
            return value
        if self.unit in TIME_UNITS:
            return round(value * (TIME_UNITS["s"] // TIME_UNITS[self.unit]))
        return int(value) // _SIZES[self.unit]

    def bare(self, value: Number) -> str:
        """The same as text, as the consoles of managed services take it."""
        number = self.native(value)
        return f"{number:.10g}" if isinstance(number, float) else str(number)

    def written(self, value: Number) -> str:
        """A value as a person writes it in postgresql.conf: `2GB`, `10MB`, `5min`, `on`, `1.1`."""
        number = self.native(value)
        if not self.unit or isinstance(number, str) or number <= 0:
            return self.bare(value)
        if self.unit in TIME_UNITS:
            return show_exact(int(number) * TIME_UNITS[self.unit], TIME_UNITS)
        return show_exact(int(number) * _SIZES[self.unit], _WRITTEN)


@functools.cache
def _tables() -> dict[Literal["connections", "others"], dict[str, KnownSetting]]:
    return toml("settings.toml", dict[Literal["connections", "others"], dict[str, KnownSetting]])


def of_connections() -> tuple[str, ...]:
    """The settings that decide who connects, for how long, and what is seen of it, in the order of interest."""
    return tuple(_tables()["connections"])


@functools.cache
def known_settings() -> dict[str, KnownSetting]:
    """All that are in the table, by name."""
    return _tables()["connections"] | _tables()["others"]


def known_setting(name: str) -> KnownSetting:
    """What is known of a setting; of one that is not in the table, nothing in particular."""
    return known_settings().get(name, KnownSetting())
