"""SIGINT, SIGTERM and SIGHUP: remembered between two steps, or raised to end a wait."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Final, Self

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """While it is entered, a signal ends nothing and is remembered, so that what was done is always known."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._remember) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt in the block as Ctrl-C does.

    After the first one all three are ignored until the block has ended, so that nothing interrupts the clearing up.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for every in _SIGNALS:
            signal.signal(every, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
