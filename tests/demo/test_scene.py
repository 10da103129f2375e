"""The scene of `pgconn demo` is what it says it is."""

from collections import Counter
from pathlib import Path

import pytest

from pgconn.cli.commands.demo import TRY
from pgconn.demo.clients import control, scalar, session
from pgconn.demo.incidents.slots import full_to_the_reserve
from pgconn.demo.scene import DATABASE, off_the_path, shop
from tests.servers import Source


@pytest.fixture
def sessions_of_the_shop(source: Source) -> list[tuple[str, str, str, str | None]]:
    if source.bindir is None:
        pytest.skip("the demo starts a server of its own")
    with shop(source.bindir) as cluster, control(cluster) as connection:
        rows = connection.execute(
            "select application_name, usename, state, pg_catalog.host(client_addr) from pg_catalog.pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_catalog.pg_backend_pid()"
        ).fetchall()
    return [(str(app), str(user), str(state), client) for app, user, state, client in rows]


def test_the_shop_is_nearly_full_and_every_slot_has_its_story(
    sessions_of_the_shop: list[tuple[str, str, str, str | None]],
) -> None:
    assert len(sessions_of_the_shop) == 33
    assert Counter((app, state) for app, _, state, _ in sessions_of_the_shop) == {
        ("checkout-api", "idle"): 15,
        ("web", "idle"): 8,
        ("web", "active"): 1,
        ("orders-worker", "idle in transaction"): 2,
        ("orders-worker", "active"): 2,
        ("orders-import", "idle in transaction (aborted)"): 1,
        ("reporting", "active"): 2,
        ("psql", "idle"): 1,
        ("", "idle"): 1,
    }
    assert {user for app, user, _, client in sessions_of_the_shop if client is None} == {"postgres"}


def test_an_ordinary_role_can_open_a_few_more_in_the_shop(source: Source) -> None:
    if source.bindir is None:
        pytest.skip("the demo starts a server of its own")
    with shop(source.bindir) as cluster:
        with full_to_the_reserve(cluster, user="shop_web", dbname=DATABASE) as more:
            assert len(more) == (2 if source.major >= 16 else 4)
        with session(cluster, dbname=DATABASE) as connection:
            assert scalar(connection, "select current_setting('cluster_name')") == "demo"


@pytest.mark.offline
def test_what_the_demo_says_to_try_fits_a_narrow_terminal() -> None:
    width = max(len(command) for command, _ in TRY)
    assert max(2 + width + 2 + len(why) for _, why in TRY) <= 80


@pytest.mark.offline
def test_the_path_is_reported_to_a_shell_that_would_not_find_pgconn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pgconn"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    assert off_the_path(tmp_path / "python") == tmp_path
    assert off_the_path(tmp_path / "elsewhere" / "python") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert off_the_path(tmp_path / "python") is None
