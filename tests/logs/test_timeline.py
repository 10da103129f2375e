"""A blip lasts less than a minute; what lasts longer is sustained."""

import pytest
from hypothesis import given, strategies as st

from pgconn.logs.event import iso, stamp_of
from pgconn.logs.tally import tally_of
from pgconn.logs.timeline import Timeline, verdict_of
from tests.logs.made import stamp, stderr_line

pytestmark = pytest.mark.offline


def verdict(*seconds: float) -> str:
    lines = (stderr_line(second, "sorry, too many clients already") for second in seconds)
    return tally_of(["\n".join(lines).encode()]).report((), 0).verdict


def test_the_verdict_is_that_of_the_longest_episode() -> None:
    assert verdict() == "none"
    assert verdict(0) == "blip"
    assert verdict(*range(60)) == "blip"
    assert verdict(*range(61)) == "sustained"
    assert verdict(0, 59, 118) == "sustained"
    assert verdict(0, 20, 3600, 3620) == "blips"
    assert verdict(0, *range(3600, 3700, 10)) == "sustained"
    assert verdict_of((), 3) == "unknown"


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60))
def test_no_refusal_is_lost_in_minutes_and_episodes(seconds: list[int]) -> None:
    line = Timeline()
    for second in seconds:
        line.add(stamp(second)[:-4], "UTC")
    minutes, episodes = line.minutes(), line.episodes()
    assert sum(minute.refusals for minute in minutes) == len(seconds) == sum(episode.refusals for episode in episodes)
    assert [minute.at for minute in minutes] == sorted({minute.at for minute in minutes})
    assert all(episode.begin <= episode.end and episode.seconds >= 0 for episode in episodes)


def test_very_many_minutes_become_hours_and_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgconn.logs.timeline._MOST", 50)
    line = Timeline()
    for hour in range(2000):
        line.add(stamp(hour * 3600)[:-4], "UTC")
    assert line.width == 86400
    assert sum(minute.refusals for minute in line.minutes()) == 2000
    assert line.minutes()[0].at == "2026-11-03T00:00:00+00:00"


@pytest.mark.parametrize(
    ("head", "reported"),
    [
        ("2026-11-03 10:15:23.123 UTC [7]", "2026-11-03T10:15:23+00:00"),
        ("2026-11-03 10:15:23 CET [7]", "2026-11-03T10:15:23"),
        ("2026-11-03T10:15:23.123Z x", "2026-11-03T10:15:23+00:00"),
        ("2026-11-03 10:15:23+01 [7]", "2026-11-03T10:15:23+01:00"),
        ("2026-11-03 10:15:23.1 +0530 [7]", "2026-11-03T10:15:23+05:30"),
        ("1793700923.123 [7]", "2026-11-03T10:15:23+00:00"),
    ],
)
def test_a_time_is_reported_with_the_offset_that_the_log_gives(head: str, reported: str) -> None:
    found = stamp_of(head)
    assert found.at is not None
    assert iso(found.at, found.zone) == reported
