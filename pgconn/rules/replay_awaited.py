"""Sessions wait until WAL has arrived, and keep their slots until then.

WAIT FOR LSN (PostgreSQL 19) has a session of a standby wait until the standby has replayed what its client wrote to the
primary. Such a session is active, holds its slot, and without a TIMEOUT of its own waits for as long as the replay is
behind. When the standby falls behind or its replay is paused, they fill it within seconds: the lag is the cause, and
ending the sessions helps until the next ones come.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding, Remedy
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.text.quantities import show_duration

_DONE: Final = {"WaitForWalReplay": "replayed", "WaitForWalWrite": "written", "WaitForWalFlush": "flushed"}
"""The wait events of WAIT FOR LSN, and what is to be done with the WAL until then."""
_LAG: Final = (
    "SELECT pg_catalog.pg_last_wal_receive_lsn() AS received, pg_catalog.pg_last_wal_replay_lsn() AS replayed, "
    "pg_catalog.pg_is_wal_replay_paused() AS paused, now() - pg_catalog.pg_last_xact_replay_timestamp() AS lag;"
)


@rule(needs=("sessions", "states"), thresholds=("wal_wait_share", "wal_wait_seconds"))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when the sessions that have waited for WAL for long are a large share of the used slots."""
    snapshot = observation.now
    least, patience = policy.wal_wait_share * snapshot.slots.used, policy.wal_wait_seconds
    waiting = [s for s in snapshot.holders if s.wait_event in _DONE and (s.query_seconds or 0.0) >= patience]
    if not waiting or len(waiting) < least:
        return
    longest = max(session.query_seconds or 0.0 for session in waiting)
    ((event, _),) = Counter(session.wait_event for session in waiting).most_common(1)
    standby = snapshot.instance.standby
    behind = "the replay of this standby is behind" if standby else "the WAL is behind"
    yield Finding(
        rule="replay_awaited",
        severity="warning",
        subject="WAIT FOR LSN",
        message=f"{len(waiting)} of {snapshot.slots.used} used slots are held by sessions that wait until WAL is "
        f"{_DONE[event or '']}, the longest for {show_duration(longest)}: {behind}",
        evidence={"waiting": len(waiting), "used": snapshot.slots.used, "longest_seconds": round(longest, 1)},
        remedies=(
            *(
                (Remedy(action="see how far the replay is behind, or whether it is paused", sql=_LAG),)
                if standby
                else ()
            ),
            Remedy(
                action="bound the wait in the application",
                effect="WAIT FOR LSN … WITH (TIMEOUT '1s') ends by itself; so does statement_timeout",
            ),
        ),
    )
