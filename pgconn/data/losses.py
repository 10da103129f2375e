"""`losses.toml`: what is lost with a session, where its state alone does not tell."""

from functools import cache

from pgconn.data.reading import toml
from pgconn.model import Value


class Reset(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The statements that a pooler's reset consists of; `in_applications` are resets of pools inside applications."""

    whole: tuple[str, ...]
    others: tuple[str, ...]
    in_applications: tuple[str, ...]


class PoolerProgram(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pooler whose sessions all have the same application_name."""

    name: str
    application: str


class Losses(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    reset: Reset
    poolers: tuple[PoolerProgram, ...]
    processes: dict[str, str]
    waits: dict[str, str]


@cache
def losses() -> Losses:
    """The file, read once."""
    return toml("losses.toml", Losses)
