"""Refusals over time: minutes, episodes, and whether they are a blip or sustained."""

from dataclasses import dataclass
from typing import Final

from pgconn.config.policy import DEFAULT, Policy
from pgconn.documents.log import Episode, Minute, Verdict
from pgconn.logs.event import iso, seconds_of

_MOST: Final = 50_000
_WIDTHS: Final = {16: 60, 13: 3600, 10: 86400}
_BEGINNING: Final = "0000-00-00 00:00:00"


@dataclass(slots=True)
class _Count:
    """Refusals of one minute, and when the first and the last of them were."""

    first: str
    last: str
    refusals: int


class Timeline:
    """Counts by minute; by hour or day where a log has refusals in so many minutes that memory would grow."""

    def __init__(self) -> None:
        self._digits = 16
        self._counts: dict[str, _Count] = {}
        self.untimed = 0
        self.zone: str | None = None

    def add(self, at: str | None, zone: str | None, times: int = 1) -> None:
        """Count refusals at a moment, or at an unknown one."""
        if at is None:
            self.untimed += times
            return
        self.zone = self.zone or zone
        self._merge(at, at, times)
        if len(self._counts) > _MOST and self._digits > 10:
            self._digits -= 3
            counts, self._counts = self._counts, {}
            for count in counts.values():
                self._merge(count.first, count.last, count.refusals)

    @property
    def width(self) -> int:
        """The seconds of one count."""
        return _WIDTHS[self._digits]

    def minutes(self) -> tuple[Minute, ...]:
        """The minutes with a refusal, in order."""
        rest = _BEGINNING[self._digits :]
        counts = sorted(self._counts.items())
        return tuple(Minute(at=iso(start + rest, self.zone), refusals=count.refusals) for start, count in counts)

    def episodes(self, policy: Policy = DEFAULT) -> tuple[Episode, ...]:
        """What happened in one go, in order."""
        gap = max(policy.episode_gap_seconds, self.width)
        runs: list[_Count] = []
        for _, count in sorted(self._counts.items()):
            if runs and seconds_of(count.first) - seconds_of(runs[-1].last) <= gap:
                last = max(runs[-1].last, count.last)
                runs[-1] = _Count(runs[-1].first, last, runs[-1].refusals + count.refusals)
            else:
                runs.append(count)
        return tuple(
            Episode(
                begin=iso(run.first, self.zone),
                end=iso(run.last, self.zone),
                seconds=seconds_of(run.last) - seconds_of(run.first),
                refusals=run.refusals,
            )
            for run in runs
        )

    def _merge(self, first: str, last: str, refusals: int) -> None:
        known = self._counts.get(first[: self._digits])
        if known is None:
            self._counts[first[: self._digits]] = _Count(first, last, refusals)
            return
        if first < known.first:
            known.first = first
        if last > known.last:
            known.last = last
        known.refusals += refusals


def verdict_of(episodes: tuple[Episode, ...], untimed: int, policy: Policy = DEFAULT) -> Verdict:
    """A blip lasts less than a minute, as a deploy does; what lasts longer is sustained."""
    if not episodes:
        return "unknown" if untimed else "none"
    if any(episode.seconds >= policy.sustained_seconds for episode in episodes):
        return "sustained"
    return "blip" if len(episodes) == 1 else "blips"
