"""A signal that asks the program to end works once, and the clearing up is not interrupted."""

import os
import signal

import pytest

from pgconn.cli.progress import interruptible


@pytest.mark.offline
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_interrupts_the_block(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    cleared_up = False
    with pytest.raises(KeyboardInterrupt), interruptible():
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            cleared_up = True
    assert cleared_up
    assert signal.getsignal(number) == before
