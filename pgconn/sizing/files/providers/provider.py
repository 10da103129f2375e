"""What the services have in common: a script or SQL that changes what may be changed, and says the rest in comments."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from pgconn.model.quoting import shell_command
from pgconn.model.sizing import Sizing
from pgconn.model.value import Value
from pgconn.sizing.files.settings import Setting, major_of, settings_of
from pgconn.sizing.files.wording import comment
from pgconn.sizing.provided.provider import ProviderLimits

Write = Callable[[list[Setting], Sizing], list[str]]


def names(text: str) -> frozenset[str]:
    """The names in a text that separates them by spaces."""
    return frozenset(text.split())


SESSION: Final = names(
    "work_mem maintenance_work_mem temp_buffers effective_cache_size random_page_cost effective_io_concurrency jit "
    "hash_mem_multiplier statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout "
    "transaction_timeout tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count tcp_user_timeout "
    "client_connection_check_interval max_parallel_workers_per_gather max_parallel_maintenance_workers "
    "default_statistics_target"
)
"""Settings that any role may set for itself and the owner of a database for all of its sessions."""


class Provider(Value, frozen=True, kw_only=True):
    """A managed service: what it gives by itself, what may be changed there, and how.

    `write` gets the settings that `changeable` names; `fixed` says what to do instead for those that it does not.
    """

    changeable: Collection[str]
    fixed: dict[str, str]  # the way that works there, by name; "" for those that no session may set
    write: Write
    file: str = "parameters.sh"
    mark: str = "#"


def lines_for(provider: Provider, limits: ProviderLimits, sizing: Sizing) -> list[str]:
    """The whole file as lines: what the service gives by itself, what it does not let one change, and the changes."""
    settings = list(settings_of(sizing))
    chosen = [setting for setting in settings if setting.name in provider.changeable]
    lines = [
        *(["#!/bin/sh"] if provider.file.endswith(".sh") else []),
        *comment(f"PostgreSQL {major_of(sizing)} on {limits.provider}, by pgconn size.", provider.mark),
        *comment(_given(limits), provider.mark),
        *comment(f"More clients than connections: {limits.pooler}.", provider.mark),
    ]
    for note in limits.notes:
        lines += comment(f"Note: {note}.", provider.mark)
    for setting in settings:
        if setting.name not in provider.changeable:
            lines += comment(f"{setting.name} = {setting.text}: {_way(provider, setting)}.", provider.mark)
    return [*lines, "", *provider.write(chosen, sizing)]


def _given(limits: ProviderLimits) -> str:
    """What the service gives the instance by default, and what it keeps of that."""
    about = "" if limits.is_exact else "about "
    number = f"{about}{limits.max_connections}, by " if limits.max_connections is not None else ""
    instance = f" of {limits.instance}" if limits.instance else ""
    kept = f"; {limits.reserve} of them are reserved" if limits.reserve is not None else ""
    return f"Default max_connections{instance}: {number}{limits.formula}{kept}. To change it: {limits.words}."


def _way(provider: Provider, setting: Setting) -> str:
    """What to do about a setting that the service does not let one change."""
    if setting.name in provider.fixed:
        return provider.fixed[setting.name]
    if setting.name in SESSION:
        return f"for its sessions, the owner of a database says ALTER DATABASE ... SET {setting.name}"
    return provider.fixed[""]


def explained(settings: Iterable[Setting], mark: str = "#") -> list[str]:
    """The reason of each setting, a line each, where a command has no room for comments."""
    return [line for one in settings for line in comment(f"{one.name} = {one.text} ({one.change}): {one.why}", mark)]


def command(*words: str) -> str:
    """A command, its words quoted as a shell takes them; a word such as $NAME is left for the shell to fill in."""
    return " ".join(word if word.startswith('"$') else shell_command(word) for word in words)


def wanted(*names: str) -> list[str]:
    """Lines that stop a script when what it is told by the environment is missing."""
    return [f': "${{{name}:?name it: {name}=... sh parameters.sh}}"' for name in names]
