"""Durations and sizes as people write them."""

import pytest
from hypothesis import given, strategies as st

from pgconn.errors import WrongUsage
from pgconn.text.quantities import parse_duration, parse_size, show_count, show_duration, show_size

pytestmark = pytest.mark.offline


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("10min", 600),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1 h 30 min", 5400),
        ("2d", 172800),
        ("1w", 604800),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("7us", 7e-6),
        ("0s", 0),
        (" 10M ", 600),
        ("1m30", None),
        ("999999999999999999w", 999999999999999999 * 604800),
    ],
)
def test_a_duration_is_a_number_and_a_unit_as_often_as_wanted(text: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(WrongUsage):
            parse_duration(text)
    else:
        assert parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("text", ["10", "0", "1.5", " 7 ", "٧"])
def test_a_number_without_a_unit_is_refused_with_a_hint_at_the_units(text: str) -> None:
    with pytest.raises(WrongUsage, match="has no unit") as refused:
        parse_duration(text)
    assert "10m" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "text",
    ["", " ", "m", "-5m", "+5m", "5 parsecs", "5mm", "1h,30m", "1e3s", ".5s", "5.s", "٧m", "１０m", "1h-30m", "inf s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("parse", [parse_duration, parse_size])
def test_a_number_beyond_all_reason_is_refused_and_nothing_overflows(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(WrongUsage):
        parse("9" * 400 + "m")


@given(seconds=st.floats(0, 1e9))
def test_a_duration_that_was_shown_is_read_back_to_within_its_smaller_unit(seconds: float) -> None:
    shown = show_duration(seconds)
    again = parse_duration(shown)
    assert abs(again - seconds) <= max(0.5, seconds / 24)
    assert show_duration(again) == shown


@given(seconds=st.floats(0, 1e9), more=st.floats(0, 1e9))
def test_a_longer_time_never_shows_as_a_shorter_one(seconds: float, more: float) -> None:
    assert parse_duration(show_duration(seconds)) <= parse_duration(show_duration(seconds + more))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-3, "0s"),
        (0.04, "0s"),
        (0.25, "0.2s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.6, "1m"),
        (725, "12m 5s"),
        (3600, "1h"),
        (3601, "1h"),
        (3660, "1h 1m"),
        (86399.9, "1d"),
        (273600, "3d 4h"),
        (86400 * 400, "400d"),
    ],
)
def test_a_duration_shows_in_its_two_greatest_units(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8G", 8 * 2**30),
        ("8GB", 8 * 2**30),
        ("8GiB", 8 * 2**30),
        ("64kB", 65536),
        ("512 MB", 512 * 2**20),
        ("1.5k", 1536),
        ("0.1k", 102),
        ("1T", 2**40),
        ("9007199254740993B", 9007199254740993),
        ("0MB", 0),
    ],
)
def test_a_size_counts_in_powers_of_1024_as_postgresql_does(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "8", "8 elephants", "-1G", "8ib", "G", "1G1M", "٨G", "8GBs"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="is not a size"):
        parse_size(text)


@given(count=st.integers(0, 10**15), unit=st.sampled_from(["B", "kB", "MB", "GB", "TB"]))
def test_a_whole_size_is_exact_however_large(count: int, unit: str) -> None:
    assert parse_size(f"{count}{unit}") == count * 1024 ** ["B", "kB", "MB", "GB", "TB"].index(unit)


def test_one_is_not_many() -> None:
    assert [show_count(number, "session") for number in (0, 1, 2)] == ["0 sessions", "1 session", "2 sessions"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0B"),
        (512, "512B"),
        (1024, "1kB"),
        (10485 * 1024, "10.2MB"),
        (2**33, "8GB"),
        (2**40 * 1.5, "1.5TB"),
        (2**20 - 1, "1MB"),
        (-(2**20), "-1MB"),
    ],
)
def test_a_size_is_shown_in_its_greatest_unit(size: float, shown: str) -> None:
    assert show_size(size) == shown
