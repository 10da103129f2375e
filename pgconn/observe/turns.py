"""Turns at a steady pace until they are stopped: a small loop that knows nothing of what is done in a turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

_LONGEST: Final = 1.0  # seconds in one wait; on Windows an interrupt is heard only between two


class Turns:
    """One turn at once, then one `pause` seconds after the last began; a turn that is late is not caught up."""

    def __init__(self, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._over = False
        self._stops = SimpleQueue[None]()  # a signal's handler may put to it; an Event may deadlock there

    def stop(self) -> None:
        """End the wait, and begin no further turn; from any thread, or from the handler of a signal."""
        self._over = True
        self._stops.put(None)

    def __iter__(self) -> Iterator[None]:
        due = self._clock()
        while self._wait(due):
            yield
            due = max(due + self._pause, self._clock())

    def _wait(self, due: float) -> bool:
        """Wait for a turn; false when it was stopped before."""
        while not self._over and (left := due - self._clock()) > 0:
            with suppress(Empty):
                self._stops.get(timeout=min(left, _LONGEST))
        return not self._over
