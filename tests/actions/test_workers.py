"""Processes that serve others, on real servers: who is spared, and what the end of one costs as the plan says."""

import pytest
from psycopg import sql

from pgconn.actions.impact import Impact, Losses
from pgconn.actions.planning import Request
from pgconn.demo.clients import Connection, Override, control, scalar, session, start, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.names import table
from tests.conftest import MakeCluster
from tests.ending import carried_out, entered, looked, pid, planned
from tests.standby import Standby

FREE = Request(command="free", states=("idle",), count=30)
SYNCHRONIZES = "select pid from pg_stat_activity where usename = 'copier' and backend_type = 'client backend'"


class Synchronizing(Standby):
    """A standby that keeps logical slots like those of its primary."""

    def __init__(self, primary: Cluster, **conninfo: Override) -> None:
        own = {"sync_replication_slots": "on", "primary_slot_name": "held", "hot_standby_feedback": "on"}
        super().__init__(primary, own | {"cluster_name": "standby1"})
        self.settings["primary_conninfo"] = primary.conninfo(user="copier", **conninfo)


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize("name", [None, "standby1"])
def test_a_standbys_slotsync_worker_is_spared_by_its_own_protection(
    make_cluster: MakeCluster, name: str | None
) -> None:
    primary = make_cluster()
    if not isinstance(primary, Cluster):
        pytest.skip("a standby is made of a folder")
    with session(primary) as superuser:
        superuser.execute("create role copier superuser replication login")
        superuser.execute("select pg_create_physical_replication_slot('held')")
        superuser.execute("select pg_create_logical_replication_slot('copied', 'pgoutput', false, false, true)")
        with Synchronizing(primary, **({"application_name": name} if name else {})), entered(primary) as server:
            wait_until(lambda: scalar(superuser, SYNCHRONIZES) is not None, "a slotsync worker")
            worker = scalar(superuser, SYNCHRONIZES)
            (seen,) = (one for one in looked(server).sessions if one.pid == worker)
            assert (seen.holds_slot, seen.application_name) == (True, name or "standby1_slotsync worker")
            plan = planned(server, FREE, "superusers", "replication-roles")
            assert worker not in {victim.pid for victim in plan.victims}
            assert {one.pid: one.protection for one in plan.spared}[worker] == "slotsync"


@pytest.mark.pg(">= 19")
def test_a_repack_decoding_worker_is_spared_and_its_end_fails_the_repack(local_cluster: Cluster) -> None:
    with (
        table(local_cluster, "bloated", sql.SQL("as select id from generate_series(1, 1000) id")) as bloated,
        control(local_cluster) as observer,
        session(local_cluster) as holder,
        session(local_cluster) as client,
        entered(local_cluster) as server,
    ):
        observer.execute(sql.SQL("alter table {} add primary key (id)").format(bloated))
        holder.execute("begin")
        holder.execute(sql.SQL("select from {} limit 1").format(bloated))
        start(client, sql.SQL("repack (concurrently) {}").format(bloated))
        question = "select pid from pg_stat_activity where backend_type = 'REPACK decoding worker'"
        wait_until(lambda: scalar(observer, question) is not None, "a worker that decodes")
        kill = Request(command="kill", pids=(scalar(observer, question),))
        assert planned(server, kill).spared[0].protection == "server-processes"
        plan = planned(server, kill, "superusers", "server-processes")
        assert plan.costs[0].effect == (
            "1 REPACK decoding worker: the REPACK (CONCURRENTLY) that it serves fails and is rolled back"
        )
        assert plan.frees == 0
        (outcome,) = carried_out(plan, server).values()
        assert outcome.result == "terminated"
        assert "REPACK decoding worker" in failure(client)


@pytest.mark.pg(">= 19")
def test_a_session_that_waits_for_an_lsn_loses_nothing_but_the_waiting(local_cluster: Cluster) -> None:
    with session(local_cluster, user="app") as client, entered(local_cluster) as server:
        start(client, sql.SQL("wait for lsn 'F/0' with (mode 'primary_flush')"))

        def impact() -> Impact | None:
            snapshot = looked(server)
            (seen,) = (one for one in snapshot.sessions if one.pid == pid(client))
            return Losses(snapshot).impact(seen)

        wait_until(lambda: impact() is Impact.WAITS, "a session that waits for WAL")
        plan = planned(server, Request(command="kill", pids=(pid(client),)))
        assert plan.costs[0].effect.startswith("1 active, waits for WAL to be flushed (WAIT FOR LSN)")
        (outcome,) = carried_out(plan, server).values()
        assert outcome.result == "terminated"


def failure(client: Connection) -> str:
    """What a statement that was started fails with."""
    result = client.pgconn.get_result()
    assert result is not None
    while client.pgconn.get_result() is not None:
        pass
    return result.error_message.decode()
