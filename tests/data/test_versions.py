"""What is known of PostgreSQL's versions is what the servers say of themselves."""

import datetime

import pytest

from pgconn.data.versions import newest, oldest, version, versions
from pgconn.demo.clients import scalar, session
from pgconn.sizing.measured import slots_mib
from tests.conftest import MakeCluster
from tests.servers import Server


@pytest.mark.offline
def test_the_versions_are_13_to_19_and_each_ends_after_the_one_before() -> None:
    assert (oldest(), newest()) == (13, 19)
    assert list(versions()) == list(range(13, 20))
    ends = [one.ends for one in versions().values() if one.ends is not None]
    assert ends == sorted(set(ends))
    assert (version(13).ends, version(14).ends) == (datetime.date(2025, 11, 13), datetime.date(2026, 11, 12))


@pytest.mark.offline
def test_a_version_that_is_not_known_yet_is_taken_for_the_newest() -> None:
    assert version(20) == version(19)
    assert version(12) == version(13)


def test_the_defaults_are_those_of_the_server(cluster: Server) -> None:
    with session(cluster) as connection:
        defaults = dict(connection.execute("select name, boot_val from pg_catalog.pg_settings").fetchall())
    known = version(cluster.major)
    assert int(defaults["max_locks_per_transaction"]) == known.max_locks_per_transaction
    assert float(defaults["hash_mem_multiplier"]) == known.hash_mem_multiplier
    assert (defaults["jit"] == "on") is known.jit


@pytest.mark.pg(">= 15")
def test_a_slot_takes_the_shared_memory_that_the_server_says(make_cluster: MakeCluster) -> None:
    def taken(connections: int) -> int:
        with session(make_cluster({"max_connections": str(connections), "shared_buffers": "128MB"})) as connection:
            question = "select setting::int from pg_catalog.pg_settings where name = 'shared_memory_size'"
            return int(str(scalar(connection, question)))

    with session(make_cluster()) as connection:
        major = connection.info.server_version // 10000
    locks, buffers = version(major).max_locks_per_transaction, 128.0
    more = slots_mib(1100, locks, major, buffers) - slots_mib(100, locks, major, buffers)
    assert taken(1100) - taken(100) == pytest.approx(more, rel=0.15)


LOCKS = b"""
do $$
declare n integer := 0;
begin
  loop
    perform pg_advisory_lock(n);
    n := n + 1;
  end loop;
exception when out_of_memory then
  perform set_config('locks.held', n::text, false);
end $$"""
PLACES = """
select sum(setting::int) + 2
from pg_catalog.pg_settings
where name in ('max_connections', 'max_worker_processes', 'max_wal_senders', 'autovacuum_worker_slots',
               'max_prepared_transactions')"""


@pytest.mark.pg(">= 18")
def test_from_19_on_the_table_of_locks_holds_what_is_set_and_no_more(make_cluster: MakeCluster) -> None:
    with session(make_cluster({"max_locks_per_transaction": "64"})) as connection:
        major, places = connection.info.server_version // 10000, 64 * int(str(scalar(connection, PLACES)))
        connection.execute(LOCKS)
        held = int(str(scalar(connection, "select current_setting('locks.held')")))
    if major >= 19:
        assert held == pytest.approx(places, rel=0.01)
    else:
        assert places / held == pytest.approx(version(19).locks_held, rel=0.1)
