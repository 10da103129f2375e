"""Numbers that know their unit."""

import msgspec
import pytest

from pgconn.text.units import Bytes, Duration, Seconds, Share, bare, shown

pytestmark = pytest.mark.offline


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Bytes(8 * 2**30), "8GB"),
        (Bytes(0), "0B"),
        (Seconds(300), "5m"),
        (Seconds(0), "0s"),
        (Duration(0.015), "15ms"),
        (Duration(2.0), "2s"),
        (Share(0.15), "15%"),
        (100, "100"),
        (1.1, "1.1"),
        (4.0, "4"),
        (False, "off"),
        ("try", "try"),
        (None, "none"),
    ],
)
def test_a_number_is_shown_with_its_unit(value: float | str | None, text: str) -> None:
    assert shown(value) == text


def test_json_has_the_number_alone() -> None:
    values = (Bytes(1024), Seconds(300), Duration(2.0), Share(0.5))
    assert msgspec.json.encode(values, enc_hook=bare) == b"[1024,300,2.0,0.5]"
    with pytest.raises(NotImplementedError):
        bare(object())


def test_a_sum_of_sizes_is_a_number() -> None:
    assert Bytes(3) + Bytes(4) == 7
    assert f"{Bytes(1024)}" == "1024"
