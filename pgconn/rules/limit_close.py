"""A CONNECTION LIMIT of a role or a database, or the pool of walsenders, is nearly used up.

These limits refuse with 53300 as well ("too many connections for role", "too many connections for database", "number
of requested standby connections exceeds max_wal_senders") while the server still has slots. Raising max_connections
does not help against them. Superusers are exempt from the limits of roles and databases, but count towards the
database's.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.criteria import exactly
from pgconn.model.finding import Finding, Remedy, Severity
from pgconn.model.slots import Limit
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.text.quoting import shell_command, sql_identifier


@rule(needs=("sessions",), thresholds=("limit_close",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each limit above the threshold."""
    snapshot = observation.now
    for limit in snapshot.limits:
        if limit.used_ratio > policy.limit_close:
            yield _of_limit(limit, exact=snapshot.slots.exact)
    walsenders = snapshot.walsenders
    if walsenders.used_ratio > policy.limit_close:
        yield Finding(
            rule="limit_close",
            severity=_severity(walsenders.max - walsenders.used),
            subject="walsenders",
            message=f"{walsenders.used} of {walsenders.max} walsenders (max_wal_senders) are used",
            evidence={"used": walsenders.used, "limit": walsenders.max},
            remedies=(Remedy(action="see the walsenders", command="pgconn sessions --type walsender"),),
        )


def _of_limit(limit: Limit, *, exact: bool) -> Finding:
    used = f"{'' if exact else 'at most '}{limit.used} of {limit.limit}"
    option = "user" if limit.scope == "role" else "database"
    see = Remedy(
        action=f"see the sessions of this {limit.scope}",
        command=shell_command("pgconn", "sessions", f"--{option}={exactly(limit.name)}"),
    )
    lift = Remedy(
        action=f"let this {limit.scope} in again",
        sql=f"ALTER {limit.scope.upper()} {sql_identifier(limit.name)} CONNECTION LIMIT -1;",
        safety="unsafe",
        effect="without a limit; it may have been closed on purpose",
    )
    return Finding(
        rule="limit_close",
        severity=_severity(limit.free) if limit.limit and exact else "warning",
        subject=f"{limit.scope} {limit.name}",
        message=f"{used} connections that the {limit.scope} {limit.name!r} may have are used"
        if limit.limit
        else f"the {limit.scope} {limit.name!r} may have no connection: its CONNECTION LIMIT is 0",
        evidence={"used": limit.used, "limit": limit.limit},
        remedies=(see,) if limit.used else (lift,),
    )


def _severity(free: int) -> Severity:
    return "critical" if free <= 0 else "warning"
