"""What several tests do alike: look at a server as pgconn does, and count what it really lets in."""

import time

import psutil

from pgconn.demo.clients import Connection, Override, Target, close, fill, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.host import scan_processes
from pgconn.model.instance import Target as Asked
from pgconn.model.process import ServerLocation
from pgconn.model.snapshot import Snapshot
from pgconn.observe.snapshot import take
from pgconn.server import Server


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


def at_rest(cluster: Cluster) -> None:
    """Wait until every backend with a client sleeps: going to sleep after its answer counts as work."""
    where = ServerLocation(pgdata=str(cluster.datadir))
    wait_until(lambda: asleep(*(process.pid for process in scan_processes(where).holders)), "backends at rest")


def asleep(*pids: int) -> bool:
    """Whether all these processes sleep; where the system does not tell, whether they did nothing for a moment."""
    try:
        processes = [psutil.Process(pid) for pid in pids]
        if psutil.LINUX:
            return all(process.status() == psutil.STATUS_SLEEPING for process in processes)
        before = [(process.cpu_times(), process.num_ctx_switches()) for process in processes]
        time.sleep(0.1)
        return before == [(process.cpu_times(), process.num_ctx_switches()) for process in processes]
    except psutil.Error:  # gone meanwhile
        return False
