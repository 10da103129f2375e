"""Settings changed so that the server still starts and everything can be put back: the plan, pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, get_args

from pgconn.actions.configuration import (
    COMMAND_LINE,
    Configuration,
    as_listed,
    at_next_start,
    beneath,
    known,
    may_alter_system,
    may_set_there,
    statement,
    why_not,
)
from pgconn.data.settings import known_setting
from pgconn.errors import NotConfirmed, NotThere, WrongUsage
from pgconn.model import Value
from pgconn.model.change import Change, Scope, inverse
from pgconn.model.setting import ServerSetting, in_words, stored
from pgconn.text.quantities import show_count

_IDLE: Final = ("idle_in_transaction_session_timeout", "idle_session_timeout")


Action = Literal["list", "apply", "undo", "health-function"]
_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


class SettingsRequest(Value, frozen=True, kw_only=True):
    """What is asked for: values for the whole server, or for new sessions of roles and databases; or names to undo."""

    action: Action = "apply"
    values: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    schema: str = "public"
    install: bool = False
    everything: bool = False

    @property
    def prints(self) -> bool:
        """Whether the SQL of the function is all that is wanted, for which no server is needed."""
        return self.action == "health-function" and not self.install

    @property
    def places(self) -> list[tuple[Scope, str | None]]:
        """The roles and databases; none for the whole server."""
        return [*(("role", name) for name in self.roles), *(("database", name) for name in self.databases)]

    def is_about(self, change: Change) -> bool:
        """Whether a change was made at one of the places, or anywhere where none is named."""
        return not self.places or change.name in (self.roles if change.scope == "role" else self.databases)


def settings_request(action: str, words: Sequence[str], **rest: Any) -> SettingsRequest:
    """What a command line asks for; raises WrongUsage where it makes no sense."""
    known = next((one for one in _ACTIONS if one == action), None)
    if known is None:
        raise WrongUsage(f"settings cannot {action!r}", hint=f"one of {', '.join(_ACTIONS)}")
    if rest["install"] and action != "health-function":
        raise WrongUsage("--install goes with health-function", hint="pgconn settings health-function --install")
    if words and action in ("list", "health-function"):
        raise WrongUsage(f"{action} takes no {words[0]!r}", hint="pgconn settings apply NAME=VALUE changes one")
    values = tuple(map(_value, words)) if action == "apply" else ()
    if action == "apply" and not words:
        raise WrongUsage("apply needs NAME=VALUE", hint="pgconn settings apply idle_session_timeout=0")
    if len({name.lower() for name, _ in values}) < len(values):
        raise WrongUsage("a setting is named twice")
    return SettingsRequest(action=known, values=values, names=tuple(words) if action == "undo" else (), **rest)


def _value(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise WrongUsage(f"{word!r} is no NAME=VALUE", hint="pgconn settings apply log_connections=on")
    return name.strip(), value


def plan_apply(now: Configuration, request: SettingsRequest, *, force: bool = False) -> tuple[Change, ...]:
    """The changes that set what is wanted; raises what forbids one of them, and then none is to be made."""
    wanted = [(known(now, name), text) for name, text in request.values]
    for setting, text in wanted:
        stored(setting, text)
    places = request.places
    for scope, name in places:
        may_set_there(now, scope, name, [setting for setting, _ in wanted])
    if not places:
        places.append(("system", None))
        may_alter_system(now, wanted)
        _starts(now, dict(_lines(wanted)))
        _fits_primary(now, wanted, force=force)
    changes = [_change(now, *place, setting, text) for place in places for setting, text in wanted]
    return _startable_sequence(now, [change for change in changes if change.before != change.after])


def plan_undo(now: Configuration, change: Change, *, force: bool = False) -> Change | None:
    """The change that puts back what was there before; None where the role or the database is gone."""
    setting = now.find(change.setting)
    if setting is None:
        raise NotThere(f"this server has no setting {change.setting!r} any more", hint=f"by hand: {change.undo}")
    if change.scope == "system":
        text = change.before if change.before is not None else beneath(now, setting)
        may_alter_system(now, [(setting, text)])
        _starts(now, {setting.name: text})
        _fits_primary(now, [(setting, text)], force=force)
        name = None
    else:
        one = next((one for one in now.limited if (one.scope, one.oid) == (change.scope, change.oid)), None)
        if one is None:
            return None
        name = one.name
        may_set_there(now, change.scope, name, [setting])
    found = now.value_at(change.scope, name, setting.name)
    back = statement(change.scope, name, setting.name, change.before)
    return inverse(change, found, name=name, sql=back, undo=statement(change.scope, name, setting.name, found))


def _starts(now: Configuration, wanted: dict[str, str]) -> None:
    """Raises WrongUsage where the server would not start any more."""
    for reason in why_not(at_next_start(now, wanted)):
        raise WrongUsage(f"the server would not start any more: {reason}", hint="nothing was changed")


def _fits_primary(now: Configuration, wanted: Sequence[tuple[ServerSetting, str]], *, force: bool) -> None:
    """Raises NotConfirmed on a standby that would get less than it has, which may be less than its primary."""
    if not now.snapshot.instance.standby or force:
        return
    for setting, text in wanted:
        if known_setting(setting.name).standby and int(stored(setting, text, bare=True)) < int(setting.value or 0):
            raise NotConfirmed(
                f"this is a standby: with {setting.name} below its primary's it stops replaying or does not start, "
                f"and it has {setting.value} now",
                hint="lower the primary first and restart it; once the primary has as few, --force sets it here",
            )


def _change(now: Configuration, scope: Scope, name: str | None, setting: ServerSetting, text: str) -> Change:
    before, one = now.value_at(scope, name, setting.name), now.place(scope, name)
    text = as_listed(setting.name, text)
    return Change(
        scope=scope,
        name=name,
        oid=one.oid if one is not None else None,
        setting=setting.name,
        before=before,
        after=text,
        sql=statement(scope, name, setting.name, text),
        undo=statement(scope, name, setting.name, before),
        effects=tuple(_effects(now, scope, name, setting, text)),
    )


def _effects(now: Configuration, scope: Scope, name: str | None, setting: ServerSetting, text: str) -> Iterator[str]:
    """What the change does now, and what it does not do."""
    what, value = setting.name, stored(setting, text)
    if scope == "system":
        yield f"{what} is {in_words(setting, setting.value) or 'empty'} now; {_TAKES[setting.takes]}"
        if setting.source == COMMAND_LINE:
            yield f"{what} stands on the server's command line, which takes precedence: this will have no effect"
        others = [one for one in now.own_values if one.setting == what]
        if others:
            named = ", ".join(f"{one.scope} {one.name} ({one.value})" for one in others)
            yield f"not for {named}, which have their own"
    else:
        column = "user" if scope == "role" else "database"
        there = sum(1 for session in now.snapshot.holders if getattr(session, column) == name)
        kept = f"; {show_count(there, 'session')} there now keep theirs" if there else ""
        yield f"new sessions of the {scope} {name!r} get it{kept}"
    if what in _IDLE and value != "0" and scope == "system":
        yield "sessions that are idle already are not ended by it: they end only some time after their next statement"
    if what == "idle_session_timeout" and value != "0":
        yield "pools keep sessions idle on purpose: what it ends, their applications see as an error at the next query"
    if scope == "system" and known_setting(what).standby and not now.snapshot.instance.standby:
        yield from _standbys(now, setting, value)


def _standbys(now: Configuration, setting: ServerSetting, value: str) -> Iterator[str]:
    if int(value) > int(setting.value or 0):
        there = sum(1 for session in now.snapshot.sessions if session.backend_type == "walsender")
        seen = f" ({show_count(there, 'walsender')} now)" if there else ""
        yield f"a standby{seen} needs as much before this server restarts, or it stops replaying: raise it there first"


_TAKES: Final = {
    "restart": "the new value waits for a restart, which ends every session",
    "reload": "the new value holds from the reload on",
    "new_sessions": "the new value holds for sessions that begin after the reload",
    "never": "",
}


def _startable_sequence(now: Configuration, changes: list[Change]) -> tuple[Change, ...]:
    """The changes in an order in which the server would start after each of them, should we be interrupted."""
    left, done, ordered = list(changes), dict[str, str](), list[Change]()
    while left:
        able = (c for c in left if not any(why_not(at_next_start(now, done | {c.setting: c.after or ""}))))
        chosen = next(able, left[0])
        left.remove(chosen)
        ordered.append(chosen)
        if chosen.scope == "system":
            done[chosen.setting] = chosen.after or ""
    return tuple(ordered)


def _lines(wanted: Sequence[tuple[ServerSetting, str]]) -> Iterator[tuple[str, str]]:
    return ((setting.name, text) for setting, text in wanted)
