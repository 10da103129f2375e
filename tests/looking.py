"""What several tests do alike: look at a server as pgconn does, and count what it really lets in."""

from pgconn.demo.clients import close, fill
from pgconn.demo.target import Connection, Override, Target
from pgconn.model.snapshot import Snapshot
from pgconn.model.target import Target as Asked
from pgconn.server import Server
from pgconn.snapshot import take


def look(target: Target, *, with_queries: bool = False, **who: Override) -> Snapshot:
    """What pgconn sees when it comes in with these parameters."""
    with Server.connect(Asked(dbname=target.conninfo(**who))) as server:
        return take(server, with_queries=with_queries, with_blockers=True)


def openable(target: Target, user: str) -> int:
    """How many further connections of this role the server really lets in."""
    opened: list[Connection] = []
    try:
        fill(target, opened, user=user)
    finally:
        close(*opened)
    return len(opened)
