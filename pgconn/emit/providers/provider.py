"""What the services have in common: a script or SQL that changes what may be changed, and says the rest in comments."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from pgconn.data.managed import SERVICES, Assignment, Words
from pgconn.data.provided.provider import ProviderLimits
from pgconn.documents.sizing import Sizing
from pgconn.emit.guc import native
from pgconn.emit.settings import Setting, major_of, settings_of
from pgconn.model.value import Value
from pgconn.text.quoting import comment, shell_command

_PLACE: Final = re.compile(r"[A-Z][A-Z_]+")


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


def counted(setting: Setting, sizing: Sizing) -> Assignment:  # noqa: ARG001
    """A setting in the unit of pg_settings."""
    value = native(setting.name, setting.value)
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return Assignment(name=setting.name, value=text, restarts=setting.change == "restart")


class Provider(Value, frozen=True, kw_only=True):
    """A managed service, by its name in `pgconn.data.managed`: what may be changed there, and in which form.

    `assigned` writes a setting as the service's commands take it; `sql` where SQL does it, and no command.
    `otherwise` is what to do about a setting that neither `changeable` nor the service's own list names.
    """

    name: str
    changeable: Collection[str]
    otherwise: str
    assigned: Callable[[Setting, Sizing], Assignment] = counted
    sql: Callable[[list[Setting]], list[str]] | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of its file."""
        return "parameters.sh" if self.sql is None else "parameters.sql"

    @property
    def mark(self) -> str:
        """What begins a comment in it."""
        return "#" if self.sql is None else "--"


def lines_for(provider: Provider, limits: ProviderLimits, sizing: Sizing) -> list[str]:
    """The whole file as lines: what the service gives by itself, what it does not let one change, and the changes."""
    settings = list(settings_of(sizing))
    chosen = [setting for setting in settings if setting.name in provider.changeable]
    lines = [
        *(["#!/bin/sh"] if provider.sql is None else []),
        *comment(f"PostgreSQL {major_of(sizing)} on {limits.provider}, by pgconn size.", provider.mark),
        *comment(_given(limits), provider.mark),
        *comment(f"More clients than connections: {limits.pooler}.", provider.mark),
    ]
    for note in limits.notes:
        lines += comment(f"Note: {note}.", provider.mark)
    for setting in settings:
        if setting.name not in provider.changeable:
            lines += comment(f"{setting.name} = {setting.text}: {_way(provider, setting)}.", provider.mark)
    return [*lines, "", *(_script(provider, chosen, sizing) if provider.sql is None else provider.sql(chosen))]


def _given(limits: ProviderLimits) -> str:
    """What the service gives the instance by default, and what it keeps of that."""
    about = "" if limits.is_exact else "about "
    number = f"{about}{limits.max_connections}, by " if limits.max_connections is not None else ""
    instance = f" of {limits.instance}" if limits.instance else ""
    kept = f"; {limits.reserve} of them are reserved" if limits.reserve is not None else ""
    return f"Default max_connections{instance}: {number}{limits.formula}{kept}. To change it: {limits.words}."


def _way(provider: Provider, setting: Setting) -> str:
    """What to do about a setting that the service does not let one change."""
    fixed = SERVICES[provider.name].fixed
    if setting.name in fixed:
        return fixed[setting.name]
    if setting.name in SESSION:
        return f"for its sessions, the owner of a database says ALTER DATABASE ... SET {setting.name}"
    return provider.otherwise


def explained(settings: Iterable[Setting], mark: str = "#") -> list[str]:
    """The reason of each setting, a line each, where a command has no room for comments."""
    return [line for one in settings for line in comment(f"{one.name} = {one.text} ({one.change}): {one.why}", mark)]


def _script(provider: Provider, settings: list[Setting], sizing: Sizing) -> list[str]:
    """The commands of the service, their words in capitals told by the environment; each call below its reasons."""
    service = SERVICES[provider.name]
    calls = service.change([provider.assigned(one, sizing) for one in settings]) if service.change else ()
    places = dict.fromkeys(word for call in calls for word in call if _PLACE.fullmatch(word))
    lines = [*provider.before, *(f': "${{{name}:?name it: {name}=... sh parameters.sh}}"' for name in places)]
    if len(calls) == len(settings):
        pairs = zip(settings, calls, strict=True)
        lines += [line for one, call in pairs for line in (*explained([one]), *_typed(call))]
    else:
        lines = [*explained(settings), *lines, *(line for call in calls for line in _typed(call))]
    if service.restart and any(one.change == "restart" for one in settings):
        lines.append(f"# Static parameters wait for: {shell_command(*service.restart)}")
    return [*lines, *provider.after]


def _typed(call: Words) -> list[str]:
    """A command as a shell takes it, on one line, or on one for each of Amazon's parameters."""
    words = [f'"${word}"' if _PLACE.fullmatch(word) else shell_command(word) for word in call]
    head = [word for word in words if not word.startswith("ParameterName=")]
    lines = [" ".join(head), *(f"  {word}" for word in words[len(head) :])]
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]
