"""A connection of psycopg that waits for an answer no longer than it was given time, and ends when its backend does."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from pgconn.errors import Unanswered
from pgconn.server import timeouts

_QUIET: Final = 4.0  # seconds after which a silence is reported to somebody who waits
_GOODBYE: Final = 2.0  # seconds that our own backend may take to end; it needs a millisecond


class Connection(psycopg.Connection[Any]):
    """A connection that gives an answer up after a while, because a frozen server enforces no timeout of its own."""

    _seconds: float | None = None
    _on_silence: Callable[[], None] | None = None

    @contextlib.contextmanager
    def limited(self, seconds: float, on_silence: Callable[[], None] | None = None) -> Generator[None]:
        """Wait for so long at most within this block; `on_silence` is called when nothing came for a while."""
        self._seconds, self._on_silence = seconds, on_silence
        try:
            yield
        finally:
            self._seconds = self._on_silence = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        return super().wait(self._until(gen), *args, **options)

    def _until(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same steps; raises Unanswered when the socket is silent for too long."""
        began = time.monotonic()
        return _until(began + (self._seconds or timeouts.ANSWER_TIMEOUT), steps, began + _QUIET, self._on_silence)


def _until(
    deadline: float, steps: Generator[Any, Any, Any], quiet: float, on_silence: Callable[[], None] | None
) -> Generator[Any, Any, Any]:
    """The same steps; raises Unanswered when the socket is still silent at the deadline."""
    try:
        step = next(steps)
        while True:
            ready = yield step
            if not ready and on_silence and time.monotonic() > quiet:
                on_silence()
                on_silence = None
            if not ready and time.monotonic() > deadline:
                raise Unanswered(
                    f"the server accepted the connection and then sent nothing for {timeouts.ANSWER_TIMEOUT:g} s",
                    hint="is it stopped, swapping, or a pooler whose server is full or gone?",
                )
            step = steps.send(ready)
    except StopIteration as end:
        return end.value


def disconnect(connection: psycopg.Connection[Any]) -> None:
    """Close the connection and wait until its backend has gone, unless that one is still at work for us."""
    with contextlib.suppress(OSError, psycopg.Error):
        if connection.info.transaction_status != TransactionStatus.ACTIVE:
            line = socket.socket(fileno=os.dup(connection.fileno()))
            connection.close()
            until_closed(line, _GOODBYE)
    connection.close()


def until_closed(line: socket.socket, seconds: float) -> None:
    """Close our half and read until the other side has closed; TimeoutError when it is silent for so long."""
    with line:
        line.settimeout(seconds)
        with contextlib.suppress(OSError):  # it has gone already
            line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while line.recv(65536):
                pass
