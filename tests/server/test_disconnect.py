"""When pgconn has left, its place is free."""

import os
import signal
import threading

import pytest

from pgconn.demo.clients import control, scalar, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.model.instance import Rung, Target
from pgconn.server import Server


@pytest.mark.parametrize("rung", ["slot", "walsender"])
def test_one_that_disconnects_waits_for_a_backend_that_takes_its_time(local_cluster: Cluster, rung: Rung) -> None:
    with control(local_cluster) as observer:
        server = Server.connect(Target(dbname=local_cluster.conninfo()), rung)
        pid = server.announced_pid
        event = "select wait_event from pg_catalog.pg_stat_activity where pid = %(pid)s"
        wait_until(lambda: scalar(observer, event, pid=pid) == "ClientRead", "our session at rest")
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.3, os.kill, (pid, signal.SIGCONT)).start()
        server.close()
        assert scalar(observer, "select pid from pg_catalog.pg_stat_activity where pid = %(pid)s", pid=pid) is None
