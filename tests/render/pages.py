"""The documents of fixed snapshots, and each of the five formats by its name."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from pgconn.config.policy import Policy
from pgconn.documents.sessions import Sessions, sessions as sessions_document
from pgconn.documents.status import Status, status as status_document
from pgconn.model import Value
from pgconn.model.session import of_clients, sorted_by
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.render import formats
from pgconn.render.formats import Screen
from pgconn.render.views import ViewOptions
from pgconn.rules import judge

POLICY: Final = Policy()
USUAL: Final = ViewOptions()

Document = Status | Sessions


def status_of(seen: Snapshot, by: tuple[str, ...] = ()) -> Status:
    """The status as the command makes it."""
    return status_document(seen, judge(Observation(snapshots=(seen,)), POLICY).findings, by=by)


def sessions_of(seen: Snapshot) -> Sessions:
    """All sessions as the command lists them."""
    return sessions_document(seen, sorted_by(of_clients(seen.sessions), "age"))


def written(document: Value, name: str, options: ViewOptions = USUAL, **screen: Any) -> str:
    """The document in a format, on a screen of 80 columns where nothing else is asked for."""
    return formats.FORMATS[name](document, options, Screen(**screen))


def table(document: Document, width: int = 160, height: int | None = None, *, color: bool = False) -> str:
    """The document on a screen."""
    return written(document, "table", width=width, height=height, color=color)


FORMATS: Final[dict[str, Callable[[Document], str]]] = {
    name: partial(written, name=name) for name in formats.FORMATS
} | {"table": table}


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
