"""What a rule says of a snapshot, and what can be done about it."""

from typing import Literal

import msgspec

from pgconn.model import Value

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")


class Remedy(Value, frozen=True, kw_only=True):
    """One way to mend what was found: a command to type, or SQL to run; `safe` harms no session."""

    action: str
    command: str | None = None
    sql: str | None = None
    safety: Literal["safe", "unsafe"] = "safe"
    effect: str = ""


class Finding(Value, frozen=True, kw_only=True):
    """What a rule found: the message states the fact, the remedies the cure."""

    rule: str
    severity: Severity
    subject: str
    message: str
    evidence: dict[str, int | float | str | None] = msgspec.field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()


class NotJudged(Value, frozen=True, kw_only=True):
    """A rule whose silence proves nothing, and why."""

    rule: str
    why: str
