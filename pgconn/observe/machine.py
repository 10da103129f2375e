"""One look at a server and, where it runs here, at its machine: all that a sizing can detect."""

from pgconn.errors import PgconnError
from pgconn.model.machine import Machine, Traffic, Tuning
from pgconn.model.snapshot import Snapshot
from pgconn.model.target import Target
from pgconn.observe.snapshot import take
from pgconn.server import Server


def look(target: Target, server: Server) -> tuple[Snapshot, Tuning, Traffic, Machine | None]:
    """What the server tells over one connection, and the machine where it is this one."""
    snapshot = take(server)
    answers = server.ask(Tuning, Traffic)
    machine = None if snapshot.pooler else _machine(target, server, snapshot)
    return snapshot, answers.one(Tuning), answers.one(Traffic), machine


def _machine(target: Target, server: Server, snapshot: Snapshot) -> Machine | None:
    """The machine that we are on, if the server runs on it."""
    from pgconn.host.machine import machine_of
    from pgconn.observe.processes import host_snapshot

    try:
        seen = host_snapshot(target)
    except PgconnError:
        return None
    if server.announced_pid not in {process.pid for process in seen.processes}:
        return None
    clients = [session.pid for session in snapshot.sessions if session.backend_type == "client backend"]
    return machine_of(seen.postmaster.pid, clients)
