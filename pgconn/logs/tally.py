"""The refusals of a log counted, and the report that comes of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from pgconn.documents.log import LogReport, Share, Shares
from pgconn.logs.event import Event
from pgconn.logs.reading import LineReader, marked
from pgconn.logs.shapes import Batch, Rest, shape_of
from pgconn.logs.timeline import Timeline, verdict_of
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
        self._logins = 0
        self._last_pooler_line: tuple[str, str, str] | None = None
        self._examples: dict[str, Event] = {}

    @property
    def seen(self) -> int:
        """How many refusals were counted, of whatever kind."""
        return sum(self._by["limit"].values()) + sum(self._others.values())

    @property
    def timed(self) -> bool:
        """Whether a line had the time when it was written."""
        return self._timeline.zone is not None or bool(self._timeline.minutes())

    def add(self, event: Event) -> None:
        """Count one event; what PgBouncer tells a second time counts once."""
        last, self._last_pooler_line = self._last_pooler_line, event.pooler_line
        if last and event.pooler_line and last[:2] == event.pooler_line[:2] and last[2] != event.pooler_line[2]:
            self._last_pooler_line = None
            return
        if self.count(event, 1):
            self._timeline.add(event.at, event.zone)

    def count(self, event: Event, times: int) -> bool:
        """Count an event that happened several times; whether no slot was free, so that its time counts."""
        refusal = event.refusal
        if event.login:
            self._logins += times
            return False
        if not refusal.wants_slot:
            self._others[refusal.limit] += times
            return False
        self._examples.setdefault(refusal.limit, event)
        for column, name in zip(self._by, (refusal.limit, *event.who[:3]), strict=True):
            counts = self._by[column]
            counts[name if name in counts or len(counts) < _MOST_NAMES else _REST] += times
        return True

    def add_batch(self, events: Mapping[Rest, Event | None], batch: Batch) -> None:
        """Count lines that were taken apart, with what each rest means."""
        counted = {
            rest
            for rest, times in batch.counts.items()
            if (event := events[rest]) is not None and self.count(event, times)
        }
        if not counted:
            return
        zone = next(event.zone for rest in counted if (event := events[rest]) is not None)
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
            verdict=verdict_of(episodes, self._timeline.untimed),
            episodes=episodes,
            minute_seconds=self._timeline.width,
            minutes=self._timeline.minutes(),
            by=Shares(**{column: _shares(counts) for column, counts in self._by.items()}),
            explanation=explain(self._examples[str(most[0][0])].refusal) if most else None,
        )


def _shares(counts: Counter[str | None]) -> tuple[Share, ...]:
    return tuple(Share(value=value, refusals=count) for value, count in counts.most_common())


def tally_of(blocks: Iterable[bytes], tally: Tally | None = None) -> Tally:
    """All refusals of a log, counted on top of what was counted before."""
    tally, known = tally or Tally(), dict[Rest, Event | None]()
    for reader, lines in marked(blocks):
        if not _add_batch(tally, reader, lines, known):
            for event in filter(None, map(reader.read, lines)):
                tally.add(event)
    return tally


def _add_batch(tally: Tally, reader: LineReader, lines: list[bytes], known: dict[Rest, Event | None]) -> bool:
    """Count many lines of one shape in one go; False where they have none, or tell of a client twice."""
    shape = shape_of(lines[0]) if len(lines) >= _WORTH_A_BATCH else None
    batch = shape.take_apart(lines) if shape is not None else None
    if shape is None or batch is None:
        return False
    if len(known) > _MOST_NAMES:
        known.clear()
    for rest in batch.counts:
        if rest not in known:
            known[rest] = reader.read(shape.whole(batch.times[0], rest))
    if any(event is not None and event.pooler_line is not None for event in map(known.get, batch.counts)):
        return False
    tally.add_batch(known, batch)
    return True
