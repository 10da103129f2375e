"""What comes back after sessions were ended: how many, of whom, and how fast."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from pgconn.model.session import STARTING, Session
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Outcome, Plan, Refill

_PAUSE: Final = 0.5  # seconds between two looks

Group = tuple[str | None, str | None, str | None]


def watch(
    plan: Plan,
    outcomes: tuple[Outcome, ...],
    before: Snapshot,
    look: Callable[[], Snapshot],
    seconds: float,
    wants_stop: Callable[[], bool],
) -> tuple[Refill, ...]:
    """Look for so long for new sessions in slots, for each application, user and client that lost some or has some.

    `before` is what was there right before the first was asked to leave.
    """
    known = {(session.pid, session.backend_start) for session in before.sessions}
    came: dict[Group, list[float]] = defaultdict(list)
    deadline, latest = time.monotonic() + seconds, before
    while (left := deadline - time.monotonic()) > 0 and not wants_stop():
        time.sleep(min(_PAUSE, left))
        latest = look()
        for session in latest.holders:
            if session.state == STARTING or session.backend_start is None:
                continue  # who it is will be known once it is in
            if (session.pid, session.backend_start) not in known:
                known.add((session.pid, session.backend_start))
                came[_group(session)].append((session.backend_start - before.taken_at).total_seconds())
    return _refills(plan, outcomes, came, max(0.001, (latest.taken_at - before.taken_at).total_seconds()))


def _refills(
    plan: Plan, outcomes: tuple[Outcome, ...], came: dict[Group, list[float]], watched: float
) -> tuple[Refill, ...]:
    left = {outcome.pid for outcome in outcomes if outcome.result == "terminated"}
    ended: dict[Group, int] = defaultdict(int)
    for victim in plan.victims:
        ended[victim.application_name, victim.user, victim.client_addr] += victim.pid in left
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


def _group(session: Session) -> Group:
    return session.application_name, session.user, session.client_addr
