"""The server's log does not show which clients connect, for how long, or which were refused.

After an incident the log is what remains. log_connections and log_disconnections show how often clients connect and
how long they stay; a log_line_prefix without user, database, host or application says that a client was refused, but
not which one. A log_min_messages of panic, in 19 also of the type backend alone, hides every refusal: they are FATAL.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import one_of, unwise

_WHO = ("%u", "%d", "%h", "%r", "%a")


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of these settings without which the log has no answer."""
    yield from unwise(
        "log_too_silent",
        observation,
        ("log_min_messages", _hides_refusals, "warning", "no refused connection is written to the log"),
        (
            "log_connections",
            one_of("", "off", "false", "no", "0"),
            "info",
            "the log does not show which clients connect, and how often",
        ),
        ("log_disconnections", one_of("off"), "info", "the log does not say how long sessions lived"),
        ("log_line_prefix", _names_no_client, "info", "the log does not show which clients were refused"),
    )


def _names_no_client(prefix: str) -> bool:
    return not any(code in prefix for code in _WHO)


def _hides_refusals(levels: str) -> bool:
    """Whether backends write nothing below PANIC; from 19 on it is a list of levels, for all or for one type each."""
    by_type = {
        kind.strip(): level.strip() for kind, _, level in (one.rpartition(":") for one in levels.lower().split(","))
    }
    return by_type.get("backend", by_type.get("")) == "panic"
