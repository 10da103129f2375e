"""A sessions document as a page."""

from typing import Final

from pgconn.documents.sessions import SessionRow, Sessions
from pgconn.render.formats.cells import label
from pgconn.render.page import Cell, Column, Page, Placeholder, Section, Table
from pgconn.render.views.status import headline
from pgconn.text.quantities import show_count

_USUAL: Final = "client backend"

COLUMNS = (
    Column(title="pid", kind="count"),
    Column(title="user"),
    Column(title="database"),
    Column(title="application"),
    Column(title="client"),
    Column(title="type", detail=True),
    Column(title="state"),
    Column(title="in state", kind="age"),
    Column(title="in tx", kind="age", detail=True),
    Column(title="in query", kind="age", detail=True),
    Column(title="blocked by", detail=True),
    Column(title="waits for", detail=True),
    Column(title="query", detail=True),
)
_WITH_WHOLE_QUERY: Final = (*COLUMNS[:-1], Column(title="query", detail=True, whole=True))


def sessions_page(document: Sessions, *, full: bool = False) -> Page:
    """The sessions, one row each; a query on one line, or as it was written when `full`."""
    shown, matched = len(document.sessions), document.matched
    notes = []
    if not matched:
        notes.append("no session matches")
    if shown < matched:
        notes.append(f"{show_count(matched - shown, 'more session')} (--limit 0 shows all)")
    if document.hidden_sessions:
        hidden = show_count(document.hidden_sessions, "session")
        notes.append(f"of {hidden} of other roles little is shown: GRANT pg_monitor shows all")
    rows = tuple(_row(session, full) for session in document.sessions)
    return Page(
        headline=f"{headline(document.server, document.pooler)}: {show_count(matched, 'session')}",
        table=Table(columns=_WITH_WHOLE_QUERY if full else COLUMNS, sections=(Section(title=None, rows=rows),))
        if rows
        else None,
        notes=tuple(notes),
    )


def _row(session: SessionRow, full: bool) -> tuple[Cell, ...]:
    query = session.query if full or session.query is None else " ".join(session.query.split())
    blank = session.backend_type not in (None, "client backend", "walsender")
    names = ("user", "database", "application_name", "client_addr", "state")
    user, database, application, client, state = (
        None if blank and not getattr(session, name) else label(name, getattr(session, name)) for name in names
    )
    return (
        session.pid,
        user,
        database,
        application,
        client,
        Placeholder(text=_USUAL) if session.backend_type == _USUAL else session.backend_type,
        state,
        session.state_seconds,
        session.transaction_seconds,
        session.query_seconds,
        ", ".join(map(str, session.blocked_by or ())) or None,
        _waits(session),
        query or None,
    )


def _waits(session: SessionRow) -> str | None:
    """What it waits for; that an idle session waits for its client is what idle means."""
    if session.wait_event == "ClientRead" and (session.state or "").startswith("idle"):
        return None
    return "/".join(part for part in (session.wait_event_type, session.wait_event) if part) or None
