"""The server has no place for a walsender.

max_wal_senders at 0 means: no standby, no pg_basebackup, no logical replication; and a role with REPLICATION cannot get
into a full server through a walsender slot, which max_connections does not count.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import below, unwise


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when max_wal_senders is 0."""
    reason = "no replication, no pg_basebackup, and no way into a full server beside its slots"
    yield from unwise("walsenders_off", observation, ("max_wal_senders", below(1), "warning", reason))
