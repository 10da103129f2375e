"""How the settings of a whole server are changed where a provider operates it and ALTER SYSTEM is not available."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from pgconn.data.settings import known_setting
from pgconn.model import Value
from pgconn.text.quoting import shell_command

Words = tuple[str, ...]

_SETTINGS: Final = "{settings}"
_NUMBER_OR_BLANK: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|[A-Z]+")
_DIGITS: Final = {"on": "1", "off": "0"}
_KB_IN_MB: Final = 1024


class Assignment(Value, frozen=True, kw_only=True):
    """A setting, its value as pg_settings counts it, and whether a restart puts it in force."""

    name: str
    value: str
    restarts: bool


class OwnSetting(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setting that the service counts in its own unit or has beside PostgreSQL's; no prefix stands before its name.

    `percent_of_ram` is the setting of PostgreSQL that it expresses in percent of the RAM.
    """

    unit: Literal["MB"] | None = None
    percent_of_ram: str | None = None
    least: int
    most: int

    def within(self, value: int) -> str:
        """The nearest value that the service takes."""
        return str(max(self.least, min(self.most, value)))


class SettingsFile(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which settings the service lets its customers change, and what surrounds the commands in a file of them.

    `for_sessions` adds those that any role may set for its sessions, `but` takes some away. `otherwise` is what to do
    about any other setting. `with_units` where values are written as a person writes them. The lines of `before` and
    `after` become comments.
    """

    settings: tuple[str, ...] = ()
    for_sessions: bool = False
    but: tuple[str, ...] = ()
    otherwise: str
    with_units: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Whether this setting can be changed."""
        return name in self.settings or (
            self.for_sessions and known_setting(name).for_sessions and name not in self.but
        )


class Service(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The command that changes settings, as words; those in capitals are for its user to fill in.

    `{settings}` in `command` stands for `setting` of each: for its words where it is a word of its own, else joined by
    `separator`. `setting_at_restart` is for those that wait for a restart, which `restart` does; it is empty where the
    change restarts by itself. `fixed` names what no command changes, with the way that works; where there is no
    command at all, `place` says where settings are changed.
    """

    command: Words = ()
    setting: Words = ()
    setting_at_restart: Words = ()
    separator: str = " "
    at_once: int | None = None  # settings in one call
    values: Literal["plain", "digits", "json"] = "plain"
    prefix: str = ""
    own: Mapping[str, OwnSetting] = {}
    restart: str = ""
    place: str = ""
    remark: str = ""
    fixed: Mapping[str, str] = {}
    file: SettingsFile | None = None

    def calls(self, wanted: Sequence[Assignment]) -> tuple[Words, ...]:
        """The words of each call that makes these changes; none where no command does it."""
        if not self.command:
            return ()
        step = self.at_once or max(1, len(wanted))
        return tuple(self._call(wanted[start : start + step]) for start in range(0, len(wanted), step))

    def commands(self, wanted: Sequence[Assignment]) -> tuple[str, ...]:
        """What to type, the restart last where one is needed."""
        last = (self.restart,) if self.restart and any(one.restarts for one in wanted) else ()
        return (*(shell_command(*words) for words in self.calls(wanted)), *last)

    def way(self, wanted: Sequence[Assignment]) -> str:
        """How these settings are changed, in a line: as commands where there are any."""
        parts = [f"{one.name}: {self.fixed[one.name]}" for one in wanted if one.name in self.fixed]
        if rest := [one for one in wanted if one.name not in self.fixed]:
            named = ", ".join(one.name for one in rest)
            typed = "; ".join(self.commands(rest)) or f"{named}: {self.place}"
            parts.append(f"{typed} ({self.remark})" if self.remark else typed)
        return "; ".join(parts)

    def _call(self, wanted: Sequence[Assignment]) -> Words:
        each = [word for one in wanted for word in self._words(one)]
        joined = self.separator.join(each)
        parts = (each if part == _SETTINGS else [part.replace(_SETTINGS, joined)] for part in self.command)
        return tuple(word for words in parts for word in words)

    def _words(self, one: Assignment) -> Iterator[str]:
        own = self.own.get(one.name)
        name = one.name if own else self.prefix + one.name
        value = one.value
        if own and own.unit == "MB" and value.isdecimal():
            value = own.within(int(value) // _KB_IN_MB)
        for word in self.setting_at_restart if one.restarts and self.setting_at_restart else self.setting:
            yield word.replace("{name}", name).replace("{value}", self._value(value))

    def _value(self, value: str) -> str:
        """The value as the command takes it; a word in capitals stays, to be filled in."""
        match self.values:
            case "digits":
                return _DIGITS.get(value, value)
            case "json":
                plain = {"on": "true", "off": "false"}.get(value, value)
                return plain if plain != value or _NUMBER_OR_BLANK.fullmatch(value) else json.dumps(value)
        return value
