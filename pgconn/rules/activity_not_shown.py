"""The server does not show what its sessions do.

Without track_activities pg_stat_activity has no state and no age, so that no tool can say which is idle. Without
update_process_title the titles of the processes say nothing either, which is all that can be seen of
a full server from outside.
"""

from collections.abc import Iterator

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.rules.unwise import one_of, unwise


@rule(needs=("settings",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of the two settings that is off."""
    off = one_of("off")
    yield from unwise(
        "activity_not_shown",
        observation,
        ("track_activities", off, "warning", "sessions show no state and no age: idle ones cannot be recognized"),
        ("update_process_title", off, "warning", "on a full server, pgconn rescue cannot recognize idle backends"),
    )
