"""Processes that take no slot stay at work for as long as the incident lasts."""

import time

from pgconn.demo.incidents.background import autovacuum, parallel_workers
from tests.demo.incidents.views import states
from tests.servers import Server


def test_parallel_workers_stay_at_work(cluster: Server) -> None:
    with parallel_workers(cluster, 3, user="app", dbname="app"):
        time.sleep(0.2)
        shown = states(cluster)
        assert shown["parallel worker", "active"] == 3
        assert shown["client backend", "active"] == 1
    assert ("parallel worker", "active") not in states(cluster)


def test_autovacuum_stays_at_work(cluster: Server) -> None:
    with autovacuum(cluster, dbname="app") as pid:
        assert pid
        time.sleep(0.2)
        assert states(cluster)["autovacuum worker", "active"] >= 1
