"""What `pgconn settings` does: look and judge, apply and undo."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from pgconn.actions.advice import CONCERNS, Seen, advise
from pgconn.actions.configuration import COMMAND_LINE, at_next_start
from pgconn.actions.health import FunctionPlace, is_function, plan_install, plan_removal
from pgconn.actions.journal import Entry
from pgconn.actions.reconfiguring import carry_out, look
from pgconn.actions.settings import SettingsWish, plan_apply, plan_undo
from pgconn.actions.starting import why_not
from pgconn.cli.errand import Errand
from pgconn.documents.changes import Changes
from pgconn.documents.settings import SettingRow, Settings
from pgconn.errors import NotThere, WrongUsage
from pgconn.model.change import Change, Changed
from pgconn.model.setting import ServerSetting
from pgconn.model.value import Value
from pgconn.model.written import in_words
from pgconn.observe.snapshot import take

BY = "settings"
LAST = "last"
Action = Literal["list", "apply", "undo", "health-function"]
_ACTIONS: tuple[Action, ...] = ("list", "apply", "undo", "health-function")


class Order(Value, frozen=True, kw_only=True):
    """What is asked for."""

    action: Action
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


def order(
    action: str,
    words: tuple[str, ...],
    roles: tuple[str, ...],
    databases: tuple[str, ...],
    *,
    schema: str,
    install: bool,
    everything: bool,
) -> Order:
    """The order of a command line; raises WrongUsage where it makes no sense."""
    if action not in _ACTIONS:
        raise WrongUsage(f"settings cannot {action!r}", hint=f"one of {', '.join(_ACTIONS)}")
    if install and action != "health-function":
        raise WrongUsage("--install goes with health-function", hint="pgconn settings health-function --install")
    if words and action in ("list", "health-function"):
        raise WrongUsage(f"{action} takes no {words[0]!r}", hint="pgconn settings apply NAME=VALUE changes one")
    values: list[tuple[str, str]] = []
    if action == "apply":
        if not words:
            raise WrongUsage("apply needs NAME=VALUE", hint="pgconn settings apply idle_session_timeout=0")
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise WrongUsage(f"{word!r} is no NAME=VALUE", hint="pgconn settings apply log_connections=on")
            values.append((name.strip(), value))
        if len({name.lower() for name, _ in values}) < len(values):
            raise WrongUsage("a setting is named twice")
    return Order(
        action=action,
        values=tuple(values),
        names=words if action == "undo" else (),
        roles=roles,
        databases=databases,
        schema=schema,
        install=install,
        everything=everything,
    )


def run(errand: Errand, wanted: Order) -> Changes | Settings:
    """Do it."""
    match wanted.action:
        case "list":
            return listing(errand, everything=wanted.everything)
        case "apply":
            return apply(errand, wanted)
        case "undo":
            return undo(errand, wanted)
        case "health-function":
            return install(errand, wanted)


def listing(errand: Errand, *, everything: bool) -> Settings:
    """The settings that concern connections, or all, each with what is to be said of it."""
    now = look(errand.server, errand.seen)
    seen = Seen(settings={setting.name: setting for setting in now.settings}, snapshot=errand.seen)
    coming = at_next_start(now, {})
    names = [setting.name for setting in now.settings] if everything else CONCERNS
    found = [setting for name in names if (setting := now.find(name)) is not None]
    return Settings(
        taken_at=errand.seen.taken_at,
        server=str(errand.seen.address),
        provider=errand.seen.instance.provider,
        will_not_start=tuple(why_not(coming)),
        settings=tuple(_row(setting, seen, coming[setting.name]) for setting in found),
        own_values=tuple(own for own in now.own_values if everything or own.setting in CONCERNS),
    )


def apply(errand: Errand, wanted: Order) -> Changes:
    """Plan the changes, and make them."""
    wish = SettingsWish(values=wanted.values, roles=wanted.roles, databases=wanted.databases, force=errand.leave.force)
    planned = plan_apply(look(errand.server, errand.seen), wish)
    what = ", ".join(f"{change.setting} = {change.after} for {change.place}" for change in planned)
    return errand.make(planned, partial(_make, errand), f"Set {what}?")


def install(errand: Errand, wanted: Order) -> Changes:
    """Make the function, or take it away again."""
    places = errand.server.ask(FunctionPlace).take(FunctionPlace)
    planned = plan_install(places, errand.seen, wanted.schema, force=errand.leave.force)
    return errand.make([planned], partial(_execute, errand), f"Make {planned.setting} in {planned.place}?")


def undo(errand: Errand, wanted: Order) -> Changes:
    """Put back what was there before the changes that were named, or before the last."""
    entries = list(_chosen(errand, wanted))
    planned = [(entry, _plan_undo(errand, entry.change)) for entry in entries]
    due = [change for _, change in planned if change is not None and change.before != change.after]
    drift = [line for entry, change in planned if change is not None for line in _drift(entry, change)]
    back = ", ".join(f"{change.setting} of {change.place}" for change in due)
    make = _execute if any(map(is_function, due)) else _make
    done = errand.put_back(due, partial(make, errand), drift, f"Put back {back}?")
    errand.close([entry for entry, change in planned if change is not None], "undone")
    errand.close([entry for entry, change in planned if change is None], "gone")
    rest = [_rest(entry, change) for entry, change in planned if change is None or change.before == change.after]
    return errand.document((*done, *rest), undo=True)


def _plan_undo(errand: Errand, change: Change) -> Change | None:
    if is_function(change):
        return plan_removal(errand.server.ask(FunctionPlace).take(FunctionPlace), errand.seen, change)
    return plan_undo(look(errand.server, errand.seen), change, force=errand.leave.force)


def _execute(errand: Errand, changes: Sequence[Change]) -> tuple[Changed, ...]:
    errand.server.execute(*(change.sql for change in changes))
    return tuple(Changed.of(change, "done") for change in changes)


def _make(errand: Errand, changes: Sequence[Change]) -> tuple[Changed, ...]:
    return carry_out(errand.server, changes, lambda: look(errand.server, take(errand.server)))


def _row(setting: ServerSetting, seen: Seen, coming: str) -> SettingRow:
    source = {"configuration file": "file", COMMAND_LINE: COMMAND_LINE}.get(setting.source, setting.source)
    return SettingRow(
        name=setting.name,
        value=in_words(setting, setting.value),
        default=in_words(setting, setting.default),
        takes=setting.takes,
        source=source,
        file=setting.file,
        line=setting.line,
        pending_restart=setting.pending_restart,
        next_value=in_words(setting, coming) if setting.pending_restart else None,
        advice=advise(setting, seen),
    )


def _chosen(errand: Errand, wanted: Order) -> Iterator[Entry]:
    """The newest open change of each name, or all those of the last run."""
    there = errand.open_changes
    if not there:
        raise NotThere(
            f"no change of settings on {errand.seen.address} is written down in {errand.journal.path}",
            hint="--journal FILE names another one; pgconn settings shows what is set",
        )
    names = [name for name in wanted.names if name != LAST]
    if not names and not wanted.roles and not wanted.databases:
        yield from reversed([entry for entry in there if entry.run == there[-1].run])
    for name in names or (sorted({e.change.setting for e in there}) if wanted.roles or wanted.databases else ()):
        found = [entry for entry in there if entry.change.setting == name.lower() and _is_at(entry.change, wanted)]
        if not found:
            known = ", ".join(sorted({f"{entry.change.setting} of {entry.change.place}" for entry in there}))
            raise NotThere(
                f"no change of {name!r} there is written down in {errand.journal.path}", hint=f"there is {known}"
            )
        if len({(entry.change.scope, entry.change.oid) for entry in found}) > 1:
            raise WrongUsage(f"{name} was changed at several places", hint="say which with --role or --database")
        yield found[-1]


def _is_at(change: Change, wanted: Order) -> bool:
    if not wanted.roles and not wanted.databases:
        return True
    return change.name in (wanted.roles if change.scope == "role" else wanted.databases)


def _drift(entry: Entry, undone: Change) -> Iterator[str]:
    if undone.before not in (entry.change.after, undone.after):
        now = "not set" if undone.before is None else undone.before
        yield f"{undone.setting} of {undone.place} is {now} now, and not {entry.change.after}: somebody else changed it"


def _rest(entry: Entry, undone: Change | None) -> Changed:
    if undone is None:
        return Changed.of(entry.change, "gone", f"the {entry.change.scope} was dropped; there is nothing to put back")
    return Changed.of(undone, "unchanged", "somebody else has put it back already")
