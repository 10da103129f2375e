"""The look at a server and, on its own host, at the machine, that fills in what was not given to `pgconn size`."""

from pgconn.cli.options.connection import Connection
from pgconn.errors import PgconnError
from pgconn.model.machine import Machine, Traffic, Tuning
from pgconn.model.snapshot import Snapshot
from pgconn.model.target import Target
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.sizing.detected import Found, found


def look(connection: Connection) -> Found:
    """What the server tells over one connection, and the machine where it is this one."""
    target = connection.target()
    with connection.enter(target) as server:
        snapshot = take(server)
        answers = server.ask(Tuning, Traffic)
        tuning, traffic = answers.one(Tuning), answers.one(Traffic)
        machine = None if snapshot.pooler else _machine(target, server, snapshot)
    return found(snapshot, tuning, traffic, machine)


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
