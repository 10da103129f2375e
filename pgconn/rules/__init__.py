"""The rules: one module each, `judge(snapshot, policy)` a pure function, its docstring its page.

The name of a rule is the name of its module.
"""

from collections.abc import Callable, Iterator
from typing import Final

from pgconn.config.policy import Policy
from pgconn.model.finding import SEVERITIES, Finding
from pgconn.model.snapshot import Snapshot
from pgconn.rules import (
    authenticating,
    idle_in_transaction,
    idle_sessions,
    limit_close,
    sessions_hidden,
    slots_used_up,
    superusers_in_slots,
)

Rule = Callable[[Snapshot, Policy], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    slots_used_up.judge,
    limit_close.judge,
    idle_in_transaction.judge,
    idle_sessions.judge,
    superusers_in_slots.judge,
    authenticating.judge,
    sessions_hidden.judge,
)


def judge(snapshot: Snapshot, policy: Policy) -> tuple[Finding, ...]:
    """Everything that the rules find, the most severe first."""
    findings = [finding for rule in RULES for finding in rule(snapshot, policy)]
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
