"""A log from its first block to its last, each line that may tell of a refusal handed on."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Literal

from pgconn.logs.event import Event
from pgconn.logs.jsonlog import CsvReader, JsonReader, is_record
from pgconn.logs.markers import marked_lines, markers_for
from pgconn.logs.plain import Meanings, PlainReader

Layout = Literal["text", "csvlog", "jsonlog"]

_HEAD: Final = 2**16
_LONGEST_LINE: Final = 2**20


class LineReader:
    """Reads single lines of one log."""

    def __init__(self, layout: Layout = "text") -> None:
        meanings = Meanings()
        self._plain = PlainReader(meanings)
        self._json = JsonReader(meanings, self._plain)
        self._csv = CsvReader(meanings)
        self._csv_alone = layout == "csvlog"

    def read(self, line: bytes) -> Event | None:
        """The refusal that a line tells of; None for a line that tells of none."""
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        if self._csv_alone:
            return self._csv.read(text)
        if text.startswith("{"):
            return self._json.read(text)
        # A container runtime or a viewer may write something before a record of JSON; a server's message is no record.
        start = text.find('{"') if text.endswith("}") else -1
        wrapped = self._json.read(text[start:]) if start > 0 and ":  " not in text[:start] else None
        return wrapped or self._plain.read(text)


def layout_of(block: bytes) -> Layout:
    """How a log is written, by the first of its lines that shows it."""
    for line in block[:_HEAD].splitlines()[:100]:
        text = line.decode(errors="replace")
        if is_record(text):
            return "csvlog"
        if text.startswith('{"'):
            return "jsonlog"
    return "text"


def events_of(blocks: Iterable[bytes]) -> Iterator[Event]:
    """Every refusal in a log, one by one."""
    for reader, lines in marked(blocks):
        yield from filter(None, map(reader.read, lines))


def marked(blocks: Iterable[bytes]) -> Iterator[tuple[LineReader, list[bytes]]]:
    """The lines of a log that may tell of a refusal, whatever the blocks in which it comes; memory stays constant."""
    head, rest = b"", iter(blocks)
    while len(head) < _HEAD and (block := next(rest, None)) is not None:
        head += block
    reader = LineReader(layout_of(head))
    for block, start, end, offset in _whole_lines(chain((head,), rest)):
        if lines := marked_lines(block, markers_for(block, offset), start, end):
            yield reader, lines


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int, int, int]]:
    """Stretches of whole lines: the bytes, where in them the stretch begins and ends, and its offset in the log.

    A line that blocks share comes alone; of a very long one only the beginning comes.
    """
    carried, offset = b"", 0
    for block in blocks:
        first = block.find(b"\n") + 1
        if first == 0:
            carried += block[: _LONGEST_LINE - len(carried)]
        else:
            shared = carried + block[: min(first, _LONGEST_LINE - len(carried))]
            yield shared, 0, len(shared), offset
            last = block.rfind(b"\n") + 1
            if last > first:
                yield block, first, last, offset
            carried = block[last:][:_LONGEST_LINE]
        offset += len(block)
    if carried:
        yield carried, 0, len(carried), offset
