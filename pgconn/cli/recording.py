"""The loop of `pgconn record`: one connection, kept; when the server goes away, tried again at the next turn."""

import gc
import time
from pathlib import Path

from pgconn.cli.talk import say
from pgconn.errors import NoSlot, PgconnError, Unavailable
from pgconn.model.snapshot import Snapshot
from pgconn.model.target import Target
from pgconn.observe.recording import Recorder
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.server.ladder import Ladder, enter
from pgconn.text.quantities import show_count


class _Watcher:
    """Takes snapshots over one connection, which it opens anew after it was lost."""

    def __init__(self, target: Target, ladder: Ladder, *, with_queries: bool) -> None:
        self._target, self._ladder, self._with_queries = target, ladder, with_queries
        self._server: Server | None = None

    def look(self) -> Snapshot:
        """One snapshot; raises PgconnError when the server cannot be asked."""
        try:
            self._server = self._server or enter(self._target, self._ladder, say)
            return take(self._server, with_queries=self._with_queries, with_blockers=True, with_locks=True)
        except PgconnError as error:
            self.close()
            raise error from None

    def close(self) -> None:
        """Give the slot back."""
        if self._server is not None:
            self._server.close()
        self._server = None


def keep_recording(
    target: Target, ladder: Ladder, path: Path, *, pause: float, times: int | None, with_queries: bool
) -> None:
    """Append `times` snapshots to the file, or snapshots without end; a first look that fails ends it."""
    gc.enable()
    watcher = _Watcher(target, ladder, with_queries=with_queries)
    try:
        first = watcher.look()
        with Recorder(path) as recorder:
            try:
                recorder.write(first)
                _go_on(watcher, recorder, pause=pause, times=times)
            finally:
                say(f"{show_count(recorder.written, 'snapshot')} written to {path}")
    finally:
        watcher.close()


def _go_on(watcher: _Watcher, recorder: Recorder, *, pause: float, times: int | None) -> None:
    """Look again after each pause, less the time that the look before took."""
    due = time.monotonic()
    while times is None or recorder.written < times:
        due = max(due + pause, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        _record_one(watcher, recorder)


def _record_one(watcher: _Watcher, recorder: Recorder) -> None:
    try:
        recorder.write(watcher.look())
    except (NoSlot, Unavailable) as error:
        say(f"no snapshot this time: {error.message}")
