"""The protections as a page."""

from typing import Final

from pgconn.documents.protections import Protected
from pgconn.model.protection import Protection
from pgconn.render.page import Cell, Column, Page, Section, Table

_COLUMNS: Final = (Column(title="protection"), Column(title="spares", detail=True, whole=True, prose=True))


def protections_page(document: Protected) -> Page:
    """Each protection with whom it spares and by which names it knows them."""
    rows = tuple(map(_row, document.protections))
    return Page(
        headline="spared by every command that ends sessions, unless --not-protected NAME lifts it",
        table=Table(columns=_COLUMNS, sections=(Section(title=None, rows=rows),)),
    )


def _row(protection: Protection) -> tuple[Cell, ...]:
    known = [
        f"{word} {', '.join(names)}"
        for word, names in (("applications", protection.applications), ("roles", protection.roles))
        if names
    ]
    return protection.name, "; ".join((protection.spares, *known))
