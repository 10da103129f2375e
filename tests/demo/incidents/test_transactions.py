"""Open transactions are open in the server's own view, and closed afterwards."""

from pgconn.demo.incidents.transactions import (
    aborted_in_transaction,
    idle_in_transaction,
    lock_queue,
    prepared_transactions,
)
from tests.demo.incidents.views import asked, states
from tests.servers import Server


def test_idle_in_transaction_is_shown_with_its_transaction_id(cluster: Server) -> None:
    with idle_in_transaction(cluster, 2, user="app", dbname="app"):
        assert states(cluster)["client backend", "idle in transaction"] == 2
        assert asked(cluster, "select count(backend_xid) from pg_catalog.pg_stat_activity where usename = 'app'") == 2


def test_an_aborted_transaction_is_shown_as_aborted(cluster: Server) -> None:
    with aborted_in_transaction(cluster, 2, user="app", dbname="app"):
        assert states(cluster)["client backend", "idle in transaction (aborted)"] == 2


def test_a_lock_queue_waits_for_its_holder(cluster: Server) -> None:
    with lock_queue(cluster, 3, user="app", dbname="app") as (holder, waiters):
        shown = states(cluster)
        assert shown["client backend", "idle in transaction"] == 1
        assert shown["client backend", "active"] == len(waiters) == 3
        first = asked(
            cluster,
            "select count(*) from pg_catalog.pg_stat_activity where %(pid)s = any(pg_catalog.pg_blocking_pids(pid))",
            pid=holder.info.backend_pid,
        )
        assert first >= 1


def test_prepared_transactions_hold_no_session(cluster: Server) -> None:
    with prepared_transactions(cluster, 2, user="app", dbname="app") as names:
        assert len(names) == asked(cluster, "select count(*) from pg_catalog.pg_prepared_xacts") == 2
        assert ("client backend", "idle") not in states(cluster)
    assert asked(cluster, "select count(*) from pg_catalog.pg_prepared_xacts") == 0
