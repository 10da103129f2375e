"""A statement that runs by itself, in a session of our own, a walsender's and a pooler's."""

import pytest

from pgconn.demo.clients import Target, scalar, session, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.errors import PgconnError, Unanswered
from pgconn.model.instance import Rung, Target as Place
from pgconn.server import Server, timeouts
from tests.conftest import MakePgBouncer


def setting(server: Target, name: str) -> str | None:
    with session(server) as owner:
        question = "select setting from pg_catalog.pg_file_settings where name = %(name)s and sourcefile ~ 'auto.conf$'"
        found: str | None = scalar(owner, question, name=name)
        return found


@pytest.mark.parametrize("rung", ["slot", "walsender"])
def test_alter_system_runs_in_a_slot_and_through_a_walsender(cluster: Target, rung: Rung) -> None:
    with Server.connect(Place(dbname=cluster.conninfo()), rung) as server:
        with pytest.raises(PgconnError, match="cannot run inside a transaction block"):
            server.execute("alter system set work_mem = '5MB'")
        server.alone("alter system set work_mem = '5MB';")
        assert setting(cluster, "work_mem") == "5MB"
        server.alone("alter system reset work_mem")
    assert setting(cluster, "work_mem") is None


@pytest.mark.pg(">= 18")
def test_alter_system_runs_through_a_pooler_and_has_no_effect_later(cluster: Target, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction")
    with Server.connect(Place(dbname=pooler.conninfo())) as server:
        server.alone("alter system set log_line_prefix = '100%% %m'")
        server.alone("alter system reset log_line_prefix")
    with session(pooler) as other:
        assert scalar(other, "select current_setting('statement_timeout')") == "0"
        assert scalar(other, "select current_setting('lock_timeout')") == "0"


@pytest.mark.pg(">= 18")
def test_a_statement_that_takes_too_long_is_cancelled(local_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "STATEMENT_TIMEOUT", 1000)
    with Server.connect(Place(dbname=local_cluster.conninfo())) as server:
        with pytest.raises(Unanswered, match="was asked to stop"):
            server.alone("select pg_catalog.pg_sleep(60)")
        wait_until(lambda: "canceling statement due to user request" in local_cluster.log, "that it is cancelled")


def test_a_wrong_value_is_refused_by_the_server_before_it_is_written(cluster: Target) -> None:
    with Server.connect(Place(dbname=cluster.conninfo())) as server:
        with pytest.raises(PgconnError, match="invalid value"):
            server.alone("alter system set work_mem = 'much'")
        with pytest.raises(PgconnError, match="cannot be changed"):
            server.alone("alter system set data_directory = '/tmp'")
