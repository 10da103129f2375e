"""What the rules about settings share: a value, why it is unwise for connections, and a better one."""

from collections.abc import Callable, Iterator

from pgconn.data.settings import known_settings
from pgconn.model.finding import Finding, Remedy, Severity
from pgconn.model.setting import in_words
from pgconn.observe import Observation
from pgconn.text.quoting import shell_command

Check = tuple[str, Callable[[str], bool], Severity, str]
"""A setting, whether a value of it is unwise, how grave that is, and why."""


def unwise(rule: str, observation: Observation, *checks: Check) -> Iterator[Finding]:
    """One finding for each setting that this version has, by the first of its checks that holds."""
    found: set[str] = set()
    for name, is_unwise, severity, reason in checks:
        setting = observation.setting(name)
        if setting is None or name in found or not is_unwise(setting.value or ""):
            continue
        found.add(name)
        value, better = in_words(setting, setting.value), known_settings()[name].wise
        yield Finding(
            rule=rule,
            severity=severity,
            subject=name,
            message=f"{name} is {value or 'empty'}: {reason}",
            evidence={"value": value, "reason": reason, "better": better},
            remedies=_remedies(name, better),
        )


def above(bound: float) -> Callable[[str], bool]:
    """Whether a value is more, in the unit of its setting."""
    return lambda value: as_number(value) > bound


def below(bound: float) -> Callable[[str], bool]:
    """Whether a value is less, in the unit of its setting."""
    return lambda value: as_number(value) < bound


def one_of(*values: str) -> Callable[[str], bool]:
    """Whether a value is one of these."""
    return lambda value: value in values


def as_number(value: str) -> float:
    """A value as a number; 0 for what is none."""
    try:
        return float(value)
    except ValueError:
        return 0.0


def _remedies(name: str, better: str | None) -> tuple[Remedy, ...]:
    if better is None:
        return ()
    command = shell_command("pgconn", "settings", "apply", f"{name}={better}")
    effect = "shows the change and asks; pgconn settings undo takes it back"
    return (Remedy(action=f"set {name} to {better}", command=command, safety="unsafe", effect=effect),)
