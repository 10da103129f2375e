"""A timeout of the server is missing where it protects the slots, or set where it ends sessions that are well.

idle_in_transaction_session_timeout ends forgotten transactions, and is worth having on every server; a very short one
ends healthy applications. idle_session_timeout ends the idle sessions of pools, which fail at their next query.
statement_timeout and transaction_timeout for all roles end backups, migrations and CREATE INDEX too: set them for the
roles of applications. Until authentication_timeout is over, a client that does not finish logging in holds a slot.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import above, below, one_of, unwise


@rule(needs=("settings",), thresholds=("login_seconds", "short_transaction_seconds"))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of these timeouts with a value that is unwise for all roles."""
    idle_in_transaction, shortest = "idle_in_transaction_session_timeout", 1000 * policy.short_transaction_seconds
    yield from unwise(
        "unwise_timeouts",
        observation,
        (idle_in_transaction, one_of("0"), "warning", "a forgotten transaction keeps the slot and the locks for ever"),
        (
            idle_in_transaction,
            below(shortest),
            "warning",
            "so short a time ends healthy transactions of slow applications",
        ),
        (
            "idle_session_timeout",
            above(0),
            "warning",
            "pools keep sessions idle on purpose: it ends them, and the next query fails",
        ),
        (
            "authentication_timeout",
            above(policy.login_seconds),
            "info",
            "clients that do not finish logging in hold slots for so long",
        ),
        (
            "transaction_timeout",
            above(0),
            "info",
            "for all roles: it ends backups and migrations that take longer, too",
        ),
        (
            "statement_timeout",
            above(0),
            "info",
            "for all roles: it ends pg_dump and CREATE INDEX too; set it for a role instead",
        ),
    )
