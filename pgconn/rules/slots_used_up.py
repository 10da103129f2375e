"""The slots that an ordinary role may take are used up, or nearly.

An ordinary role is let in as long as fewer than max_connections - superuser_reserved_connections -
reserved_connections slots are taken; after that PostgreSQL answers 53300, "remaining connection slots are reserved",
and with the last slot gone "sorry, too many clients already", to superusers as well. Look first at the clients
that hold most of them; sessions that have been idle for long are rarely needed.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.breakdown import pivot
from pgconn.model.finding import Finding, Remedy
from pgconn.observe import Observation
from pgconn.rules.engine import rule


@rule(thresholds=("slots_warning", "slots_critical"))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when the share of used slots is above a threshold."""
    snapshot = observation.now
    slots = snapshot.slots
    if slots.used_ratio < policy.slots_warning:
        return
    largest = pivot(snapshot.holders, ("application_name", "user")).rows[:1]
    most, least = ("", "") if slots.exact else ("at most ", "at least ")
    none = slots.free.ordinary == 0 and slots.exact
    left = "no further connection" if none else f"{least}{slots.free.ordinary} more"
    yield Finding(
        rule="slots_used_up",
        severity="critical" if slots.used_ratio >= policy.slots_critical else "warning",
        subject="slots",
        message=f"{most}{slots.used} of {slots.usable} usable slots are used: an ordinary role can open {left}",
        evidence={
            "used": slots.used,
            "usable": slots.usable,
            "free_ordinary": slots.free.ordinary,
            "largest_application": largest[0].values[0] if largest else None,
            "largest_user": largest[0].values[1] if largest else None,
            "largest_sessions": largest[0].sessions if largest else 0,
        },
        remedies=(
            Remedy(
                action="see who holds the slots, by application, user and client together",
                command="pgconn status --by app,user,ip",
                effect="shows the largest holder first",
            ),
        ),
    )
