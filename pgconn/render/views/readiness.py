"""Which ways lead into a full server, and what makes the others do so."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.readiness import Readiness, Way
from pgconn.render.blocks import Blocks, Column, Findings, Heading, Note, Notes, Table, shown
from pgconn.render.options import ViewOptions
from pgconn.render.rows import Rows, rows_of
from pgconn.render.views import VIEWS, View

_NAMES: Final = {
    "slot": "1 an ordinary slot",
    "reserve": "1 a reserved slot",
    "walsender": "2 a walsender slot",
    "os": "4 the host",
}
_COLUMNS: Final = (Column(title="rung"), Column(title="leads in"), Column(title="seen"))


def readiness_blocks(document: Readiness, _: ViewOptions) -> Blocks:
    """The rungs, what each one lacks, what is unsafe, and the SQL of an emergency role."""
    verdict = "a rung beyond the ordinary one works" if document.ready else "NO rung beyond the ordinary one works"
    rows = tuple((_NAMES[way.rung], "yes" if way.works else "no", way.detail) for way in document.ways)
    return shown(
        Heading(text=f"{document.server} as {document.role}: {verdict}"),
        Findings(findings=document.findings),
        Table.of(_COLUMNS, rows),
        Notes(notes=tuple(_notes(document))),
    )


def readiness_rows(document: Readiness) -> Rows:
    """Every field of each way."""
    return rows_of(Way, document.ways)


def _notes(document: Readiness) -> Iterator[Note]:
    if missing := tuple(f"{_NAMES[way.rung]}: {lack}" for way in document.ways for lack in way.missing):
        yield Note(text="missing:", lines=missing)
    if document.standby:
        yield Note(text="this is a standby: roles are changed on its primary, pg_hba.conf and settings on both")
    if document.sql:
        where = " on the primary" if document.standby else ""
        yield Note(
            text=f"a role for the bad hour (pgconn ready --create ROLE makes it{where}):",
            lines=(*document.sql, f"in pg_hba.conf: {document.pg_hba}"),
        )


VIEWS[Readiness] = View(blocks=readiness_blocks, rows=readiness_rows)
