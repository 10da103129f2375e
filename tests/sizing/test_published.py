"""Examples that other tools and guides publish, worked out by the functions of the calculator."""

import math
from typing import Final

import pytest

from pgconn.data.provider import lookup
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.decision import worth_having
from pgconn.sizing.demand import NONE, Service
from pgconn.sizing.pooler import server_connections
from pgconn.sizing.pools import split
from pgconn.sizing.queue import connections_for, wait
from pgconn.sizing.request import Request, resolve
from pgconn.sizing.slots import Slots

pytestmark = pytest.mark.offline

GB: Final = 2**30
ANY_WAIT: Final = math.inf


@pytest.mark.parametrize(
    ("rate", "hold", "utilisation", "connections"),
    [
        (750 * 1.2, 0.045, 0.8, 51),
        (420 * 1.1, 0.09, 0.7, 60),
        (220 * 3 * 1.15, 0.045, 1.0, 35),
        (120 * 1.8 * 1.25, 0.08, 1.0, 22),
    ],
    ids=["published 51", "published 60", "published 45, its own formula gives 35", "published 26, which gives 22"],
)
def test_the_sizes_of_calculators_for_pools_are_those_of_a_queue_whose_wait_is_not_looked_at(
    rate: float, hold: float, utilisation: float, connections: int
) -> None:
    assert connections_for(rate, hold, ANY_WAIT, utilisation) == connections


def test_a_pool_of_such_a_size_makes_clients_wait() -> None:
    looked_at = connections_for(1000, 0.05, 0.01, 1.0)
    assert looked_at > connections_for(1000, 0.05, ANY_WAIT, 1.0)
    waits = wait(1000, 0.05, looked_at).p99_wait
    assert waits is not None
    assert waits <= 0.01


@pytest.mark.parametrize(("cores", "storage", "active"), [(4, "hdd", 9), (4, "ssd", 8), (16, "hdd", 33)])
def test_the_rule_of_the_wiki_is_two_for_each_core_and_one_for_the_disk(cores: int, storage: str, active: int) -> None:
    given = Request(ram=8 * GB, cores=cores, storage="hdd" if storage == "hdd" else "ssd")
    assert worth_having(resolve(given, Request(), Assumptions()))[0] == active


def test_nine_connections_for_three_instances_are_three_each() -> None:
    assert split(9, [Service(app="web", instances=3)], NONE) == [3]


@pytest.mark.parametrize(
    ("at_work", "busy", "workers", "connections"), [(max(16, 32), 0.25, 1, 128), (8, 0.1, 1, 80), (8, 0.5, 2, 8)]
)
def test_the_busy_ratio_says_how_many_sessions_keep_the_machine_at_work(
    at_work: int, busy: float, workers: int, connections: int
) -> None:
    assert server_connections(at_work, busy * workers) == connections


def test_what_is_used_of_what_there_is_leaves_the_rest() -> None:
    assert Slots(connections=100, superuser_reserved=38).usable == 62


def test_the_formula_of_rds_by_the_memory_of_the_class() -> None:
    assert lookup("RDS", ram=4_294_967_296).max_connections == 450
