"""The refusals of a log counted, and the report that comes of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from pgconn.documents.explanation import Explanation
from pgconn.documents.log import LogForm, LogReport, Sender, Share, Shares
from pgconn.logs.codes import SOME_LIMIT
from pgconn.logs.event import Ended, Entry, Event, NodeDown
from pgconn.logs.markers import Guide, looks
from pgconn.logs.reading import LineReader, marked
from pgconn.logs.senders import Identity, identities_in, most_frequent
from pgconn.logs.shapes import Batch, Rest, shape_of
from pgconn.logs.timeline import Timeline, verdict_of
from pgconn.refusals import is_refused_behind
from pgconn.refusals.explaining import explain

_MOST_NAMES: Final = 10_000
_WORTH_A_BATCH: Final = 4
_REST: Final = "(others)"


class Tally:
    """Counts events one by one, in constant memory."""

    def __init__(self) -> None:
        self._by: dict[str, Counter[str | None]] = {
            column: Counter() for column in ("limit", "user", "database", "host")
        }
        self._others: Counter[str | None] = Counter()
        self._timeline = Timeline()
        self._logins = self._unfinished = self._nodes_down = self._undecided = 0
        self._senders: Counter[Ended] = Counter()
        self._forms: dict[str, None] = {}
        self.identities: dict[int, Identity] = {}
        self._last_pooler_line: tuple[str, str, str] | None = None
        self._examples: dict[str, Event] = {}

    @property
    def signals(self) -> Counter[Ended]:
        """Which processes ended sessions, and how many."""
        return self._senders

    def knows(self, forms: Iterable[str]) -> None:
        """Remember which forms of log were recognised."""
        self._forms |= dict.fromkeys(filter(None, forms))

    def note(self, entry: Entry) -> None:
        """Count what one line tells."""
        if isinstance(entry, Event):
            self.add(entry)
        elif isinstance(entry, NodeDown):
            self._nodes_down += 1
        elif entry in self._senders or len(self._senders) < _MOST_NAMES:
            self._senders[entry] += 1

    def add(self, event: Event) -> None:
        """Count one event; what PgBouncer tells a second time counts once."""
        last, self._last_pooler_line = self._last_pooler_line, event.pooler_line
        if last and event.pooler_line and last[:2] == event.pooler_line[:2] and last[2] != event.pooler_line[2]:
            self._last_pooler_line = None
            return
        if self.count(event, 1):
            self._timeline.add(event.at, event.zone)

    def count(self, event: Event, times: int) -> bool:
        """Count an event that happened several times; whether it counts as one for lack of a slot, with its time."""
        refusal = event.refusal
        if event.unfinished:
            self._unfinished += times
            return False
        if event.login:
            self._logins += times
            return False
        if is_refused_behind(refusal):
            self._undecided += times
        elif not refusal.wants_slot:
            self._others[refusal.limit] += times
            return False
        limit = SOME_LIMIT if event.by_code else refusal.limit
        self._examples.setdefault(limit, event)
        for column, name in zip(self._by, (limit, *event.who[:3]), strict=True):
            counts = self._by[column]
            counts[name if name in counts or len(counts) < _MOST_NAMES else _REST] += times
        return True

    def add_batch(self, entries: Mapping[Rest, Entry | None], batch: Batch) -> None:
        """Count lines that were taken apart, with what each rest means."""
        events = {rest: event for rest in batch.counts if isinstance(event := entries[rest], Event)}
        counted = {rest for rest, event in events.items() if self.count(event, batch.counts[rest])}
        if not counted:
            return
        zone = next(event.zone for rest, event in events.items() if rest in counted)
        alike = len(counted) == len(batch.counts)
        pairs = zip(batch.times, batch.rests, strict=True)
        for at, times in Counter(batch.times if alike else (at for at, rest in pairs if rest in counted)).items():
            self._timeline.add(at.decode(), zone, times)

    def report(self, files: Iterable[str], size: int) -> LogReport:
        """What all events come to."""
        episodes, limits = self._timeline.episodes(), self._by["limit"]
        most = limits.most_common(1)
        return LogReport(
            files=tuple(files),
            size_bytes=size,
            time_zone=self._timeline.zone,
            refusals=sum(limits.values()),
            untimed=self._timeline.untimed,
            others=_shares(self._others),
            pooler_logins=self._logins,
            verdict=verdict_of(episodes, self._timeline.untimed) if self._tells(size) else "unknown",
            episodes=episodes,
            minute_seconds=self._timeline.width,
            minutes=self._timeline.minutes(),
            by=Shares(**{column: _shares(counts) for column, counts in self._by.items()}),
            explanation=explained(self._examples[str(most[0][0])]) if most else None,
            forms=tuple(self._form(name) for name in self._forms),
            unfinished_logins=self._unfinished,
            nodes_down=self._nodes_down,
            undecided=self._undecided,
            ended_by=tuple(self._sender(*one) for one in self._senders.most_common()),
        )

    def _tells(self, size: int) -> bool:
        """Whether a log without a refusal means that there was none: not in a form that tells of none."""
        if self._by["limit"] or self._others or self._logins or self._unfinished or self._senders or size == 0:
            return True
        return not all(looks().forms[name].mute for name in self._forms)

    def _form(self, name: str) -> LogForm:
        form = looks().forms[name]
        return LogForm(form=name, title=form.title, not_logged=form.silent, mute=form.mute)

    def _sender(self, ended: Ended, sessions: int) -> Sender:
        known = self.identities.get(ended.pid)
        return Sender(pid=ended.pid, uid=ended.uid, sessions=sessions, **(known._asdict() if known else {}))


def explained(event: Event) -> Explanation:
    """What a refusal means; where its code alone was understood, what that tells."""
    if not event.by_code:
        return explain(event.refusal)
    about = explain(replace(event.refusal, message=""))
    return replace(about, message=event.refusal.message, who_can_enter=None)


def _shares(counts: Counter[str | None]) -> tuple[Share, ...]:
    return tuple(Share(value=value, refusals=count) for value, count in counts.most_common())


def tally_of(blocks: Iterable[bytes], tally: Tally | None = None) -> Tally:
    """All that a log tells, counted on top of what was counted before."""
    tally, known, guide = tally or Tally(), dict[Rest, Entry | None](), Guide()
    for reader, lines in marked(blocks, guide):
        if not _add_batch(tally, reader, lines, known):
            for entry in map(reader.read, lines):
                if entry is not None:
                    tally.note(entry)
    tally.knows(guide.forms)
    return tally


def name_senders(tally: Tally, logs: Iterable[Iterable[bytes]]) -> None:
    """Read the same logs again for what the processes were that ended sessions; not where there are none."""
    pids = most_frequent(tally.signals)
    if pids:
        for blocks in logs:
            tally.identities |= identities_in(blocks, pids)


def _add_batch(tally: Tally, reader: LineReader, lines: list[bytes], known: dict[Rest, Entry | None]) -> bool:
    """Count many lines of one shape in one go; False where they have none, or tell more than refusals."""
    shape = shape_of(lines[0]) if len(lines) >= _WORTH_A_BATCH else None
    batch = shape.take_apart(lines) if shape is not None else None
    if shape is None or batch is None:
        return False
    if len(known) > _MOST_NAMES:
        known.clear()
    for rest in batch.counts:
        if rest not in known:
            known[rest] = reader.read(shape.whole(batch.times[0], rest))
    if any(_stands_alone(known[rest]) for rest in batch.counts):
        return False
    tally.add_batch(known, batch)
    return True


def _stands_alone(entry: Entry | None) -> bool:
    """Whether an entry is no refusal, or one that a log may have twice."""
    return entry is not None and (not isinstance(entry, Event) or entry.pooler_line is not None)
