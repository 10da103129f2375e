"""Many clients hold a slot and have not finished logging in.

A backend takes its slot before it authenticates, the superusers' reserve included, and keeps it until the client
answers or authentication_timeout (60 s) ends it. A crowd of them is a connection storm, a slow authentication service
(LDAP, RADIUS, PAM), clients that die between TLS and password, or a port scanner.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding, Remedy
from pgconn.observe import Observation
from pgconn.rules.engine import rule


@rule(thresholds=("authenticating_share", "authenticating_sessions"))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when the sessions that authenticate are a large share of the used slots."""
    slots = observation.now.slots
    if slots.authenticating < max(policy.authenticating_sessions, policy.authenticating_share * slots.used):
        return
    yield Finding(
        rule="authenticating",
        severity="warning",
        subject="authenticating",
        message=f"{slots.authenticating} of {slots.used} used slots are held by clients that are still logging in",
        evidence={"authenticating": slots.authenticating, "used": slots.used},
        remedies=(
            Remedy(
                action="see where they come from",
                command="pgconn sessions --state starting",
                effect="before PostgreSQL 18 their addresses are in the server's log alone",
            ),
        ),
    )
