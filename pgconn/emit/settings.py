"""The settings of a sizing in the order in which a person reads them, as far as the server has them."""

from collections.abc import Iterator
from typing import Final

from pgconn.data.settings import Change, Number, known_settings
from pgconn.data.versions import newest, oldest
from pgconn.documents.sizing import Sizing
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.slots import reserves_fit

OF_THE_BUILD: Final = frozenset({("io_method", "io_uring"), ("wal_compression", "lz4"), ("wal_compression", "zstd")})
"""Values that keep a server from starting which was built without what they need."""


class Setting(Value, frozen=True, kw_only=True):
    """One setting as it is to be written, with its reason and what its change needs."""

    name: str
    value: Number
    text: str
    change: Change
    why: str


def major_of(sizing: Sizing) -> int:
    """The major version that the sizing is for."""
    known = sizing.inputs.get("pg_version")
    return int(float(known.value)) if known is not None and known.value is not None else newest()


def settings_of(sizing: Sizing) -> Iterator[Setting]:
    """Each setting that the server's version has, those that need a restart first, the slots and reserves in front."""
    why, major, settings = reasons(sizing), major_of(sizing), reserved(sizing)
    changes: tuple[Change, ...] = ("restart", "reload")
    for change in changes:
        for name, value in settings.items():
            known = known_settings()[name]
            if known.is_in(major) and known.change_in(major) == change and (name, value) not in OF_THE_BUILD:
                text = known.written(value)
                yield Setting(name=name, value=value, text=text, change=change, why=why.get(name, ""))


def of_the_build(sizing: Sizing) -> str | None:
    """What no file sets, in a sentence: what a server may have been built without."""
    settings = [f"{name} = {value}" for name, value in sizing.settings.items() if (name, value) in OF_THE_BUILD]
    known = [setting for setting in settings if known_settings()[setting.partition(" ")[0]].is_in(major_of(sizing))]
    if not known:
        return None
    return f"Left out, because a server that was built without it would not start: {', '.join(known)}."


def reserved(sizing: Sizing) -> dict[str, Number]:
    """The settings with both reserves, which are part of what the slots were counted with.

    Raises WrongUsage when they leave no slot, for then no server would start, and for a version that is too old.
    """
    if major_of(sizing) < oldest():
        raise WrongUsage(f"PostgreSQL {major_of(sizing)} is too old", hint=f"the files are for {oldest()} and later")
    most = sizing.settings["max_connections"]
    superuser = sizing.settings.get("superuser_reserved_connections", sizing.slots.get("superuser_reserved", 3))
    settings: dict[str, Number] = {"max_connections": most, "superuser_reserved_connections": superuser}
    if known_settings()["reserved_connections"].is_in(major_of(sizing)):
        settings["reserved_connections"] = sizing.settings.get("reserved_connections", sizing.slots.get("reserved", 0))
    if not reserves_fit(int(most), *(int(value) for name, value in settings.items() if name != "max_connections")):
        raise WrongUsage(
            f"the reserves leave none of {most} connections", hint="raise max_connections: no server starts with these"
        )
    return settings | {name: value for name, value in sizing.settings.items() if name not in settings}


def input_of(sizing: Sizing, name: str) -> float | None:
    """An input that is a number, if it is known."""
    known = sizing.inputs.get(name)
    value = known.value if known is not None else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def text_input(sizing: Sizing, name: str) -> str | None:
    """An input that is a text, if it is known."""
    known = sizing.inputs.get(name)
    return str(known.value) if known is not None and known.value is not None else None


def reasons(sizing: Sizing) -> dict[str, str]:
    """Why each value is what it is, by its name."""
    return {reason.name: f"{reason.why} ({reason.source})" for reason in sizing.reasons}
