"""The protections, with the names by which each knows its sessions."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.protections import Protected
from pgconn.model.protection import Protection
from pgconn.render.blocks import Block, Column, Heading, Row, Table
from pgconn.render.views import VIEWS, View, ViewOptions, rows_from

_COLUMNS: Final = (Column(title="protection"), Column(title="spares", place="paragraph"))


def protections_blocks(document: Protected, _: ViewOptions) -> Iterator[Block]:
    """Each protection with the sessions that it spares."""
    yield Heading(text="spared by every command that ends sessions, unless --not-protected NAME lifts it")
    yield Table.of(_COLUMNS, map(_row, document.protections))


def _row(protection: Protection) -> Row:
    known = [
        f"{word} {', '.join(names)}"
        for word, names in (("applications", protection.applications), ("roles", protection.roles))
        if names
    ]
    return protection.name, "; ".join((protection.spares, *known))


VIEWS[Protected] = View(blocks=protections_blocks, rows=lambda one: rows_from(Protection, one.protections))
