"""The settings of a server: as it shows them, as people write them, and as it stores them in its own unit."""

import re
from fractions import Fraction
from typing import Final, Literal

from pgconn.errors import WrongUsage
from pgconn.model import Moment, Value
from pgconn.model.finding import Severity
from pgconn.text.quantities import SIZE_UNITS, TIME_UNITS, show_exact

Takes = Literal["restart", "reload", "new_sessions", "never"]
"""What a change of the server's configuration needs to take effect."""


class ServerSetting(Value, frozen=True, kw_only=True):
    """A row of pg_settings; `value` and `default` are in `unit`, as the server stores them."""

    name: str
    value: str | None
    default: str | None
    unit: str | None
    context: str
    kind: str
    least: str | None
    most: str | None
    choices: tuple[str, ...] | None
    source: str
    file: str | None
    line: int | None
    pending_restart: bool

    @property
    def takes(self) -> Takes:
        """What a change in the configuration needs."""
        match self.context:
            case "internal":
                return "never"
            case "postmaster":
                return "restart"
            case "backend" | "superuser-backend":
                return "new_sessions"
        return "reload"


class Configured(Value, frozen=True, kw_only=True):
    """A line of the configuration files."""

    name: str
    value: str | None
    file: str | None
    line: int | None
    by_alter_system: bool
    error: str | None


class OwnValue(Value, frozen=True, kw_only=True):
    """A setting that new sessions of a role or a database get; `within` is the database of a role's value in one."""

    scope: Literal["role", "database"]
    name: str
    within: str | None
    setting: str
    value: str


class Configurer(Value, frozen=True, kw_only=True):
    """What the role that asks may do to the configuration."""

    name: str
    superuser: bool
    may_reload: bool
    may_read_files: bool
    settings_grantable: bool
    loaded_at: Moment


class GrantedSetting(Value, frozen=True, kw_only=True):
    """A setting that was granted to the role that asks, which is possible from 15 on."""

    name: str
    may_set: bool
    may_alter_system: bool


class Advice(Value, frozen=True, kw_only=True):
    """Whether a value is wise, with the reason, and a better one where there is one for everybody."""

    severity: Severity
    message: str
    better: str | None = None


_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)", re.ASCII)
_ON: Final = ("on", "true", "yes", "1", "t", "y", "tr", "tru", "ye")
_OFF: Final = ("off", "false", "no", "0", "f", "n", "of", "fa", "fal", "fals")


def stored(setting: ServerSetting, text: str, *, bare: bool = False) -> str:
    """The value as the server would store it; raises WrongUsage for what it would not take.

    A number without a unit, which may mean milliseconds or blocks of 8kB, is taken only where `bare` says so.
    """
    match setting.kind:
        case "bool":
            lowered = text.strip().lower()
            if lowered in _ON or lowered in _OFF:
                return "on" if lowered in _ON else "off"
            raise _wrong(setting, text, "write on or off")
        case "enum":
            choices = setting.choices or ()
            if text.strip().lower() in (choice.lower() for choice in choices):
                return text.strip().lower()
            raise _wrong(setting, text, f"one of {', '.join(choices)}")
        case "integer" | "real":
            return _number(setting, text, bare=bare)
    return text


def in_words(setting: ServerSetting, value: str | None) -> str | None:
    """A stored value with its unit, as SHOW writes it."""
    if value is None or setting.unit is None:
        return value
    scale, units, base = _unit(setting.unit)
    number = _fraction(value)
    if number is None or number <= 0:
        return value
    whole = number * scale * units[base]
    return show_exact(whole.numerator, units) if whole.denominator == 1 else f"{value}{setting.unit}"


def _number(setting: ServerSetting, text: str, *, bare: bool) -> str:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise _wrong(setting, text, _like(setting))
    number = Fraction(found[1])
    if found[2]:
        number = _converted(setting, number, found[2], text)
    elif setting.unit is not None and number not in (0, -1) and not bare:
        meant = in_words(setting, str(round(number))) if number > 0 else f"{text} {setting.unit}"
        raise WrongUsage(
            f"{setting.name}={text} has no unit: the server would take it for {meant}", hint=f"write {_like(setting)}"
        )
    if setting.kind == "integer":
        number = Fraction(round(number))
    for bound, outside in ((setting.least, "below"), (setting.most, "above")):
        edge = _fraction(bound)
        if edge is not None and (number < edge if outside == "below" else number > edge):
            shown = in_words(setting, bound)
            raise WrongUsage(f"{setting.name}={text} is {outside} what the server takes, {shown}")
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


def _converted(setting: ServerSetting, number: Fraction, unit: str, text: str) -> Fraction:
    if setting.unit is None:
        raise _wrong(setting, text, "it is a number without a unit")
    scale, units, base = _unit(setting.unit)
    if unit not in units:
        raise _wrong(setting, text, f"write {_like(setting)}; the units are {', '.join(units)}")
    return number * units[unit] / (scale * units[base])


def _unit(unit: str) -> tuple[int, dict[str, int], str]:
    """How many of which unit of which family, such as 8 of kB."""
    found = re.fullmatch(r"(\d*)([a-zA-Z]+)", unit)
    if found is None:
        return 1, {unit: 1}, unit
    families = (TIME_UNITS, SIZE_UNITS, {found[2]: 1})
    units = next(family for family in families if found[2] in family)
    return int(found[1] or 1), units, found[2]


def _fraction(text: str | None) -> Fraction | None:
    try:
        return Fraction(text) if text is not None else None
    except ValueError:
        return None


def _like(setting: ServerSetting) -> str:
    if setting.unit is None:
        return "a number"
    return "30s, 5min or 1h" if _unit(setting.unit)[2] in TIME_UNITS else "64kB, 16MB or 1GB"


def _wrong(setting: ServerSetting, text: str, hint: str) -> WrongUsage:
    return WrongUsage(f"{text!r} is no value of {setting.name}", hint=hint)
