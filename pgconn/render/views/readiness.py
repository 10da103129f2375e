"""A readiness document as a page."""

from pgconn.documents.readiness import Readiness
from pgconn.render.page import Column, Page, Section, Table

_NAMES = {
    "slot": "1 an ordinary slot",
    "reserve": "1 a reserved slot",
    "walsender": "2 a walsender slot",
    "os": "4 the host",
}


def ready_page(document: Readiness) -> Page:
    """The rungs, what each one lacks, what is unsafe, and the SQL of an emergency role."""
    verdict = "a rung beyond the ordinary one works" if document.ready else "NO rung beyond the ordinary one works"
    rows = tuple((_NAMES[way.rung], "yes" if way.works else "no", way.detail) for way in document.ways)
    columns = (Column(title="rung"), Column(title="leads in"), Column(title="seen"))
    missing = [f"{_NAMES[way.rung]}: {lack}" for way in document.ways for lack in way.missing]
    notes = [*(["missing:", *(f"  {lack}" for lack in missing)] if missing else [])]
    if document.standby:
        notes += ["this is a standby: roles are changed on its primary, pg_hba.conf and settings on both"]
    if document.sql:
        where = " on the primary" if document.standby else ""
        notes += [
            f"a role for the bad hour (pgconn ready --create ROLE makes it{where}):",
            *(f"  {line}" for line in document.sql),
        ]
        notes += [f"  in pg_hba.conf: {document.pg_hba}"]
    return Page(
        headline=f"{document.server} as {document.role}: {verdict}",
        findings=document.findings,
        table=Table(columns=columns, sections=(Section(title=None, rows=rows),)),
        notes=tuple(notes),
    )
