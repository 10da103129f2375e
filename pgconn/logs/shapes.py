"""Lines of the same shape read many at a time: what differs on each, such as a process id, is left out.

In a storm of refusals most lines differ in time, process and port alone. A shape takes a batch of lines apart in one
go, and what is left is so often the same that it is parsed once.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Final, NamedTuple

_TIME: Final = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_TIME_LONG: Final = 19
_PROCESS: Final = rb"\[\d+\](?:: \[\d+-\d+\])?"
_STRING: Final = rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_QUOTED: Final = rb'(?:"[^"\n]*(?:""[^"\n]*)*"|)'

Rest = tuple[bytes, ...] | bytes


# What a record of a server tells that no shape keeps.
_SINGLE: Final = (b" PID ", b"dead-end ", b'"walsender"')


class Batch(NamedTuple):
    """Lines taken apart: the time of each, what is left of each, and how often that is."""

    times: Sequence[bytes]
    rests: Sequence[Rest]
    counts: Counter[Rest]


class Pattern(NamedTuple):
    """A shape as a regular expression: its first group is the time; the others, put into `line`, make a line again."""

    pattern: bytes
    line: bytes

    def take_apart(self, lines: Sequence[bytes]) -> Batch | None:
        """The lines as a batch; None unless all of them have the shape, and tell no more than it keeps."""
        joined = b"\n".join(lines)
        if any(word in joined for word in _SINGLE):
            return None
        found = _compiled(self.pattern).findall(joined)
        if len(found) != len(lines):
            return None
        rests = tuple(map(_REST, found))
        return Batch(tuple(map(_FIRST, found)), rests, Counter(rests))

    def whole(self, time: bytes, rest: Rest) -> bytes:
        """A line with this time and this rest."""
        return self.line % (time, *rest)

    def fits(self, line: bytes) -> bool:
        """Whether a line has the shape."""
        return _compiled(self.pattern).match(line) is not None


class ProcessInBrackets:
    """The most frequent shape, a time and later the process in brackets, without a regular expression."""

    def take_apart(self, lines: Sequence[bytes]) -> Batch | None:
        """The lines as a batch; None unless all of them have the shape."""
        parts = [line.partition(b"] ") for line in lines]
        times = [head[:_TIME_LONG] for head, _, _ in parts]
        before = [head[_TIME_LONG:].strip(b".0123456789") for head, _, _ in parts]
        fullmatch = re.compile(_TIME).fullmatch
        if not all(map(fullmatch, set(times))) or not all(text.endswith(b"[") for text in set(before)):
            return None
        rests = [b"%s1] %s" % (text, after) for text, (_, _, after) in zip(before, parts, strict=True)]
        return Batch(times, rests, Counter(rests))

    def whole(self, time: bytes, rest: Rest) -> bytes:
        """A line with this time and this rest."""
        return time + rest if isinstance(rest, bytes) else time

    def fits(self, line: bytes) -> bool:
        """Whether a line has the shape; not where a number of the line or a port stands beside the process."""
        return _compiled(rb"^" + _TIME + rb"[^\[\n]*\[\d+\] (?!\[\d)[^(\n]*$").match(line) is not None


Shape = Pattern | ProcessInBrackets

_FIRST: Final = itemgetter(0)
_REST: Final[Callable[[tuple[bytes, ...]], Rest]] = itemgetter(slice(1, None))


def _pattern(pattern: bytes, line: bytes) -> Pattern:
    return Pattern(rb"^(" + _TIME + rb")(?:[.,]\d+)?" + pattern, line)


_SHAPES: Final = (
    ProcessInBrackets(),
    _pattern(rb"([^\[\n]*?)\(\d+\)([^\[\n]*)" + _PROCESS + rb"(.*)$", b"%s%s%s%s"),
    _pattern(rb"([^\[\n]*)" + _PROCESS + rb"([^\n:]*?)\(\d+\)(.*)$", b"%s%s%s%s"),
    _pattern(rb"([^\[\n]*)" + _PROCESS + rb"(.*)$", b"%s%s%s"),
    _pattern(
        rb"([^,\n]*),(" + _QUOTED + b"),(" + _QUOTED + rb"),\d*,(?:\"([^\"\n]*?)(?::\d+)?\")?,[^,\n]*,\d*,"
        rb'(?:"[^"\n]*"|),[^,"\n]*,(\d?)[^,"\n]*,\d*,(\w+,\w{5},' + _QUOTED + rb").*$",
        b'%s%s,%s,%s,1,"%s:1",,1,"",,%s,0,%s',
    ),
    Pattern(
        rb'^\{"timestamp":"('
        + _TIME
        + rb')[.\d]*([^"\n]*)",((?:"user":'
        + _STRING
        + rb',)?(?:"dbname":'
        + _STRING
        + rb',)?)"pid":\d+,((?:"remote_host":'
        + _STRING
        + rb',)?)(?:"remote_port":\d+,)?.*?,((?:"vxid":"\d)?)[/\d]*((?:",)?)(?:"txid":\d+,)?'
        rb'("error_severity":' + _STRING + rb',(?:"state_code":' + _STRING + rb',)?"message":' + _STRING + rb").*\}$",
        b'{"timestamp":"%s%s",%s%s%s%s%s}',
    ),
)


def shape_of(line: bytes) -> Shape | None:
    """The shape of a line, if it has one of those known."""
    return next((shape for shape in _SHAPES if shape.fits(line)), None)


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.MULTILINE)
