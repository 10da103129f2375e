"""The server's processes as a document and a page, for the commands that can do without a connection."""

from pathlib import Path

from pgconn.model.process import HostSnapshot, Place, Processes, processes_of
from pgconn.model.target import Target


def whereabouts(target: Target, pgdata: Path | None) -> Place:
    """Where on this machine the target leads; raises WrongUsage where it leads to another one."""
    from pgconn.host import place

    if pgdata is not None:
        return place({}, pgdata)
    from pgconn.server.parameters import connection_parameters

    return place(connection_parameters(target))


def host_snapshot(target: Target, pgdata: Path | None = None) -> HostSnapshot:
    """One look at the processes of the server that is meant."""
    from pgconn.host import look

    return look(whereabouts(target, pgdata))


def host_status(target: Target, pgdata: Path | None = None) -> Processes:
    """Who holds the slots, without any connection."""
    return processes_of(host_snapshot(target, pgdata))
