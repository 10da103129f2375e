"""Erlang's formula, against textbooks and worked examples."""

import pytest
from hypothesis import given, strategies as st

from pgconn.sizing.queue import connections_for, erlang_c, wait

pytestmark = pytest.mark.offline


@pytest.mark.parametrize(
    ("rate", "hold", "connections", "p_wait", "mean", "p99"),
    [
        (2, 1.0, 3, 4 / 9, 0.444444, 3.79424),  # a textbook's
        (0.9, 1.0, 1, 0.9, 9.0, 44.9981),  # one server at 90 %: the mean wait is nine services
        (1000, 0.015, 20, 0.160429, 0.000481, 0.008326),
        (1000, 0.015, 22, 0.063306, 0.000136, 0.003954),
        (200, 0.015, 5, 0.236152, 0.001771, 0.023714),
        (750, 0.045, 51, 0.003669, 0.00001, 0.0),
        (500, 0.01, 7, 0.32415, 0.001621, 0.017393),
        (1000, 0.05, 63, 0.050673, 0.000195, 0.006242),
        (10, 0.1, 2, 0.333333, 0.033333, 0.350656),
    ],
)
def test_the_wait_is_erlangs(
    rate: float, hold: float, connections: int, p_wait: float, mean: float, p99: float
) -> None:
    found = wait(rate, hold, connections)
    assert found.offered == pytest.approx(rate * hold)
    assert found.utilisation == pytest.approx(rate * hold / connections)
    assert found.p_wait == pytest.approx(p_wait, rel=2e-2)
    assert found.mean_wait == pytest.approx(mean, rel=5e-2, abs=1e-6)
    assert found.p99_wait == pytest.approx(p99, rel=2e-2)


@pytest.mark.parametrize(
    ("hold", "connections", "milliseconds"), [(0.015, 16, 64), (0.015, 18, 18), (0.015, 22, 4), (0.05, 55, 36)]
)
def test_a_pool_that_is_nearly_as_large_as_the_load_has_long_waits(
    hold: float, connections: int, milliseconds: int
) -> None:
    assert wait(1000, hold, connections).p99_wait == pytest.approx(milliseconds / 1000, rel=0.03)


def test_a_pool_that_is_as_large_as_the_load_has_a_queue_without_end() -> None:
    found = wait(1000, 0.05, 50)
    assert (found.p_wait, found.mean_wait, found.p99_wait) == (1.0, None, None)


@pytest.mark.parametrize(
    ("rate", "hold", "target", "connections"),
    [
        (1000 / 30, 0.015, 0.005, 3),
        (1000, 0.015, 0.005, 22),
        (1000, 0.05, 0.01, 63),
        (10, 0.1, 0.05, 4),
        (5000, 0.002, 0.002, 14),
    ],
)
def test_a_pool_is_the_smallest_whose_waits_are_short(
    rate: float, hold: float, target: float, connections: int
) -> None:
    assert connections_for(rate, hold, target, 0.8) == connections


def test_thirty_pools_of_their_own_need_four_times_what_one_shared_pool_needs() -> None:
    assert 30 * connections_for(1000 / 30, 0.015, 0.005, 0.8) == 90
    assert connections_for(1000, 0.015, 0.005, 0.8) == 22


@given(st.integers(1, 200), st.floats(0.01, 300))
def test_the_chance_to_wait_is_a_chance_and_falls_with_each_connection(connections: int, offered: float) -> None:
    one, more = erlang_c(connections, offered), erlang_c(connections + 1, offered)
    assert 0 <= more <= one <= 1


@given(st.floats(0.1, 5000), st.floats(0.001, 0.5), st.floats(0.001, 0.1))
def test_no_pool_is_chosen_that_does_not_keep_its_promise(rate: float, hold: float, target: float) -> None:
    found = wait(rate, hold, connections_for(rate, hold, target, 0.8))
    assert found.utilisation <= 0.8 + 1e-6
    assert found.p99_wait is not None
    assert found.p99_wait <= target
