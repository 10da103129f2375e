"""A PgBouncer stands in front of a server and is gone afterwards."""

import psutil
import pytest

from pgconn.demo.clients import scalar, session, sessions
from pgconn.demo.incidents.transactions import idle_in_transaction
from tests.conftest import MakePgBouncer
from tests.demo.incidents.views import states
from tests.servers import Server


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_clients_reach_the_server_through_pgbouncer(cluster: Server, pgbouncer: MakePgBouncer, mode: str) -> None:
    pooler = pgbouncer(cluster, mode)
    with session(pooler, user="app", dbname="app") as connection:
        assert scalar(connection, "select current_user") == "app"
        assert scalar(connection, "select pg_catalog.pg_backend_pid()") != connection.info.backend_pid


def test_the_console_of_pgbouncer_answers_its_admin(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"default_pool_size": "2"})
    with session(pooler, dbname="pgbouncer") as console:
        assert str(scalar(console, "show version")).startswith("PgBouncer 1.")


def test_transaction_pooling_lets_many_clients_share_few_slots(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", databases=("app = pool_size=2",))
    with sessions(pooler, 10, user="app", dbname="app") as clients:
        pids = {scalar(client, "select pg_catalog.pg_backend_pid()") for client in clients}
        assert 1 <= len(pids) <= 2


def test_an_incident_can_be_made_through_pgbouncer(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    with idle_in_transaction(pgbouncer(cluster, "transaction"), 2, user="app", dbname="app"):
        assert states(cluster)["client backend", "idle in transaction"] == 2


def test_a_closed_pgbouncer_keeps_no_process_and_no_session(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "session")
    pid = pooler.pid
    with session(pooler, user="app", dbname="app") as client:
        scalar(client, "select 1")
        pooler.close()
    assert not psutil.pid_exists(pid)
