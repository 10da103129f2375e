"""The role may not see the sessions of others.

Without pg_read_all_stats PostgreSQL hides the state, the client, the start and, before 17, even the kind of other
roles' sessions. What pgconn then counts is the most that can be in use, and what it calls free is the least.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding, Remedy
from pgconn.model.instance import Role
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.text.quantities import show_count
from pgconn.text.quoting import sql_identifier


@rule()
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when rows were hidden from us, with the GRANT that shows them."""
    snapshot = observation.now
    hidden = snapshot.hidden_sessions
    if not hidden:
        return
    verb = "is" if hidden == 1 else "are"
    name = snapshot.role.acts_as or snapshot.role.name
    role = sql_identifier(name)
    bound = "" if snapshot.slots.exact else ", and the numbers of slots are bounds"
    yield Finding(
        rule="sessions_hidden",
        severity="info",
        subject=name,
        message=f"{show_count(hidden, 'session')} of other roles {verb} hidden from {role}{bound}",
        evidence={"hidden_sessions": hidden},
        remedies=(
            Remedy(
                action="let this role see all sessions",
                sql=_grant(role, snapshot.role),
                effect="it may read statistics and settings, and change nothing",
            ),
        ),
    )


def _grant(name: str, role: Role) -> str:
    """What shows the role all sessions, also where it is a member already and does not inherit."""
    if role.inherits:
        return f"GRANT pg_monitor TO {name};"
    if role.inherits_by_grant:
        return f"GRANT pg_monitor TO {name} WITH INHERIT TRUE;"
    return f"ALTER ROLE {name} INHERIT; GRANT pg_monitor TO {name};"
