"""The version of the server gets no more fixes.

The PostgreSQL project maintains a major version for five years. After its last release its security holes stay open,
and what is written about newer versions holds for it less and less. Where the next version has other defaults, such as
max_locks_per_transaction in 19, pgconn settings says so after the upgrade.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.data.versions import newest, version
from pgconn.model.finding import Finding, Remedy
from pgconn.observe import Observation
from pgconn.rules.engine import rule


@rule()
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when the server's own date is after the last release of its version."""
    instance = observation.now.instance
    ends = version(instance.major).ends
    if ends is None or instance.taken_at.date() <= ends:
        return
    yield Finding(
        rule="end_of_life",
        severity="info",
        subject="version",
        message=f"PostgreSQL {instance.major} reached its end of life on {ends}: no more fixes, not even of security",
        evidence={"major": instance.major, "ended": str(ends)},
        remedies=(Remedy(action=f"upgrade; the newest version that pgconn knows is {newest()}"),),
    )
