"""Settings looked at, applied and undone, with what became of each; and the health function made and removed."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from pgconn.actions.advice import advise
from pgconn.actions.changes import Changer, Prepared, newest, of_last_run
from pgconn.actions.configuration import COMMAND_LINE, Configuration, as_stored, at_next_start, beneath, why_not
from pgconn.actions.health import FunctionPlace, is_function, plan_install, plan_removal
from pgconn.actions.journal import Entry
from pgconn.actions.settings_planning import SettingsRequest, plan_apply, plan_undo
from pgconn.config.policy import DEFAULT
from pgconn.data.settings import of_connections
from pgconn.documents.settings import SettingRow, Settings
from pgconn.errors import NotThere, PgconnError, Unavailable, WrongUsage
from pgconn.model import Moment
from pgconn.model.change import Change, Changed, Limited
from pgconn.model.result import Result
from pgconn.model.setting import Advice, Configured, Configurer, GrantedSetting, OwnValue, ServerSetting, in_words
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.observe.snapshot import take
from pgconn.rules import end_of_life
from pgconn.rules.engine import run
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
    read = after.me.loaded_at != before.me.loaded_at
    return tuple(_result(after, change, read=read) for change in changes)


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


def _result(now: Configuration, change: Change, *, read: bool) -> Changed:
    """What became of a change; `read` when the server has read its files since."""
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
    if setting.value == wanted or (read and now.in_force(setting)):
        return Changed.of(change, "done")
    if setting.takes == "restart" and setting.pending_restart:
        return Changed.of(change, "waits_for_restart", f"until then {in_words(setting, setting.value)}")
    return Changed.of(change, "overridden", f"it is {in_words(setting, setting.value)} here, set by: {setting.source}")


LAST = "last"


class ServerSettings(Changer):
    """The settings of one server."""

    kind: ClassVar[str] = "settings"

    def prepare(self, request: SettingsRequest) -> Prepared:
        """What a request sets, makes or undoes; raises what forbids one of its changes."""
        if request.action == "undo":
            return self.prepare_undo(list(self._chosen(request)))
        if request.action == "health-function":
            made = plan_install(self._places(), self.seen, request.schema, force=self.force)
            return Prepared(changes=(made,), question=f"Make {made.setting} in {made.place}?")
        planned = plan_apply(look(self.server, self.seen), request, force=self.force)
        what = ", ".join(f"{change.setting} = {change.after} for {change.place}" for change in planned)
        return Prepared(changes=planned, question=f"Set {what}?")

    def listed(self, *, everything: bool) -> Result[Settings]:
        """The settings that concern connections, or all, each with its remarks."""
        now = look(self.server, self.seen)
        seen = Observation(snapshots=(self.seen,), settings=now.settings)
        advice = advise(seen)
        coming = at_next_start(now, {})
        names = [setting.name for setting in now.settings] if everything else of_connections()
        found = [setting for name in names if (setting := now.find(name)) is not None]
        document = Settings(
            taken_at=self.seen.taken_at,
            server=str(self.seen.address),
            provider=self.seen.instance.provider,
            will_not_start=tuple(why_not(coming)),
            settings=tuple(_row(setting, advice.get(setting.name), coming[setting.name]) for setting in found),
            own_values=tuple(own for own in now.own_values if everything or own.setting in of_connections()),
            findings=run((end_of_life.judge,), seen, DEFAULT).findings,
        )
        return Result(document=document)

    def plan_undo(self, change: Change) -> Change | None:
        if is_function(change):
            return plan_removal(self._places(), self.seen, change)
        return plan_undo(look(self.server, self.seen), change, force=self.force)

    def make(self, changes: Sequence[Change]) -> tuple[Changed, ...]:
        if any(map(is_function, changes)):
            self.server.execute(*(change.sql for change in changes))
            return tuple(Changed.of(change, "done") for change in changes)
        return carry_out(self.server, changes, self._look_anew)

    def restored(self, changes: Sequence[Change]) -> str:
        return ", ".join(f"{change.setting} of {change.place}" for change in changes)

    def drift(self, entry: Entry, undo: Change) -> str:
        now = "not set" if undo.before is None else undo.before
        return f"{undo.setting} of {undo.place} is {now} now, and not {entry.change.after}: it has been changed since"

    def _look_anew(self) -> Configuration:
        return look(self.server, take(self.server))

    def _places(self) -> list[FunctionPlace]:
        return self.server.ask(FunctionPlace).take(FunctionPlace)

    def _chosen(self, request: SettingsRequest) -> Iterator[Entry]:
        """The newest open change of each name, or all those of the last run, the last one first."""
        entries, path = self.open_changes, self.journal.path
        if not entries:
            raise NotThere(
                f"no change of settings on {self.seen.address} is written down in {path}",
                hint="--journal FILE names another one; pgconn settings shows what is set",
            )
        names = [name for name in request.names if name != LAST]
        if not names and not request.places:
            yield from reversed(of_last_run(entries))
        elif not names:
            names = sorted({entry.change.setting for entry in entries})
        for name in names:
            found = [e for e in entries if e.change.setting == name.lower() and request.is_about(e.change)]
            if not found:
                known = ", ".join(sorted({f"{entry.change.setting} of {entry.change.place}" for entry in entries}))
                raise NotThere(f"no change of {name!r} there is written down in {path}", hint=f"there is {known}")
            chosen = newest(found)
            if chosen is None:
                raise WrongUsage(f"{name} was changed at several places", hint="say which with --role or --database")
            yield chosen


def _row(setting: ServerSetting, advice: Advice | None, coming: str) -> SettingRow:
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
        advice=advice,
    )
