"""What `pgconn settings` says of a setting: what the rules found, in one line beside its value."""

from typing import Final

from pgconn.config.policy import DEFAULT, Policy
from pgconn.model.finding import Finding
from pgconn.model.setting import Advice
from pgconn.observe import Observation
from pgconn.rules import RULES, limit_close, reserve_missing, restart_pending, superusers_in_slots
from pgconn.rules.engine import run
from pgconn.text.quantities import show_count

_KEPT: Final = {
    "superuser_reserved_connections": "no place is kept: when the server is full, no superuser gets in either",
    "reserved_connections": "no place is kept for pg_use_reserved_connections, such as monitoring",
}


def advise(observation: Observation, policy: Policy = DEFAULT) -> dict[str, Advice]:
    """What there is to change about settings, by their names; that one waits for a restart comes before all else."""
    rules = [rule for rule in RULES if "settings" in rule.needs]
    found = run((*rules, superusers_in_slots.judge, limit_close.judge), observation, policy, bounds=True).findings
    by_setting: dict[str, Advice] = {}
    for finding in sorted(found, key=lambda one: one.rule != restart_pending.judge.name):
        name, advice = _advice(finding)
        if advice is not None:
            by_setting.setdefault(name, advice)
    return by_setting


def _advice(finding: Finding) -> tuple[str, Advice | None]:
    """The setting that a finding is about, and the advice; None where there is nothing to change."""
    seen = finding.evidence
    if finding.rule == superusers_in_slots.judge.name:
        return "superuser_reserved_connections", _superusers(
            int(seen["sessions"] or 0), int(seen["superuser_reserved"] or 0)
        )
    if finding.rule == limit_close.judge.name:
        return "max_wal_senders", _walsenders(finding)
    message = str(seen["reason"])
    if finding.rule == reserve_missing.judge.name:
        message = _KEPT[finding.subject]
    better = seen.get("better")
    return finding.subject, Advice(
        severity=finding.severity, message=message, better=None if better is None else str(better)
    )


def _superusers(sessions: int, kept: int) -> Advice | None:
    if sessions < kept:
        return None
    message = f"superusers hold {show_count(sessions, 'slot')}: an application that is one eats the reserve"
    return Advice(severity="warning", message=message)


def _walsenders(finding: Finding) -> Advice | None:
    if finding.subject != "walsenders" or finding.severity != "critical":
        return None
    message = f"all {finding.evidence['used']} are used: a standby that reconnects is refused, and that way in is shut"
    return Advice(severity="critical", message=message)
