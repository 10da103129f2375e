"""Clients end for certain, whatever their backends were at."""

import os
import signal
import threading

from psycopg import sql

from pgconn.demo.clients import close, start
from pgconn.demo.cluster import Cluster
from tests.ending import in_wait, pid


def test_a_statement_that_the_server_has_yet_to_hear_of_is_cancelled_too(local_cluster: Cluster) -> None:
    connection = local_cluster.connect(user="app")
    in_wait(local_cluster, connection, "ClientRead")
    os.kill(pid(connection), signal.SIGSTOP)
    start(connection, sql.SQL("select pg_catalog.pg_sleep(600)"))
    threading.Timer(0.2, os.kill, (pid(connection), signal.SIGCONT)).start()
    close(connection)
