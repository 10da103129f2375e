"""One module a document: what a person sees of it as blocks, and what a spreadsheet gets as rows.

The view of a document stands in the module that has the name of the document's, and puts itself into VIEWS there; it
is imported when its document is shown.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from pgconn.model.value import Value
from pgconn.render.blocks import Blocks, Steps, Table
from pgconn.render.options import ViewOptions
from pgconn.render.rows import Rows


class View(Value, frozen=True, kw_only=True):
    """How one kind of document is shown: `blocks` for a person, `rows` for a spreadsheet."""

    blocks: Callable[[Any, ViewOptions], Blocks]
    rows: Callable[[Any], Rows]


class _Views(dict[type[Value], View]):
    """Views by their document's type, each filled in by its module at the first use."""

    def __missing__(self, kind: type[Value]) -> View:
        import_module(f"{__name__}.{kind.__module__.rpartition('.')[2]}")
        if kind not in self:
            raise KeyError(kind)
        return self[kind]


VIEWS: Final = _Views()


def blocks_of(document: Value, options: ViewOptions) -> Blocks:
    """The blocks of a document, cut to the rows that were asked for, with commands that lead to the same server."""
    shown = VIEWS[type(document)].blocks(document, options)
    if options.again:
        shown = tuple(one.leading_to(options.again) if isinstance(one, Steps) else one for one in shown)
    if options.rows:
        shown = tuple(one.cut(options.rows) if isinstance(one, Table) else one for one in shown)
    return shown


def rows_of(document: Value) -> Rows:
    """The document as one table of raw values."""
    return VIEWS[type(document)].rows(document)
