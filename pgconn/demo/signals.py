"""The signals that ask a program to leave."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

_LEAVE: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt in the block as Ctrl-C does.

    After the first one all three are ignored until the block has ended, so that nothing interrupts the clearing up.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for every in _LEAVE:
            signal.signal(every, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _LEAVE}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
