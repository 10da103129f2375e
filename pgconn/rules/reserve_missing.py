"""No slot is kept for the roles that must connect when the server is full.

With superuser_reserved_connections at 0 applications can take the last slot, and then no superuser gets in either. With
reserved_connections at 0 (PostgreSQL 16 and later) no slot is kept for members of pg_use_reserved_connections, such as
monitoring, so that only superusers have one. Both are read at the start of the server.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import below, unwise


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of the two reserves that is 0."""
    yield from unwise(
        "reserve_missing",
        observation,
        ("superuser_reserved_connections", below(1), "critical", "applications can take the last slot"),
        ("reserved_connections", below(1), "info", "no role but a superuser has a slot kept for it"),
    )
