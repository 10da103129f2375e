"""Settings looked at, applied and undone, and the health function made and removed."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pgconn.actions.advice import advise
from pgconn.actions.changes import Changer, Prepared, newest, of_last_run
from pgconn.actions.configuration import COMMAND_LINE, Configuration, at_next_start
from pgconn.actions.health import FunctionPlace, is_function, plan_install, plan_removal
from pgconn.actions.journal import Entry
from pgconn.actions.reconfiguring import carry_out, look
from pgconn.actions.settings_planning import SettingsRequest, plan_apply, plan_undo
from pgconn.actions.starting import why_not
from pgconn.data.settings import of_connections
from pgconn.documents.settings import SettingRow, Settings
from pgconn.errors import NotThere, WrongUsage
from pgconn.model.change import Change, Changed
from pgconn.model.result import Result
from pgconn.model.setting import Advice, ServerSetting
from pgconn.model.written import in_words
from pgconn.observe.observation import Observation
from pgconn.observe.snapshot import take

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
        advice = advise(Observation(snapshots=(self.seen,), settings=now.settings))
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
