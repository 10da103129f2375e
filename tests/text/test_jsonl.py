"""A line is written whole or taken back, and what a newer pgconn wrote is distinguished from damage."""

import io
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.text.jsonl import Newer, append, decode, decode_line

pytestmark = pytest.mark.offline


class Line(msgspec.Struct, tag_field="kind", tag="line"):
    """What the tests write."""

    version: Literal[1] = 1
    text: str = ""


class Tired(io.BytesIO):
    """A file that takes few bytes at a time, and after so many none."""

    def __init__(self, before: bytes, room: int) -> None:
        super().__init__(before)
        self.room = room

    def write(self, data: object) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        part = bytes(data)[: min(3, self.room)]  # type: ignore[call-overload]
        self.room -= len(part)
        return super().write(part)


@given(before=st.binary(max_size=9), data=st.binary(min_size=1, max_size=20), room=st.integers(0, 25))
def test_a_file_has_all_of_it_or_is_as_it_was(before: bytes, data: bytes, room: int) -> None:
    file = Tired(before, room)
    if room < len(data):
        with pytest.raises(OSError, match="No space"):
            append(file, data)
        assert file.getvalue() == before
    else:
        append(file, data)
        assert file.getvalue() == before + data


def test_it_is_appended_wherever_the_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\n")
    with path.open("r+b", buffering=0) as file:
        append(file, b"two\n", sync=True)
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_line_comes_back_as_it_was() -> None:
    line = msgspec.json.encode(Line(text="é")) + b"\n"
    assert decode_line(line, Line, tags=("line",), newest=1) == Line(text="é")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"kind":"other","version":1}', b'{"kind":"line"}', b"\xff"])
def test_what_is_no_such_line_is_an_error_of_decoding(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(data, Line, tags=("line",), newest=1)


def test_a_newer_version_is_named_and_another_kind_is_no_newer_version() -> None:
    with pytest.raises(Newer, match="version 7") as caught:
        decode(b'{"kind":"line","version":7,"unheard":0}', Line, tags=("line",), newest=1)
    assert caught.value.version == 7
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"kind":"other","version":7}', Line, tags=("line",), newest=1)


def test_a_line_without_its_end_is_cut() -> None:
    with pytest.raises(msgspec.DecodeError, match="cut short"):
        decode_line(msgspec.json.encode(Line()), Line, tags=("line",), newest=1)
