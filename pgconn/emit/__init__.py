"""Files, not only advice: what a sizing asks for, in the form in which it is put in force."""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Kind, Options

FORMATS: Final[dict[Kind, str]] = {
    "conf": "conf",
    "alter-system": "alter_system",
    "pgbouncer": "pgbouncer",
    "parameter-group": "parameter_group",
    "kubernetes": "kubernetes",
    "compose": "compose",
}
"""The module and the function of each format; a run imports the one that it needs."""


def emit(kind: Kind, sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files of one format."""
    name = FORMATS[kind]
    write: Callable[[Sizing, Options], tuple[EmittedFile, ...]]
    write = getattr(import_module(f"pgconn.emit.{name}"), name)
    return write(sizing, options)
