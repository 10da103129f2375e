"""The sessions, one row each."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sessions import SessionRow, Sessions
from pgconn.render.blocks import Block, Column, Heading, Notes, Placeholder, Row, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions, client_cell, fields, label
from pgconn.render.views.status import headline
from pgconn.text.quantities import show_count

_USUAL: Final = "client backend"

COLUMNS = (
    Column(title="pid", kind="count"),
    *Column.texts("user", "database", "application", "client"),
    Column(title="type", place="detail"),
    Column(title="state"),
    Column(title="in state", kind="age"),
    Column(title="in tx", kind="age", place="detail"),
    Column(title="in query", kind="age", place="detail"),
    Column(title="blocked by", place="detail"),
    Column(title="waits for", place="detail"),
    Column(title="query", place="detail"),
)
_WITH_WHOLE_QUERY: Final = (*COLUMNS[:-1], Column(title="query", place="query"))


def sessions_blocks(document: Sessions, options: ViewOptions) -> Iterator[Block]:
    """A query on one line, or as it was written where it is to be seen in full."""
    columns = _WITH_WHOLE_QUERY if options.full else COLUMNS
    rows = tuple(_row(session, options.full) for session in document.sessions)
    place = headline(document.server, document.pooler, document.pooler_product)
    yield Heading(text=f"{place}: {show_count(document.matched, 'session')}")
    if rows:
        yield Table.of(columns, rows)
    yield Notes.of(_notes(document))


def sessions_rows(document: Sessions) -> Rows:
    """Every field of each session."""
    return Rows(columns=SessionRow.__struct_fields__, rows=(fields(row, " ") for row in document.sessions))


def _notes(document: Sessions) -> Iterator[str]:
    left_out = document.matched - len(document.sessions)
    if not document.matched:
        yield "no session matches"
    if left_out > 0:
        yield f"{show_count(left_out, 'more session')} (--limit 0 shows all)"
    if document.hidden_sessions:
        hidden = show_count(document.hidden_sessions, "session")
        yield f"of {hidden} of other roles little is shown: GRANT pg_monitor shows all"


def _row(session: SessionRow, full: bool) -> Row:
    query = session.query if full or session.query is None else " ".join(session.query.split())
    blank = session.backend_type not in (None, "client backend", "walsender")
    names = ("user", "database", "application_name", "client_addr", "state")
    user, database, application, address, state = (
        None if blank and not getattr(session, name) else label(name, getattr(session, name)) for name in names
    )
    return (
        session.pid,
        user,
        database,
        application,
        client_cell(session.client_addr, session.pooled_client) if session.pooled_client else address,
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


VIEWS[Sessions] = View(blocks=sessions_blocks, rows=sessions_rows)
