"""Numbers with their unit in their type: a person is shown `8GB` or `15ms`, JSON and CSV have the bare number."""

from pgconn.text.quantities import show_duration, show_size


class Bytes(int):
    """A size in bytes."""


class Seconds(int):
    """A time in whole seconds."""


class Duration(float):
    """A time in seconds, with their fractions."""


class Share(float):
    """A share from 0 to 1."""


def shown(value: float | str | None) -> str:
    """The value as a person writes it, with its unit where it has one."""
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case Bytes():
            return show_size(value)
        case Seconds() | Duration():
            return show_duration(value) if value >= 1 or value == 0 else f"{value * 1000:g}ms"
        case Share():
            return f"{value:.0%}"
        case float():
            return f"{value:g}"
    return str(value)


def bare(value: object) -> int | float:
    """The number without its unit, for an encoder that knows plain numbers alone."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    raise NotImplementedError(f"a {type(value).__name__} is not a number")
