"""Which clients reconnect after sessions were ended: how many, and how fast."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from pgconn.actions.planning import Group, group
from pgconn.documents.termination import Termination
from pgconn.model.result import Listener
from pgconn.model.session import STARTING
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Refill

_PAUSE: Final = 0.5  # seconds between two looks


def watch(
    document: Termination, before: Snapshot, look: Callable[[], Snapshot], seconds: float, listener: Listener
) -> tuple[Refill, ...]:
    """Watch for new sessions in slots, for each application, user and client that lost some or that has some.

    `before` is what was there right before the first was signalled.
    """
    known = {(session.pid, session.backend_start) for session in before.sessions}
    came: dict[Group, list[float]] = defaultdict(list)
    deadline, latest = time.monotonic() + seconds, before
    while (left := deadline - time.monotonic()) > 0 and not listener.wants_stop:
        time.sleep(min(_PAUSE, left))
        latest = look()
        for session in latest.holders:
            if session.state == STARTING or session.backend_start is None:
                continue  # its user will be known once it is in
            if (session.pid, session.backend_start) not in known:
                known.add((session.pid, session.backend_start))
                came[group(session)].append((session.backend_start - before.taken_at).total_seconds())
    return _refills(document, came, max(0.001, (latest.taken_at - before.taken_at).total_seconds()))


def _refills(document: Termination, came: dict[Group, list[float]], watched: float) -> tuple[Refill, ...]:
    left = {outcome.pid for outcome in document.outcomes if outcome.result == "terminated"}
    ended: dict[Group, int] = defaultdict(int)
    for victim in document.victims:
        ended[group(victim)] += victim.pid in left
    refills = [
        Refill(
            application_name=group[0],
            user=group[1],
            client_addr=group[2],
            ended=ended.get(group, 0),
            came_back=len(times := sorted(came.get(group, []))),
            first_seconds=max(0.0, times[0]) if times else None,
            last_seconds=max(0.0, times[-1]) if times else None,
            per_second=round(len(times) / watched, 2),
        )
        for group in {**ended, **came}
        if ended.get(group) or group in came
    ]
    return tuple(sorted(refills, key=lambda refill: (-refill.came_back, -refill.ended)))
