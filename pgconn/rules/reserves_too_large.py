"""The configuration files reserve as many connections as there are, so that the server will not start again.

superuser_reserved_connections and reserved_connections together must be less than max_connections. ALTER SYSTEM stores
values that break this, and a server that runs goes on: the mistake shows at the next restart, which may be at night.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.model.slots import reserves_fit
from pgconn.observe import Observation
from pgconn.rules.engine import rule

_DEFAULTS = {"max_connections": 100, "superuser_reserved_connections": 3, "reserved_connections": 0}


@rule(needs=("files",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding when the reserves in the files are not less than max_connections there."""
    files = observation.files or ()
    values = _DEFAULTS | {one.name: int(one.setting) for one in files if one.setting.isdecimal()}
    most = values["max_connections"]
    reserves = values["superuser_reserved_connections"], values["reserved_connections"]
    if files and not reserves_fit(most, *reserves):
        yield Finding(
            rule="reserves_too_large",
            severity="critical",
            subject="max_connections",
            message=f"the configuration files reserve {sum(reserves)} of {most} connections:"
            " the server will not start again",
            evidence={"reserved": sum(reserves), "max_connections": most},
        )
