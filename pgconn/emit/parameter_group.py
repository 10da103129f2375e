"""A managed service: its own commands or SQL, in its own units, and what may not be changed there."""

import re
from collections.abc import Iterable
from typing import Final

from pgconn.data.provider import NUMBER, Provider, ProviderLimits, provider_named, providers
from pgconn.data.service import Assignment, Service, SettingsFile, Words
from pgconn.data.settings import known_setting, known_settings
from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import Setting, input_of, major_of, settings_of, text_input
from pgconn.errors import WrongUsage
from pgconn.text.quoting import comment, shell_command, sql_literal

_BLANK: Final = re.compile(r"[A-Z][A-Z_]+")


def parameter_group(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:  # noqa: ARG001
    """One file for the service that the sizing names; WrongUsage when it names none that has one."""
    named = text_input(sizing, "provider")
    if not named:
        hint = f"say which: --provider with one of {_known()}"
        raise WrongUsage("a file of parameters is for a managed service", hint=hint)
    provider = provider_named(named)
    service = provider.service
    if service is None or service.file is None:
        raise WrongUsage(f"there is no file of parameters for {provider.name}", hint=f"there is one for {_known()}")
    instance, ram = text_input(sizing, "instance_class"), input_of(sizing, "ram")
    limits = provider.limits(instance, int(ram) if ram is not None and instance is None else None)
    settings = list(settings_of(sizing))
    chosen = [setting for setting in settings if service.file.takes(setting.name)]
    if service.command:
        name, lines = "parameters.sh", ["#!/bin/sh", *_head(limits, service, service.file, sizing, "#"), ""]
        lines += _script(service, service.file, chosen, ram)
    else:
        name, lines = "parameters.sql", [*_head(limits, service, service.file, sizing, "--"), "", *_sql(chosen)]
    return (EmittedFile.of(name, lines),)


def with_file() -> tuple[Provider, ...]:
    """The providers that there is a file of parameters for."""
    return tuple(one for one in providers() if one.service is not None and one.service.file is not None)


def _known() -> str:
    return ", ".join(provider.name for provider in with_file())


def _head(limits: ProviderLimits, service: Service, file: SettingsFile, sizing: Sizing, mark: str) -> list[str]:
    """What the service gives by itself, and what it does not let one change, as comments."""
    lines = [
        f"PostgreSQL {major_of(sizing)} on {limits.name}, by pgconn size.",
        _given(limits),
        f"More clients than connections: {limits.pooler}.",
        *(f"Note: {note}." for note in limits.notes),
    ]
    others = (setting for setting in settings_of(sizing) if not file.takes(setting.name))
    lines += [f"{other.name} = {other.text}: {_way(service, file, other.name)}." for other in others]
    return [line for text in lines for line in comment(text, mark)]


def _given(limits: ProviderLimits) -> str:
    """What the service gives the instance by default, and what it keeps of that."""
    about = "" if limits.is_exact else "about "
    number = f"{about}{limits.max_connections}, by " if limits.max_connections is not None else ""
    instance = f" of {limits.instance}" if limits.instance else ""
    kept = f"; {limits.reserve} of them are reserved" if limits.reserve is not None else ""
    return (
        f"Default max_connections{instance}: {number}{limits.formula}{kept}. To change it: {limits.words_for(NUMBER)}."
    )


def _way(service: Service, file: SettingsFile, name: str) -> str:
    """What to do about a setting that the service does not let one change."""
    if name in service.fixed:
        return service.fixed[name]
    if known_setting(name).for_sessions:
        return f"for its sessions, the owner of a database says ALTER DATABASE ... SET {name}"
    return file.otherwise


def _explained(settings: Iterable[Setting], mark: str = "#") -> list[str]:
    """The reason of each setting, a line each, where a command has no room for comments."""
    return [line for one in settings for line in comment(f"{one.name} = {one.text} ({one.change}): {one.why}", mark)]


def _script(service: Service, file: SettingsFile, settings: list[Setting], ram: float | None) -> list[str]:
    """The commands of the service, their words in capitals taken from the environment; each call below its reasons."""
    calls = service.calls([_assigned(service, file, one, ram) for one in settings])
    blanks = dict.fromkeys(word for call in calls for word in call if _BLANK.fullmatch(word))
    lines = [f"# {line}" for line in file.before]
    lines += [f': "${{{name}:?name it: {name}=... sh parameters.sh}}"' for name in blanks]
    if len(calls) == len(settings):
        pairs = zip(settings, calls, strict=True)
        lines += [line for one, call in pairs for line in (*_explained([one]), *_typed(call))]
    else:
        lines = [*_explained(settings), *lines, *(line for call in calls for line in _typed(call))]
    if service.restart and any(one.change == "restart" for one in settings):
        lines.append(f"# Static parameters wait for: {service.restart}")
    return [*lines, *(f"# {line}" for line in file.after)]


def _assigned(service: Service, file: SettingsFile, setting: Setting, ram: float | None) -> Assignment:
    """A setting in the unit of pg_settings, with units where the service takes these, or in percent of the RAM."""
    name = setting.name
    value = setting.text if file.with_units else known_settings()[name].bare(setting.value)
    for own, counted in service.own.items():
        if counted.percent_of_ram == name and ram:
            name, value = own, counted.within(round(100 * int(setting.value) / ram))
    return Assignment(name=name, value=value, restarts=setting.change == "restart")


def _typed(call: Words) -> list[str]:
    """A command as a shell takes it, on one line, or on one for each of Amazon's parameters."""
    words = [f'"${word}"' if _BLANK.fullmatch(word) else shell_command(word) for word in call]
    head = [word for word in words if not word.startswith("ParameterName=")]
    lines = [" ".join(head), *(f"  {word}" for word in words[len(head) :])]
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _sql(settings: list[Setting]) -> list[str]:
    texts = [f"ALTER DATABASE %I SET {one.name} = {sql_literal(one.text)}".replace("%", "%%") for one in settings]
    body = [f"  EXECUTE format({sql_literal(text.replace('%%I', '%I', 1))}, current_database());" for text in texts]
    tag = "$set$"
    while any(tag in line for line in body):
        tag = f"$_{tag[1:]}"
    return [
        *_explained(settings, "--"),
        "-- As the owner of the database, connected to it; new sessions have the values.",
        f"DO {tag}",
        "BEGIN",
        *body,
        "END",
        f"{tag};",
    ]
