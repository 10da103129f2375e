"""Much of what is used has been idle for long.

A pool keeps some connections warm, but a session that did nothing for ten minutes while others are refused is either
leaked (the application lost it and will never use it again) or one of a pool that is far too large.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.breakdown import pivot
from pgconn.model.finding import Finding, Remedy
from pgconn.model.session import IDLE
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.text.quantities import show_duration


@rule(needs=("sessions", "states"), thresholds=("idle_seconds", "idle_share"))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when old idle sessions are a large share of the used slots."""
    snapshot = observation.now
    old = [s for s in snapshot.holders if s.state == IDLE and (s.state_seconds or 0.0) >= policy.idle_seconds]
    slots = snapshot.slots
    if not old or len(old) < policy.idle_share * slots.used:
        return
    largest = pivot(old, ("application_name",)).rows[0]
    verb = "has" if len(old) == 1 else "have"
    age = show_duration(policy.idle_seconds)
    yield Finding(
        rule="idle_sessions",
        severity="warning",
        subject="idle",
        message=f"{len(old)} of {slots.used} used slots {verb} been idle for more than {age}",
        evidence={
            "idle": len(old),
            "used": slots.used,
            "largest_application": largest.values[0],
            "largest_sessions": largest.sessions,
        },
        remedies=(
            Remedy(
                action="see the sessions that have been idle longest",
                command=f"pgconn sessions --state idle --older {age.replace(' ', '')}",
                effect="lists them with the last query of each",
            ),
            Remedy(
                action="end them: the command shows them, and asks",
                command=f"pgconn kill-idle --older {age.replace(' ', '')}",
                safety="unsafe",
                effect="frees their slots; a client that still wants one opens a new connection",
            ),
        ),
    )
