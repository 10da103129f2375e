"""The server notices late that a client is gone, and keeps its slot until then.

A client whose machine or network is lost says no goodbye. TCP keepalives find that out, on Linux after two hours unless
the server asks for less. A client that went away while its query runs is noticed when the query ends, unless
client_connection_check_interval (PostgreSQL 14 and later) has the server look meanwhile.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import above, one_of, unwise

_SYSTEM = "a client whose machine is gone keeps its slot for two hours and more, unless the system says otherwise"


@rule(needs=("settings",), thresholds=("keepalive_seconds",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of the two settings that lets a dead client keep its slot for long."""
    long = "a client whose machine is gone keeps its slot for so long"
    yield from unwise(
        "dead_clients_kept",
        observation,
        ("tcp_keepalives_idle", one_of("0"), "warning", _SYSTEM),
        ("tcp_keepalives_idle", above(policy.keepalive_seconds), "warning", long),
        (
            "client_connection_check_interval",
            one_of("0"),
            "info",
            "a client that went away keeps its slot until its query ends",
        ),
    )
