"""Walsenders are walsenders."""

import pytest

from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import logical_stream, logical_walsenders, physical_walsenders
from pgconn.demo.incidents.slots import full
from tests.demo.incidents.views import asked, refused, states
from tests.servers import Server
from tests.standby import Standby


def _walsenders(server: Server) -> int:
    """How many there are, less the one that asks."""
    count = asked(server, "select count(*) from pg_catalog.pg_stat_activity where backend_type = 'walsender'")
    return int(count) - 1


def test_physical_walsenders_belong_to_no_database(cluster: Server) -> None:
    with physical_walsenders(cluster, 2):
        assert _walsenders(cluster) == 2
        assert asked(
            cluster,
            "select bool_and(datname is null) from pg_catalog.pg_stat_activity where application_name = 'physical'",
        )


def test_logical_walsenders_belong_to_a_database(cluster: Server) -> None:
    with logical_walsenders(cluster, 2, dbname="app"):
        assert _walsenders(cluster) == 2
        assert asked(cluster, "select min(datname) from pg_catalog.pg_stat_activity where datname = 'app'") == "app"


def test_a_logical_stream_streams_from_a_slot(cluster: Server) -> None:
    with logical_stream(cluster, dbname="app"):
        state = "select state from pg_catalog.pg_stat_replication where application_name = 'logical-stream'"
        assert asked(cluster, state) == "streaming"
        assert asked(cluster, "select active from pg_catalog.pg_replication_slots") is True
    assert asked(cluster, "select count(*) from pg_catalog.pg_replication_slots") == 0


def test_the_places_of_walsenders_can_run_out(cluster: Server) -> None:
    with logical_walsenders(cluster, 5):
        assert "max_wal_senders" in refused(cluster, replication="database")
        assert states(cluster)["walsender", "idle"] == 5


def test_a_walsender_gets_in_where_every_slot_is_taken(cluster: Server) -> None:
    with full(cluster), logical_walsenders(cluster, 1):
        assert _walsenders(cluster) == 1


def test_a_hot_standby_follows_its_primary(local_cluster: Cluster) -> None:
    with Standby(local_cluster) as standby:
        assert standby.major == local_cluster.major
        assert asked(standby, "select pg_catalog.pg_is_in_recovery()") is True
        name = "select state from pg_catalog.pg_stat_replication where application_name = 'standby'"
        assert asked(local_cluster, name) == "streaming"


@pytest.mark.pg(">= 16")
def test_a_standby_of_16_and_later_takes_logical_walsenders(local_cluster: Cluster) -> None:
    with Standby(local_cluster) as standby, logical_walsenders(standby, 1):
        assert _walsenders(standby) == 1
