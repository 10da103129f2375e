"""Each pooler serves clients, and keeps server connections that go when the pooler goes."""

from pathlib import Path

import pytest

from pgconn.demo.clients import Target, control, scalar, session
from tests.conftest import MakePooler
from tests.poolers import kind_of

_KEPT = "select count(*) from pg_stat_activity where datname = 'app' and usename = 'app'"


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_it_serves_clients_and_keeps_server_connections_until_it_ends(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path, mode: str
) -> None:
    if mode not in kind_of(pooler_program).modes:
        pytest.skip("it has no such mode")
    pooler = any_pooler(cluster, mode)
    with control(cluster) as observer:
        for _ in range(3):
            with session(pooler, user="app", dbname="app") as client:
                assert scalar(client, "select current_user") == "app"
        assert 1 <= scalar(observer, _KEPT) <= 3, "a child of Pgpool has its own, and pgagroal is filled beforehand"
        pooler.close()
        assert scalar(observer, _KEPT) == 0
