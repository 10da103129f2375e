"""One module a document: what a person sees of it as blocks, and what a spreadsheet gets as rows.

The view of a document stands in the module that has the name of the document's, and puts itself into VIEWS there; it
is imported when its document is shown.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from pgconn.config.policy import Policy
from pgconn.model import Value
from pgconn.model.session import LOCAL
from pgconn.render.blocks import Block, Cell, Placeholder, Steps, Table, is_empty


class ViewOptions(Value, frozen=True, kw_only=True):
    """What was asked of the picture, beside what was asked of the document.

    `rows` is how many rows a section shows at most: None for what fits the screen, 0 for all. `connection_args` lead
    to the same server, for the commands to type next; `journal` is the file of changes that was named. `full` shows
    queries as they were written. A sizing shows each number's working where `explained`, or the chain behind the
    number `why`, and `file` is the format in which such a server takes its settings. `lacks_signal` is the role that
    may end the sessions of its own roles alone.
    """

    rows: int | None = None
    connection_args: Sequence[str] = ()
    policy: Policy = Policy()
    full: bool = False
    journal: Path | None = None
    explained: bool = False
    why: str | None = None
    file: str | None = None
    lacks_signal: str | None = None

    @property
    def named_journal(self) -> tuple[str, ...]:
        """The option that names the same journal again."""
        return ("--journal", str(self.journal)) if self.journal is not None else ()


class Rows(Value, frozen=True, kw_only=True):
    """The names of the columns, and the rows; one that is short ends with empty cells."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[object]]


def rows_from(kind: type[Value], values: Iterable[Value]) -> Rows:
    """A row for each of these values, with the fields of their kind."""
    return Rows(columns=kind.__struct_fields__, rows=map(fields, values))


def fields(value: Value, separator: str = "; ") -> list[object]:
    """The fields of a value as JSON would hold them; several texts are joined."""
    held = cast("dict[str, object]", msgspec.to_builtins(value)).values()
    return [separator.join(map(str, one)) if isinstance(one, list | tuple) else one for one in held]


class View(Value, frozen=True, kw_only=True):
    """How one kind of document is shown: `blocks` for a person, in their order, and `rows` for a spreadsheet."""

    blocks: Callable[[Any, ViewOptions], Iterable[Block]]
    rows: Callable[[Any], Rows]


class _Views(dict[type[Value], View]):
    """Views by their document's type, each filled in by its module at the first use."""

    def __missing__(self, kind: type[Value]) -> View:
        import_module(f"{__name__}.{kind.__module__.rpartition('.')[2]}")
        if kind not in self:
            raise KeyError(kind)
        return self[kind]


VIEWS: Final = _Views()


def blocks_of(document: Value, options: ViewOptions) -> tuple[Block, ...]:
    """What there is to show, cut to the rows that were asked for, with commands that lead to the same server."""
    return tuple(
        _finished(one, options) for one in VIEWS[type(document)].blocks(document, options) if not is_empty(one)
    )


def rows_of(document: Value) -> Rows:
    """The document as one table of raw values."""
    return VIEWS[type(document)].rows(document)


def _finished(block: Block, options: ViewOptions) -> Block:
    if isinstance(block, Steps):
        return block.leading_to(options.connection_args)
    if isinstance(block, Table) and options.rows:
        return block.cut(options.rows)
    return block


TITLES: Final = {
    "state": "state",
    "application_name": "application",
    "user": "user",
    "client_addr": "client",
    "database": "database",
}
_ABSENT: Final = {
    "state": "(hidden)",
    "application_name": "(unknown)",
    "user": "(no user)",
    "client_addr": "(unknown)",
    "database": "(no database)",
}


def label(column: str, value: str | None) -> Cell:
    """The value as a cell of its column, with a placeholder where the server has none."""
    if value is None:
        return Placeholder(text=_ABSENT[column])
    if column == "application_name" and not value:
        return Placeholder(text="(no application_name)")
    if column == "client_addr" and value == LOCAL:
        return Placeholder(text="(local socket)")
    return value


def client_cell(address: str | None, pooled_client: str | None) -> Cell:
    """The client of a session: the real one and the pooler that it comes through, where the pooler says who it is."""
    if pooled_client is None:
        return label("client_addr", address)
    return f"{pooled_client} via {'local socket' if address == LOCAL else address}"
