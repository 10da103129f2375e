"""How a server is configured, whether it would start like that, and what the role that asks may change; pure."""

import contextlib
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pgconn.data.provider import way
from pgconn.data.service import Assignment
from pgconn.data.settings import known_setting
from pgconn.errors import NotThere, PrivilegeMissing, WrongUsage
from pgconn.model import Value
from pgconn.model.change import Limited, Scope
from pgconn.model.setting import Configured, Configurer, GrantedSetting, OwnValue, ServerSetting, stored
from pgconn.model.slots import MAX_CONNECTIONS, reserves_fit
from pgconn.model.snapshot import Snapshot
from pgconn.text.quoting import list_items, list_text, sql_identifier, sql_list, sql_literal

COMMAND_LINE: Final = "command line"
_OWN: Final = ("user", "superuser", "backend", "superuser-backend")


class Configuration(Value, frozen=True, kw_only=True):
    """How a server is configured, and what the role that asks may do about it.

    `configured` is None where the role may not read the files.
    """

    snapshot: Snapshot
    settings: tuple[ServerSetting, ...]
    configured: tuple[Configured, ...] | None
    own_values: tuple[OwnValue, ...]
    limited: tuple[Limited, ...]
    granted: tuple[GrantedSetting, ...]
    me: Configurer

    def find(self, name: str) -> ServerSetting | None:
        """The setting of this name, in any case of letters."""
        return next((setting for setting in self.settings if setting.name.lower() == name.lower()), None)

    def place(self, scope: Scope, name: str | None) -> Limited | None:
        """The role or the database of this name."""
        return next((one for one in self.limited if (one.scope, one.name) == (scope, name)), None)

    def value_at(self, scope: Scope, name: str | None, setting: str) -> str | None:
        """What ALTER SYSTEM, ROLE or DATABASE has set there; None for nothing."""
        if scope == "system":
            lines = (line for line in self.configured or () if line.by_alter_system and line.name == setting)
            value = next((line.value for line in reversed(list(lines))), None)
        else:
            own = (one for one in self.own_values if (one.scope, one.name, one.within) == (scope, name, None))
            value = next((one.value for one in own if one.setting == setting), None)
        with contextlib.suppress(WrongUsage):  # a file may hold anything
            return None if value is None else as_listed(setting, value)
        return value

    def in_force(self, setting: ServerSetting) -> bool:
        """Whether the server has what its files say last of a setting, in whatever way it writes the value itself."""
        lines = [line for line in self.configured or () if line.name == setting.name]
        if not lines:
            return setting.source == "default"
        last, at = lines[-1], (setting.file, setting.line)
        return None not in at and at == (last.file, last.line) and last.error is None and not setting.pending_restart


def as_listed(setting: str, text: str) -> str:
    """A value in one way of writing where it is a list of quoted items; WrongUsage where it is no list."""
    return list_text(list_items(text) or [""]) if known_setting(setting).quoted_list else text


def statement(scope: Scope, name: str | None, setting: str, value: str | None) -> str:
    """What sets a value, or takes away the one that is set there."""
    known = (
        setting if re.fullmatch(r"[a-z_][a-z0-9_.]*", setting) else ".".join(map(sql_identifier, setting.split(".")))
    )
    written = sql_list if known_setting(setting).quoted_list else sql_literal
    what = f"RESET {known}" if value is None else f"SET {known} TO {written(value)}"
    where = "SYSTEM" if name is None else f"{scope.upper()} {sql_identifier(name)}"
    return f"ALTER {where} {what};"


def known(now: Configuration, name: str) -> ServerSetting:
    setting = now.find(name)
    if setting is None:
        close = difflib.get_close_matches(name.lower(), [one.name for one in now.settings], n=3)
        major = now.snapshot.instance.major
        raise NotThere(
            f"PostgreSQL {major} has no setting {name!r}",
            hint=f"did you mean {' or '.join(close)}?" if close else "pgconn settings lists those of connections",
        )
    if setting.takes == "never":
        raise WrongUsage(f"{setting.name} is fixed in this server and no setting can change it")
    if known_setting(setting.name).quoted_list == "start":
        raise WrongUsage(
            f"{setting.name} is a list of names, which pgconn does not set: with a wrong one nothing starts any more",
            hint="set it with psql",
        )
    return setting


def may_set_there(now: Configuration, scope: Scope, name: str | None, settings: Sequence[ServerSetting]) -> None:
    """Raises what keeps us from setting these for new sessions of a role or a database."""
    if now.snapshot.instance.standby:
        raise WrongUsage(f"{now.snapshot.address} is a standby: roles and databases are changed on its primary")
    one = now.place(scope, name)
    if one is None:
        names = ", ".join(repr(one.name) for one in now.limited if one.scope == scope and one.lets_in)
        raise NotThere(f"there is no {scope} {name!r}", hint=f"there is {names}")
    for setting in settings:
        if setting.context not in _OWN:
            raise WrongUsage(
                f"{setting.name} holds for the whole server and cannot be set for a {scope}", hint=f"omit --{scope}"
            )
        granted = any(g.name == setting.name and g.may_set for g in now.granted)
        if setting.context.startswith("superuser") and not now.me.superuser and not granted:
            raise _missing(now, f"set {setting.name}", f"GRANT SET ON PARAMETER {setting.name} TO {_us(now)};")
    if not one.may_alter and not (scope == "role" and one.name == now.me.name):
        raise _missing(now, f"change the {scope} {one.name!r}", grants(one, now.me.name))


def grants(one: Limited, us: str) -> str:
    """What gives a role the right to change another, or a database."""
    me = sql_identifier(us)
    if one.scope == "database":
        return f"GRANT {sql_identifier(one.owner)} TO {me};"
    first = "" if one.creates_roles else f"ALTER ROLE {me} CREATEROLE; "
    if one.needs_admin:
        return f"{first}GRANT {sql_identifier(one.name)} TO {me} WITH ADMIN OPTION;"
    return first.strip() or "log in as a superuser"  # which it takes before 16 for a role with REPLICATION


def may_alter_system(now: Configuration, wanted: Sequence[tuple[ServerSetting, str]]) -> None:
    """Raises PrivilegeMissing where ALTER SYSTEM is not for us, with the way that works instead."""
    provider = now.snapshot.instance.provider
    if provider is not None:
        assignments = [
            Assignment(name=s.name, value=stored(s, text, bare=True), restarts=s.takes == "restart")
            for s, text in wanted
        ]
        raise PrivilegeMissing(
            f"{provider} operates this server, where no role may ALTER SYSTEM: its settings are changed outside of it",
            hint=way(provider, assignments),
        )
    allowed = now.find("allow_alter_system")
    if allowed is not None and allowed.value == "off":
        raise PrivilegeMissing(
            "allow_alter_system is off: the files of this server are written by something else",
            hint="change the settings where its configuration comes from",
        )
    needed = [
        f"GRANT ALTER SYSTEM ON PARAMETER {setting.name} TO {_us(now)};"
        for setting, _ in wanted
        if not now.me.superuser and not any(g.name == setting.name and g.may_alter_system for g in now.granted)
    ]
    for may, function in ((now.me.may_read_files, "pg_show_all_file_settings"), (now.me.may_reload, "pg_reload_conf")):
        if not may:
            needed.append(f"GRANT EXECUTE ON FUNCTION pg_catalog.{function}() TO {_us(now)};")
    if needed:
        hint = " ".join(needed) if now.me.settings_grantable else "log in as a superuser"
        raise _missing(now, "change the configuration", hint)


def at_next_start(now: Configuration, wanted: dict[str, str]) -> dict[str, str]:
    """Every setting as the next start would find it, with these values in postgresql.auto.conf."""
    lines = {line.name: line.value or "" for line in now.configured or ()} | wanted
    return {setting.name: _next_value(setting, lines.get(setting.name), now.configured) for setting in now.settings}


def _next_value(setting: ServerSetting, line: str | None, files: Sequence[Configured] | None) -> str:
    if setting.source == COMMAND_LINE:
        return setting.value or ""
    if line is not None:
        return as_stored(setting, line)
    gone = files is not None and setting.source == "configuration file"
    return (setting.default if gone else setting.value) or ""


def as_stored(setting: ServerSetting, text: str) -> str:
    """The value of a line in a file as the server stores it; the text itself where that is no value."""
    try:
        return stored(setting, text, bare=True)
    except WrongUsage:
        return text


def beneath(now: Configuration, setting: ServerSetting) -> str:
    """What a setting is without ALTER SYSTEM: what the other files say, or its default."""
    lines = [line for line in now.configured or () if line.name == setting.name and not line.by_alter_system]
    return (lines[-1].value if lines else setting.default) or ""


def _us(now: Configuration) -> str:
    return sql_identifier(now.me.name)


def _missing(now: Configuration, what: str, hint: str) -> PrivilegeMissing:
    return PrivilegeMissing(f"{now.me.name!r} may not {what}", hint=hint)


_WORKERS: Final = ("autovacuum_worker_slots", "autovacuum_max_workers")


def why_not(values: Mapping[str, str]) -> Iterator[str]:
    """What would keep the server from starting; the values are as the server stores them, of all its settings."""
    most = _number(values, "max_connections")
    superusers, reserved = (_number(values, "superuser_reserved_connections"), _number(values, "reserved_connections"))
    if not reserves_fit(most, superusers, reserved):
        kept = f"superuser_reserved_connections ({superusers})"
        kept += f" plus reserved_connections ({reserved})" if "reserved_connections" in values else ""
        yield f"{kept} must be less than max_connections ({most})"
    if values.get("wal_level") == "minimal":
        if _number(values, "max_wal_senders"):
            yield "max_wal_senders above 0 needs wal_level replica or logical; it is minimal"
        if values.get("archive_mode", "off") != "off":
            yield "archive_mode needs wal_level replica or logical; it is minimal"
        if values.get("summarize_wal", "off") == "on":
            yield "summarize_wal needs wal_level replica or logical; it is minimal"
    workers = next((_number(values, name) for name in _WORKERS if name in values), 0)
    backends = most + workers + _number(values, "max_worker_processes") + _number(values, "max_wal_senders") + 2
    if backends > MAX_CONNECTIONS:
        yield f"max_connections with the places of workers and walsenders is {backends}, above {MAX_CONNECTIONS}"


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "0")
    return int(text) if text.lstrip("-").isdecimal() else 0
