"""Whether the settings of a server are wise for its connections: a pure function a setting, each with its reason."""

from collections.abc import Callable, Mapping
from typing import Final

from pgconn.model.finding import Severity
from pgconn.model.setting import Advice, ServerSetting
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Value
from pgconn.text.quantities import show_count

_LONG_KEEPALIVE: Final = 600  # seconds; Linux's own is 7200
_LONG_LOGIN: Final = 30  # seconds; a login takes milliseconds, over a bad line a few seconds
_MANY: Final = 1000  # connections


class Seen(Value, frozen=True, kw_only=True):
    """All settings by name, and the server at one moment."""

    settings: Mapping[str, ServerSetting]
    snapshot: Snapshot

    def number(self, name: str) -> float:
        """A setting as a number in its unit; 0 where this version does not have it."""
        setting = self.settings.get(name)
        return _number(setting.value or "0") if setting is not None else 0.0


class Rule(Value, frozen=True, kw_only=True):
    """When a value is unwise, and what to say of it then."""

    when: Callable[[str], bool]
    advice: Advice


def advise(setting: ServerSetting, seen: Seen) -> Advice | None:
    """What is to be said of a setting; None where it is well as it is."""
    if setting.pending_restart:
        return Advice(severity="warning", message="another value is configured and waits for a restart")
    if setting.name == "superuser_reserved_connections":
        return _superuser_reserved(seen)
    if setting.name == "max_wal_senders":
        return _max_wal_senders(seen)
    rules = _RULES.get(setting.name, ())
    return next((rule.advice for rule in rules if rule.when(setting.value or "")), None)


def _superuser_reserved(seen: Seen) -> Advice | None:
    kept, superusers = seen.number("superuser_reserved_connections"), seen.snapshot.slots.superusers
    if kept < 1:
        message = "no place is kept: when the server is full, no superuser gets in either"
        return Advice(severity="critical", message=message, better="3")
    if superusers >= kept:
        message = f"superusers hold {show_count(superusers, 'slot')}: an application that is one eats the reserve"
        return Advice(severity="warning", message=message)
    return None


def _max_wal_senders(seen: Seen) -> Advice | None:
    most, used = seen.number("max_wal_senders"), seen.snapshot.walsenders.used
    if most < 1:
        message = "no replication, no pg_basebackup, and no way into a full server beside its slots"
        return Advice(severity="warning", message=message, better="10")
    if used >= most:
        message = f"all {used} are used: a standby that reconnects is refused, and that way in is shut"
        return Advice(severity="critical", message=message)
    return None


def _when(when: Callable[[str], bool], severity: Severity, message: str, better: str | None = None) -> Rule:
    return Rule(when=when, advice=Advice(severity=severity, message=message, better=better))


def _above(bound: float) -> Callable[[str], bool]:
    return lambda value: _number(value) > bound


def _below(bound: float) -> Callable[[str], bool]:
    return lambda value: _number(value) < bound


def _is(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def _names_nobody(prefix: str) -> bool:
    return not any(code in prefix for code in ("%u", "%d", "%h", "%r", "%a"))


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


_KEEPALIVE: Final = (
    "a client whose machine is gone keeps its slot for two hours and more, unless the system says otherwise"
)
_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "max_connections": (_when(_above(_MANY), "info", "so many sessions slow each other; a pooler needs far fewer"),),
    "reserved_connections": (
        _when(_below(1), "info", "no place is kept for pg_use_reserved_connections, such as monitoring", "3"),
    ),
    "authentication_timeout": (
        _when(_above(_LONG_LOGIN), "info", "clients that do not finish logging in hold slots for so long", "15s"),
    ),
    "idle_in_transaction_session_timeout": (
        _when(_is("0"), "warning", "who forgets a transaction keeps the slot and the locks for ever", "5min"),
        _when(_below(10_000), "warning", "so short a time ends healthy transactions of slow applications", "5min"),
    ),
    "idle_session_timeout": (
        _when(_above(0), "warning", "pools keep sessions idle on purpose: it ends them, and the next query fails", "0"),
    ),
    "transaction_timeout": (
        _when(_above(0), "info", "for all roles: it ends backups and migrations that take longer, too"),
    ),
    "statement_timeout": (
        _when(_above(0), "info", "for all roles: it ends pg_dump and CREATE INDEX too; set it for a role instead"),
    ),
    "client_connection_check_interval": (
        _when(_is("0"), "info", "a client that went away keeps its slot until its query ends", "10s"),
    ),
    "tcp_keepalives_idle": (
        _when(_is("0"), "warning", _KEEPALIVE, "60s"),
        _when(_above(_LONG_KEEPALIVE), "warning", "a client whose machine is gone keeps its slot for so long", "60s"),
    ),
    "log_connections": (
        _when(_is("", "off", "false", "no", "0"), "info", "the log does not say who connects, and how often", "on"),
    ),
    "log_disconnections": (_when(_is("off"), "info", "the log does not say how long sessions lived", "on"),),
    "log_line_prefix": (
        _when(_names_nobody, "info", "the log does not say who was refused", "%m [%p] %q%u@%d %h %a "),
    ),
    "track_activities": (
        _when(_is("off"), "warning", "sessions show no state and no age: nobody sees who is idle", "on"),
    ),
    "update_process_title": (
        _when(_is("off"), "warning", "on a full server, pgconn rescue cannot tell who is idle", "on"),
    ),
}
