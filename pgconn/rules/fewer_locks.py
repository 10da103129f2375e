"""The table of locks holds fewer locks than the same setting did before PostgreSQL 19.

Until 18 the table could grow into shared memory that nothing else needed; from 19 on it has its size from the start:
max_locks_per_transaction for each place of the server, 41 % fewer locks than before at the same number. That is why 19
has 128 by default and not 64. Where a 64 was carried over in the configuration, a query over many partitions or a
pg_dump that fitted before fails with "out of shared memory".
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.data.versions import version
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import below, unwise


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when max_locks_per_transaction is below the default of a version whose table cannot grow."""
    known = version(observation.now.instance.major)
    if known.locks_held >= 1:
        return
    fewer = f"{1 - known.locks_held:.0%} fewer locks than the same number until 18, too few for many partitions"
    too_few = below(known.max_locks_per_transaction)
    yield from unwise("fewer_locks", observation, ("max_locks_per_transaction", too_few, "warning", fewer))
