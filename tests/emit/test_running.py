"""A file for a pooler lets it open no more than the server that runs can hold."""

import re
from typing import Any, Final

import msgspec
import pytest

from pgconn.demo.clients import Target
from pgconn.documents.sizing import Sizing
from pgconn.emit import emit
from pgconn.emit.emitted import Kind, Options, Pooler
from pgconn.errors import PgconnError
from tests.conftest import MakeCluster
from tests.emit.made import PGBOUNCER, acting
from tests.emit.started import for_slots
from tests.emit.test_calculated import At

LIMITS: Final[dict[Kind, str]] = {
    "pgbouncer": r"^max_db_connections = (\d+)$",
    "pgagroal": r"^max_connections = (\d+)$",
    "pgpool": r"^num_init_children = (\d+)$",
    "odyssey": r"^ *pool_size (\d+)$",
}


def running(usable_now: int, **pgbouncer: int) -> Sizing:
    """A plan for 71 slots, and a server that has fewer now."""
    made = for_slots(71)
    return msgspec.structs.replace(
        made,
        slots=made.slots | {"usable_now": usable_now},
        current={"max_connections": usable_now + 3},
        pgbouncer=PGBOUNCER | {"default_pool_size": 50, "reserve_pool_size": 13, "max_db_connections": 71} | pgbouncer,
    )


def numbers(text: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^ *(\w+) (?:= )?(\d+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("kind", LIMITS)
def test_the_bound_is_what_the_running_server_can_hold(make_cluster: MakeCluster, pgconn_at: At, kind: Kind) -> None:
    """3 of 10 are for superusers, 2 more reserved from 16 on: the rest is usable until the raise."""
    server: Target = make_cluster({"max_connections": "10"})
    now = 10 - 3 - (2 if server.major >= 16 else 0)
    options = ("size", "--live", "--ram", "8G", "--app", "web=4x5")
    ran = pgconn_at(server)(*options, "--emit", kind)
    assert ran.returncode == 0, ran.stderr
    found = [int(number) for number in re.findall(LIMITS[kind], ran.stdout, re.MULTILINE)]
    assert found
    assert max(found) <= now
    said = " ".join(re.sub(r"^[#;]", "", ran.stdout, flags=re.MULTILINE).split())
    assert f"The running server has max_connections 10, of which ordinary roles can use {now}:" in said
    assert "max_connections 100 was planned: raise it first, and then make this file again." in said
    page = pgconn_at(server)(*options, "--pooler", "pgbouncer")
    assert f"the server has 10, {now} of them usable: raise it first" in " ".join(page.stdout.split())


@pytest.mark.offline
@pytest.mark.parametrize("usable_now", [1, 4, 7, 20, 70])
@pytest.mark.parametrize("kind", LIMITS)
def test_no_number_is_above_the_slots_of_the_running_server(kind: Kind, usable_now: int) -> None:
    try:
        text = emit(kind, running(usable_now), Options())[0].text
    except PgconnError as error:
        assert usable_now == 1
        assert "raise max_connections first" in str(error.hint)
        return
    found = numbers("\n".join(acting(text)))
    opened = {
        "pgbouncer": min(
            found.get("default_pool_size", 0) + found.get("reserve_pool_size", 0), found.get("max_db_connections", 0)
        ),
        "pgagroal": found.get("max_connections", 0),
        "pgpool": found.get("num_init_children", 0) * found.get("max_pool", 0),
        "odyssey": found.get("pool_size", 0) + 1,
    }[kind]
    assert 1 <= opened <= usable_now
    assert f"max_connections {usable_now + 3}" in text


@pytest.mark.offline
@pytest.mark.parametrize("kind", LIMITS)
def test_a_server_that_has_all_the_planned_slots_changes_nothing(kind: Kind) -> None:
    def text(made: Sizing) -> str:
        return emit(kind, made, Options())[0].text

    made = running(97)
    plain: dict[str, Any] = {"slots": {"for_pools": 71}, "current": {}}
    assert text(made) == text(msgspec.structs.replace(made, **plain))


@pytest.mark.offline
def test_pools_that_do_not_fit_into_the_running_server_make_no_file() -> None:
    pooler = Pooler(databases=("a", "b", "c"), users=("x", "y"))
    wanted: dict[Kind, int] = {"pgbouncer": 6, "odyssey": 7}
    for kind, needed in wanted.items():
        with pytest.raises(PgconnError, match=f"{needed} connections are the fewest, and 5 slots") as refused:
            emit(kind, running(5), Options(pooler=pooler))
        assert refused.value.exit_code == 1
