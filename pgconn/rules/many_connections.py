"""max_connections is so large that the sessions would slow each other.

Each session that works takes its turn on the same cores, locks and memory; beyond a few for each core more of them do
less work in all. A pooler serves thousands of clients with tens of connections.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import above, unwise


@rule(needs=("settings",), thresholds=("many_connections",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when max_connections is above the threshold."""
    too_many = above(policy.many_connections)
    reason = "so many sessions slow each other; a pooler needs far fewer"
    yield from unwise("many_connections", observation, ("max_connections", too_many, "info", reason))
