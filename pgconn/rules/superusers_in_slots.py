"""Sessions of superusers sit in slots that ordinary roles could use.

superuser_reserved_connections is a threshold for coming in, not a place apart: a superuser's session takes any slot.
An application that logs in as superuser therefore eats the reserve that is meant to let you in, and when the server is
full no connection is accepted.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.breakdown import pivot
from pgconn.model.finding import Finding, Remedy
from pgconn.observe import Observation
from pgconn.rules.engine import rule


@rule(needs=("slots",), thresholds=("slots_warning",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when any superuser session holds a slot; a warning when they are more than the reserve."""
    snapshot = observation.now
    slots = snapshot.slots
    if not slots.superusers:
        return
    holders = [session for session in snapshot.holders if session.superuser]
    crowded = slots.used_ratio >= policy.slots_warning and slots.superusers >= max(1, slots.superuser_reserved)
    roles = ", ".join(str(row.values[0]) for row in pivot(holders, ("user",)).rows[:3])
    noun = "session of a superuser holds a slot" if slots.superusers == 1 else "sessions of superusers hold slots"
    yield Finding(
        rule="superusers_in_slots",
        severity="warning" if crowded else "info",
        subject="superusers",
        message=f"{slots.superusers} {noun} ({roles})",
        evidence={"sessions": slots.superusers, "superuser_reserved": slots.superuser_reserved},
        remedies=(
            Remedy(
                action="see which applications log in as superuser",
                command="pgconn sessions --superusers",
                effect="an application needs a role of its own, without SUPERUSER",
            ),
        ),
    )
