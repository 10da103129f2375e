"""Turns come at a steady pace, and stop at once when they are to."""

import signal
import threading
import time
from itertools import islice
from types import FrameType

import pytest

from pgconn.observe.turns import Turns

pytestmark = pytest.mark.offline


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.looked_at: list[float] = []

    def __call__(self) -> float:
        self.looked_at.append(self.now)
        return self.now


def test_the_first_turn_is_at_once_and_none_comes_before_its_pause() -> None:
    began = time.monotonic()
    times = [time.monotonic() - began for _ in islice(Turns(0.05), 4)]
    assert all(at >= 0.05 * number for number, at in enumerate(times))


def test_the_time_that_a_turn_took_is_part_of_the_pause() -> None:
    clock = Clock()
    turns = iter(Turns(10.0, clock))
    next(turns)
    clock.now += 10.0
    next(turns)
    assert clock.now == 110.0


def test_a_turn_that_took_too_long_is_followed_at_once_and_what_is_late_is_not_caught_up() -> None:
    clock = Clock()
    turns = iter(Turns(0.05, clock))
    next(turns)
    clock.now += 60.0
    next(turns)
    clock.looked_at.clear()
    threading.Timer(0.2, lambda: setattr(clock, "now", clock.now + 0.05)).start()
    next(turns)
    assert clock.now == 160.05
    assert len(clock.looked_at) > 2


@pytest.mark.parametrize("by", ["another thread", "a turn", "before it began"])
def test_what_is_stopped_begins_no_further_turn(by: str) -> None:
    turns, began = Turns(60.0), time.monotonic()
    if by == "before it began":
        turns.stop()
    count = 0
    for _ in turns:
        count += 1
        if by == "another thread":
            threading.Timer(0.05, turns.stop).start()
        else:
            turns.stop()
    assert count == (0 if by == "before it began" else 1)
    assert time.monotonic() - began < 30


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
def test_the_handler_of_a_signal_may_stop_it() -> None:
    turns = Turns(60.0)

    def stop(_number: int, _frame: FrameType | None) -> None:
        turns.stop()

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        assert len(list(turns)) == 1
    finally:
        signal.signal(signal.SIGALRM, before)
