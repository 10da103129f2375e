"""Settings read from a server and set on it, with what became of each: in effect, or waiting for what."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Final

from pgconn.actions.configuration import COMMAND_LINE, Configuration, as_stored, beneath
from pgconn.errors import PgconnError, Unavailable
from pgconn.model.change import Change, Changed, Limited
from pgconn.model.setting import Configured, Configurer, GrantedSetting, OwnValue, ServerSetting
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Moment
from pgconn.model.written import in_words
from pgconn.server import Server

_PATIENCE: Final = 5.0  # seconds that the server is given to read its files again
_PAUSE: Final = 0.05


def look(server: Server, snapshot: Snapshot) -> Configuration:
    """How the server is configured now."""
    me = server.ask(Configurer).one(Configurer)
    answers = server.ask(OwnValue, Limited, GrantedSetting, *([Configured] if me.may_read_files else []), ServerSetting)
    own_values, limited = answers.take(OwnValue), answers.take(Limited)
    granted = answers.take(GrantedSetting)
    return Configuration(
        snapshot=snapshot,
        own_values=tuple(own_values),
        limited=tuple(limited),
        granted=tuple(granted),
        configured=tuple(answers.take(Configured)) if me.may_read_files else None,
        settings=tuple(answers.take(ServerSetting)),
        me=me,
    )


def carry_out(
    server: Server, changes: Sequence[Change], look_again: Callable[[], Configuration]
) -> tuple[Changed, ...]:
    """Set all or none, and read back what became of each; raises PgconnError where the plan is out of date."""
    before = look_again()
    for change in changes:
        if before.value_at(change.scope, change.name, change.setting) != change.before:
            raise PgconnError(
                f"{change.setting} of {change.place} was changed meanwhile: nothing was done", hint="look again"
            )
    system = [change for change in changes if change.scope == "system"]
    own = [change for change in changes if change.scope != "system"]
    if own:
        server.execute(*(change.sql for change in own))
    if system:
        _alter_system(server, system)
        _reload(server, before.me.loaded_at)
    after = look_again()
    return tuple(_result(after, change) for change in changes)


def _alter_system(server: Server, changes: Sequence[Change]) -> None:
    """One statement after the other; where one is refused, those before it are taken back."""
    done: list[Change] = []
    for change in changes:
        try:
            server.alone(change.sql)
        except Unavailable:
            raise
        except PgconnError:
            for earlier in reversed(done):
                with contextlib.suppress(PgconnError):
                    server.alone(earlier.undo)
            raise
        done.append(change)


def _reload(server: Server, loaded_at: Moment) -> None:
    """Have the server read its files, and wait until the process that serves us has."""
    server.execute("select pg_catalog.pg_reload_conf()")
    deadline = time.monotonic() + _PATIENCE
    while server.ask(Configurer).one(Configurer).loaded_at == loaded_at and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _result(now: Configuration, change: Change) -> Changed:
    """What became of a change."""
    if now.value_at(change.scope, change.name, change.setting) != change.after:
        return Changed.of(change, "overridden", "it does not stand where it was written: it has been changed since")
    if change.scope != "system":
        return Changed.of(change, "for_new_sessions")
    setting = now.find(change.setting)
    if setting is None:
        return Changed.of(change, "done")
    if setting.takes == "new_sessions" and setting.source != COMMAND_LINE:  # ours keeps what it began with
        return Changed.of(change, "for_new_sessions")
    wanted = as_stored(setting, change.after if change.after is not None else beneath(now, setting))
    if setting.value == wanted:
        return Changed.of(change, "done")
    if setting.takes == "restart" and setting.pending_restart:
        return Changed.of(change, "waits_for_restart", f"until then {in_words(setting, setting.value)}")
    return Changed.of(change, "overridden", f"it is {in_words(setting, setting.value)} here, set by: {setting.source}")
