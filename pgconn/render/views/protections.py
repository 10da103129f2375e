"""The protections, with the names by which each knows its sessions."""

from typing import Final

from pgconn.documents.protections import Protected
from pgconn.model.protection import Protection
from pgconn.render.blocks import Blocks, Column, Heading, Row, Table
from pgconn.render.options import ViewOptions
from pgconn.render.rows import Rows, rows_of
from pgconn.render.views import VIEWS, View

_COLUMNS: Final = (Column(title="protection"), Column(title="spares", place="paragraph"))


def protections_blocks(document: Protected, _: ViewOptions) -> Blocks:
    """Each protection with the sessions that it spares."""
    return (
        Heading(text="spared by every command that ends sessions, unless --not-protected NAME lifts it"),
        Table.of(_COLUMNS, tuple(map(_row, document.protections))),
    )


def protections_rows(document: Protected) -> Rows:
    """Every field of each protection."""
    return rows_of(Protection, document.protections)


def _row(protection: Protection) -> Row:
    known = [
        f"{word} {', '.join(names)}"
        for word, names in (("applications", protection.applications), ("roles", protection.roles))
        if names
    ]
    return protection.name, "; ".join((protection.spares, *known))


VIEWS[Protected] = View(blocks=protections_blocks, rows=protections_rows)
