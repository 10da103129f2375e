"""A setting has another value in the configuration files, and the server has not been restarted since.

What the next restart brings may surprise: it ends every session, and the values of the files hold from then on. Look at
them before, and decide when that restart is to be.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each setting that waits for a restart."""
    for setting in observation.settings or ():
        if setting.pending_restart:
            reason = "another value is configured and waits for a restart"
            yield Finding(
                rule="restart_pending",
                severity="warning",
                subject=setting.name,
                message=f"{setting.name}: {reason}",
                evidence={"value": setting.value, "reason": reason},
            )
