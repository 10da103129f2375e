"""The pools that applications use: `frameworks.toml` lists them; each has a folder with its specification and files."""

from posixpath import normpath

from pgconn.data import reading
from pgconn.model import Value


class Source(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file and its title; `pooler_file` replaces it behind a pooler, for a format without comments to mark lines."""

    title: str
    file: str
    pooler_file: str | None = None


class Specification(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pool, as in `documents.pool.Framework`, with what goes wrong with it and the files to show.

    `behind_a_pooler` is what to know of it when PgBouncer pools by transaction, and `release` the file that shows how
    a connection is released. Files are relative to the folder of the specification.
    """

    title: str
    language: str
    parameter: str
    default: str
    peak: int | None = None
    peak_text: str
    scope: str = "each process"
    other: str | None = None
    traps: tuple[str, ...]
    behind_a_pooler: str
    snippets: tuple[Source, ...]
    release: str


def names() -> dict[str, tuple[str, ...]]:
    """Every framework, in the sequence of the list, with its other names."""
    return reading.toml("frameworks.toml", dict[str, tuple[str, ...]])


def specification(name: str) -> Specification:
    """What is known of one framework."""
    return reading.toml(f"frameworks/{name}/spec.toml", Specification)


def source(name: str, file: str) -> str:
    """A file that the specification of this framework names, as it stands."""
    return reading.text(normpath(f"frameworks/{name}/{file}"))
