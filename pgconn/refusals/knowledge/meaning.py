"""What is known of a limit, and the remedies that several share."""

from typing import Final, NamedTuple

from pgconn.model.finding import Remedy

END_IDLE: Final = "pgconn kill-idle --older 10m"
END_FORGOTTEN: Final = "pgconn kill-idle-tx --older 5m"
"""They show whom they would end, and ask."""


class Meaning(NamedTuple):
    """All that is known of one limit."""

    title: str
    whose: str
    meaning: str
    causes: tuple[str, ...] = ()
    now: tuple[Remedy, ...] = ()
    later: tuple[Remedy, ...] = ()
    topics: tuple[str, ...] = ()


def safe(action: str, command: str | None = None, *, sql: str | None = None, effect: str = "") -> Remedy:
    """A remedy that harms nobody."""
    return Remedy(action=action, command=command, sql=sql, effect=effect)


def unsafe(action: str, command: str | None = None, *, sql: str | None = None, effect: str = "") -> Remedy:
    """A remedy that ends something or closes a door."""
    return Remedy(action=action, command=command, sql=sql, safety="unsafe", effect=effect)
