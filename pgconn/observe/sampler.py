"""Observes a server again and again over one connection, which is opened anew by the ladder after it was lost."""

from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from pgconn.errors import NoSlot, PgconnError, Unavailable
from pgconn.model.instance import Target
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation, ObservationListener
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.server.ladder import Ladder, enter


class Sampler:
    """Holds a connection for as long as it lasts; an observation has the newest `keep` snapshots."""

    def __init__(
        self,
        target: Target,
        ladder: Ladder,
        listener: ObservationListener,
        *,
        with_queries: bool = False,
        keep: int = 1,
    ) -> None:
        self._target, self._ladder, self._listener = target, ladder, listener
        self._with_queries = with_queries
        self._snapshots: deque[Snapshot] = deque(maxlen=keep)
        self._server: Server | None = None

    def sample(self) -> Observation:
        """Observe the server once; raises PgconnError when it cannot be asked, and closes the connection then."""
        try:
            self._server = self._server or enter(self._target, self._ladder, self._listener.info)
            snapshot = take(self._server, with_queries=self._with_queries, with_blockers=True, with_locks=True)
        except PgconnError:
            self.close()
            raise
        self._snapshots.append(snapshot)
        return Observation(snapshots=tuple(self._snapshots))

    def run(self, turns: Iterable[None], *, times: int | None = None) -> None:
        """Observe the server once a turn, until the turns are over or `times` observations were made."""
        made = 0
        for _ in turns:
            try:
                observation = self.sample()
            except (NoSlot, Unavailable) as error:
                self._listener.on_missed(error)
                continue
            self._listener.on_observation(observation)
            made += 1
            if made == times:
                return

    def close(self) -> None:
        """Release the connection, so that its slot is free."""
        if self._server is not None:
            self._server.close()
        self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
