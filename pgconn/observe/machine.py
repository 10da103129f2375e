"""What can be observed without SQL: the processes of the server that a target leads to, and its machine."""

from pathlib import Path

from pgconn.errors import PgconnError
from pgconn.host import locate, scan_processes
from pgconn.model.instance import Target
from pgconn.model.process import HostSnapshot, Machine, ServerLocation, Traffic, Tuning
from pgconn.model.snapshot import Snapshot
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.server.parameters import connection_parameters


def location_of(target: Target, pgdata: Path | None = None) -> ServerLocation:
    """Where on this machine the target leads, or the data directory; raises WrongUsage for another machine."""
    return locate({}, pgdata) if pgdata is not None else locate(connection_parameters(target))


def host_snapshot(target: Target, pgdata: Path | None = None) -> HostSnapshot:
    """One scan of the server's processes."""
    return scan_processes(location_of(target, pgdata))


def look(target: Target, server: Server) -> tuple[Snapshot, Tuning, Traffic, Machine | None]:
    """What the server tells over one connection, and the machine where it is this one."""
    snapshot = take(server)
    answers = server.ask(Tuning, Traffic)
    machine = None if snapshot.pooler else _machine(target, server, snapshot)
    return snapshot, answers.one(Tuning), answers.one(Traffic), machine


def _machine(target: Target, server: Server, snapshot: Snapshot) -> Machine | None:
    """The machine that we are on, if the server runs on it."""
    from pgconn.host.machine import machine_of
    from pgconn.observe.machine import host_snapshot

    try:
        seen = host_snapshot(target)
    except PgconnError:
        return None
    if server.announced_pid not in {process.pid for process in seen.processes}:
        return None
    clients = [session.pid for session in snapshot.sessions if session.backend_type == "client backend"]
    return machine_of(seen.postmaster.pid, clients)
