"""Which ways lead into a full server, and what makes the others do so."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.readiness import Readiness, Way
from pgconn.render.blocks import Block, Column, Findings, Heading, Note, Notes, Table
from pgconn.render.views import VIEWS, View, ViewOptions, rows_from

_NAMES: Final = {
    "slot": "1 an ordinary slot",
    "reserve": "1 a reserved slot",
    "walsender": "2 a walsender slot",
    "os": "4 the host",
}
_COLUMNS: Final = Column.texts("rung", "leads in", "seen")


def readiness_blocks(document: Readiness, _: ViewOptions) -> Iterator[Block]:
    """The rungs, what each one lacks, what is unsafe, and the SQL of an emergency role."""
    verdict = "a rung beyond the ordinary one works" if document.ready else "NO rung beyond the ordinary one works"
    rows = tuple((_NAMES[way.rung], "yes" if way.works else "no", way.detail) for way in document.ways)
    yield Heading(text=f"{document.server} as {document.role}: {verdict}")
    yield Findings(findings=document.findings)
    yield Table.of(_COLUMNS, rows)
    yield Notes(notes=tuple(_notes(document)))


def _notes(document: Readiness) -> Iterator[Note]:
    if missing := tuple(f"{_NAMES[way.rung]}: {lack}" for way in document.ways for lack in way.missing):
        yield Note(text="missing:", lines=missing)
    if document.standby:
        yield Note(text="this is a standby: roles are changed on its primary, pg_hba.conf and settings on both")
    if document.sql:
        where = " on the primary" if document.standby else ""
        yield Note(
            text=f"an emergency role (pgconn ready --create ROLE makes it{where}):",
            lines=(*document.sql, f"in pg_hba.conf: {document.pg_hba}"),
        )


VIEWS[Readiness] = View(blocks=readiness_blocks, rows=lambda one: rows_from(Way, one.ways))
