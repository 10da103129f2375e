"""A log from its first block to its last, each line that may tell of a refusal handed on."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Literal

from pgconn.logs.event import Entry, Event
from pgconn.logs.jsonlog import CsvReader, JsonReader, is_record, text_of
from pgconn.logs.markers import Guide, Marker, marked_lines, wants_next
from pgconn.logs.meanings import Meanings
from pgconn.logs.odyssey import OdysseyReader
from pgconn.logs.plain import PlainReader
from pgconn.logs.poolers import PgBouncerReader, PgpoolReader, is_pgpool, read_pgagroal

Layout = Literal["text", "csvlog", "jsonlog", "pgpool"]

_HEAD: Final = 2**16
_LONGEST_LINE: Final = 2**20


class TextReader:
    """Reads lines of text of a server or of any pooler."""

    def __init__(self, meanings: Meanings, *, pgpool: bool = False) -> None:
        self._plain = PlainReader(meanings)
        self._bouncer = PgBouncerReader(meanings)
        self._pgpool = PgpoolReader(meanings, alone=pgpool)
        self._odyssey = OdysseyReader(meanings)
        self._only_pgpool = pgpool

    def read(self, line: str, below: str = "") -> Entry | None:
        """What a line tells, with the one below it where that may belong to it."""
        if line.startswith("\t"):
            return None
        if (self._only_pgpool or " pid " in line) and (entry := self._pgpool.read(line, below)) is not None:
            return entry
        if ":  " in line:
            return self._plain.read(line, below)
        if ("-0x" in line or "server login failed" in line) and self._bouncer.owns(line):
            return self._bouncer.read(line)
        return self._odyssey.read(line) or read_pgagroal(line) or self._plain.read(line, below)


class LineReader:
    """Reads single lines of one log."""

    def __init__(self, layout: Layout = "text") -> None:
        meanings = Meanings()
        self._text = TextReader(meanings, pgpool=layout == "pgpool")
        self._json = JsonReader(meanings, self._text.read)
        self._csv = CsvReader(meanings)
        self.layout = layout

    def read(self, line: bytes) -> Entry | None:
        """What a line tells, to which the one below it may be joined by a newline; None for one that tells nothing."""
        text, _, below = line.decode(errors="backslashreplace").partition("\n")
        text = text.rstrip("\r")
        if self.layout == "csvlog":
            return self._csv.read(text)
        if text.startswith("{"):
            return self._json.read(text, text_of(below.rstrip("\r")) if below else "")
        # A container runtime or a viewer may write something before a record of JSON; a server's message is no record.
        start = text.find('{"') if text.endswith("}") else -1
        wrapped = self._json.read(text[start:]) if start > 0 and ":  " not in text[:start] else None
        return wrapped or self._text.read(text, below.rstrip("\r"))


def layout_of(block: bytes) -> Layout:
    """How a log is written, by the first of its lines that shows it."""
    for line in block[:_HEAD].splitlines()[:100]:
        text = line.decode(errors="replace")
        if is_record(text):
            return "csvlog"
        if text.startswith('{"'):
            return "jsonlog"
        if is_pgpool(text):
            return "pgpool"
    return "text"


def events_of(blocks: Iterable[bytes]) -> Iterator[Event]:
    """Every refusal in a log, one by one."""
    for reader, lines in marked(blocks):
        yield from (entry for entry in map(reader.read, lines) if isinstance(entry, Event))


def marked(
    blocks: Iterable[bytes], guide: Guide | None = None, markers: tuple[Marker, ...] = ()
) -> Iterator[tuple[LineReader, list[bytes]]]:
    """The lines of a log that may tell something, whatever the blocks in which it comes; memory stays constant.

    `guide` learns which forms of log there are; with `markers` those lines come that have one of them.
    """
    head, rest, guide = b"", iter(blocks), guide or Guide()
    while len(head) < _HEAD and (block := next(rest, None)) is not None:
        head += block
    reader = LineReader(layout_of(head))
    if reader.layout in ("csvlog", "pgpool"):
        guide.all_in(reader.layout)
    for block, start, end, offset in _whole_lines(chain((head,), rest)):
        if lines := marked_lines(block, markers or guide.markers_for(block, offset), start, end):
            yield reader, lines


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int, int, int]]:
    """Stretches of whole lines: the bytes, where in them the stretch begins and ends, and its offset in the log.

    A line that blocks share comes alone; of a very long one only the beginning comes. A line that may belong to the
    next one comes with it.
    """
    carried, offset = b"", 0
    for block in blocks:
        first = _shared(carried, block)
        if first == 0:
            carried += block[: _LONGEST_LINE - len(carried)]
        else:
            shared = carried + block[: min(first, _LONGEST_LINE - len(carried))]
            yield shared, 0, len(shared), offset
            last = _last(block, first)
            if last > first:
                yield block, first, last, offset
            carried = block[last:][:_LONGEST_LINE]
        offset += len(block)
    if carried:
        yield carried, 0, len(carried), offset


def _shared(carried: bytes, block: bytes) -> int:
    """How much of a block belongs to the lines that begin before it; 0 where they do not end in it."""
    first = block.find(b"\n") + 1
    if first == 0 or not wants_next((carried + block[:first])[:-1].rpartition(b"\n")[2]):
        return first
    second = block.find(b"\n", first) + 1
    return first if second and wants_next(block[first:second]) else second


def _last(block: bytes, first: int) -> int:
    """Where the last line of a block ends that does not wait for the next one."""
    last = block.rfind(b"\n") + 1
    begin = max(first, block.rfind(b"\n", 0, last - 1) + 1)
    return begin if last > first and wants_next(block[begin:last]) else last
