"""How many connections applications open, in steady state and while a deploy rolls."""

from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.sizing.demand import DEPLOYS, Service, Surge, needed_connections, shares

pytestmark = pytest.mark.offline

SLOW: Final = Surge(deploy="slow")
FAST: Final = Surge(deploy="fast")


@pytest.mark.parametrize(
    ("surge", "instances", "peak"),
    [
        (SLOW, 10, 20),
        (Surge(deploy="blue-green"), 10, 20),
        (FAST, 10, 13),
        (FAST, 1, 2),
        (FAST, 5, 7),
        (Surge(deploy="recreate"), 10, 10),
        (Surge(more=1), 10, 11),
        (Surge(), 10, 10),
    ],
    ids=str,
)
def test_a_deploy_adds_instances(surge: Surge, instances: int, peak: int) -> None:
    assert surge.instances(instances) == peak


def service(instances: int, pool: int, workers: int = 1, surge: Surge | None = None) -> Service:
    return Service(app="app", instances=instances, workers=workers, pool=pool, surge=surge)


@pytest.mark.parametrize(
    ("services", "surge", "steady", "peak"),
    [
        ([service(10, 20)] * 3, SLOW, 600, 1200),
        ([service(10, 20)] * 3, FAST, 600, 780),
        ([service(10, 20)] * 3, Surge(more=1), 600, 660),
        ([service(6, 5 + 10, workers=4)], SLOW, 360, 720),
        ([service(8, 5, workers=3), service(4, 10, surge=Surge(deploy="recreate"))], SLOW, 160, 280),
        ([service(5, 10, workers=2)], FAST, 100, 140),
        ([service(1, 10)], FAST, 10, 20),
    ],
    ids=["600", "fast drain", "one more", "pool and overflow", "web and jobs", "two pools each", "a single one"],
)
def test_the_footprint_of_services(services: list[Service], surge: Surge, steady: int, peak: int) -> None:
    assert sum(one.steady(one.pool or 0) for one in services) == steady
    assert sum(one.peak(one.pool or 0, surge) for one in services) == peak


@pytest.mark.parametrize(
    ("peak", "reserved", "needed"),
    [(78, 3, 110), (120, 3, 160), (130, 3, 170), (1200, 3, 1510), (1200, 5, 1510), (0, 5, 10)],
)
def test_the_connections_that_are_needed_leave_room_below_the_alert(peak: int, reserved: int, needed: int) -> None:
    assert needed_connections(peak, reserved, 0.8, 10) == needed


@given(st.integers(0, 10_000), st.integers(0, 20))
def test_what_is_needed_is_enough(peak: int, reserved: int) -> None:
    needed = needed_connections(peak, reserved, 0.8, 10)
    assert int(0.8 * (needed - reserved) + 1e-9) >= peak
    assert needed % 10 == 0


@given(st.integers(0, 100_000), st.lists(st.integers(1, 1000), min_size=1, max_size=9))
def test_shares_leave_nothing_over(whole: int, weights: list[int]) -> None:
    parts = shares(whole, weights)
    assert sum(parts) == whole
    assert all(part >= 0 for part in parts)


def test_every_way_to_deploy_is_explained() -> None:
    assert set(DEPLOYS) == {"slow", "fast", "blue-green", "recreate"}
