"""The documents of fixed snapshots, and each of the five formats by its name."""

from collections.abc import Callable
from typing import Final

import msgspec

from pgconn.config.policy import Policy
from pgconn.documents.sessions import Sessions, sessions as sessions_document
from pgconn.documents.status import Status, status as status_document
from pgconn.model.session import in_order, of_clients
from pgconn.model.snapshot import Snapshot
from pgconn.render.formats.csv import write_csv
from pgconn.render.formats.json import write_json
from pgconn.render.formats.markdown import write_markdown
from pgconn.render.formats.plain import write_plain
from pgconn.render.formats.text import write_text
from pgconn.render.page import Page
from pgconn.render.views.sessions import sessions_page
from pgconn.render.views.status import status_page
from pgconn.rules import judge

POLICY: Final = Policy()

Document = Status | Sessions


def status_of(seen: Snapshot, by: tuple[str, ...] = ()) -> Status:
    """The status as the command makes it."""
    return status_document(seen, judge(seen, POLICY), by=by)


def sessions_of(seen: Snapshot) -> Sessions:
    """All sessions as the command lists them."""
    return sessions_document(seen, in_order(of_clients(seen.sessions), "age"))


def page_of(document: Document) -> Page:
    """The page of a document."""
    return status_page(document, POLICY) if isinstance(document, Status) else sessions_page(document)


def table(document: Document, width: int = 160, height: int | None = None, *, color: bool = False) -> str:
    """The page on a screen."""
    return write_text(page_of(document), width=width, height=height, color=color)


FORMATS: Final[dict[str, Callable[[Document], str]]] = {
    "table": table,
    "plain": lambda document: write_plain(page_of(document)),
    "csv": write_csv,
    "markdown": lambda document: write_markdown(page_of(document)),
    "json": write_json,
}


def renamed(seen: Snapshot, text: str) -> Snapshot:
    """The same server with this text wherever a server has text of others."""
    strange = {"user": text, "database": text, "application_name": text, "query": text, "wait_event": text}
    return msgspec.structs.replace(
        seen,
        sessions=tuple(msgspec.structs.replace(session, **strange) for session in seen.sessions),
        instance=msgspec.structs.replace(seen.instance, cluster_name=text),
        role=msgspec.structs.replace(seen.role, name=text),
        connection_limits=tuple(msgspec.structs.replace(one, name=text, limit=2) for one in seen.connection_limits),
    )
