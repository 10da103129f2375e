"""Attempts to connect without pause, several at once, until one is let in: a freed slot is gone in milliseconds."""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from pgconn.server import Server
from pgconn.server.refused import Refused

_ATTEMPTS: Final = 2  # at once
_PAUSE: Final = 0.002  # seconds between two attempts of one thread; a refusal costs the server a process
_CERTAIN: Final = 4  # refusals that mean full; one alone may be owed to another of us, who is just being turned away
_HOPELESS: Final = frozenset(
    ("login", "no_such_database", "role", "database", "starting_up", "shutting_down", "recovery")
)
"""Refusals that no slot of another session would cure; the rest may pass, as a full queue of the socket does."""


class ConnectRace:
    """Threads that try to connect for as long as the block lasts; the first that is let in ends it."""

    def __init__(self, connect: Callable[[], Server]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server: Server | None = None
        self._error: BaseException | None = None
        self._refused: deque[float] = deque(maxlen=_CERTAIN)
        self._threads = [threading.Thread(target=self._try, daemon=True) for _ in range(_ATTEMPTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if error is not None and self._server is not None:
            self._server.close()

    @property
    def decided(self) -> bool:
        """Whether there is no more to wait for: one attempt is in, or something else than a lack of slots came up."""
        return self._over.is_set()

    def in_vain_since(self, moment: float) -> bool:
        """Whether several attempts that began after this moment of the monotonic clock found no slot."""
        with self._lock:
            return sum(began >= moment for began in self._refused) == _CERTAIN

    def result(self) -> Server | None:
        """The session, or None where no attempt was let in; raises what else came up."""
        self._stop()
        if self._server is None and self._error is not None:
            raise self._error
        return self._server

    def _stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _try(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                server = self._connect()
            except Refused as refused:
                if refused.refusal.limit in _HOPELESS:
                    self._end(refused)
                elif refused.refusal.wants_slot:
                    with self._lock:
                        self._refused.append(began)
                self._over.wait(_PAUSE)
            except BaseException as error:
                self._end(error)
            else:
                self._enter(server)

    def _enter(self, server: Server) -> None:
        with self._lock:
            if self._server is None:
                self._server = server
                self._over.set()
                return
        server.close()

    def _end(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        self._over.set()
