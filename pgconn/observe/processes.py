"""The processes of the server that a target leads to, for what can be known and done without a connection."""

from pathlib import Path

from pgconn.host import locate, scan_processes
from pgconn.model.process import HostSnapshot, ServerLocation
from pgconn.model.target import Target
from pgconn.server.parameters import connection_parameters


def location_of(target: Target, pgdata: Path | None = None) -> ServerLocation:
    """Where on this machine the target leads, or the data directory; raises WrongUsage for another machine."""
    return locate({}, pgdata) if pgdata is not None else locate(connection_parameters(target))


def host_snapshot(target: Target, pgdata: Path | None = None) -> HostSnapshot:
    """One scan of the server's processes."""
    return scan_processes(location_of(target, pgdata))
