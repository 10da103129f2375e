"""Which few bytes to look for, so that of a whole log only the lines that may tell of a refusal are parsed.

Every refusal of a server stands on a line with the severity FATAL in the server's language, every one of PgBouncer's
after "pooler error:" or "closing because:". In a long log only those are looked for that samples of the log give
reason to expect; where a sample shows nothing that is known, all are.
"""

import re
from functools import cache
from typing import Final, NamedTuple

_ALL_UP_TO: Final = 2**20
_SAMPLE: Final = 4096
_PROBE: Final = 2**16
_MANY: Final = 80  # hits in a probe from which on to look at each line is faster than to find the lines of hits
LONGEST: Final = 2**14


class Kind(NamedTuple):
    """What to look for in one kind of log, and what any stretch of such a log shows."""

    markers: tuple[bytes, ...]
    signs: tuple[bytes, ...]


def _kind(markers: tuple[str, ...], *signs: str) -> Kind:
    return Kind(tuple(map(str.encode, markers)), tuple(map(str.encode, signs)))


LATIN: Final = _kind(
    ("FATAL",),
    "LOG:  ",
    "ERROR:  ",
    "FATAL:  ",
    "STATEMENT:  ",
    "DETAIL:  ",
    "LOGG:  ",
    "FATALE:  ",
    ",LOG,00000,",
    ",ERROR,",
    ",FATAL,",
    '"error_severity":"',
)
KINDS: Final = (
    LATIN,
    _kind(("ВАЖНО",), "СООБЩЕНИЕ", "ОШИБКА", "ОПЕРАТОР", "ПРЕДУПРЕЖДЕНИЕ", "ВАЖНО"),
    _kind(("ФАТАЛЬНО",), "ЗАПИСУВАННЯ", "ПОМИЛКА", "ІНСТРУКЦІЯ", "ПОПЕРЕДЖЕННЯ", "ФАТАЛЬНО"),
    _kind(("치명적오류",), "로그", "오류", "명령 구문", "경고"),
    _kind(("致命错误",), "日志", "错误", "语句", "警告"),
    _kind(("ფატალური",), "ჟურნალი", "შეცდომა", "ოპერატორი", "გაფრთხილება"),
    _kind(
        ("KATASTROFALN", "wielu klientów", "gniazda połączeń", "wiele połączeń"),
        "DZIENNIK",
        "BŁĄD",
        "OSTRZEŻENIE",
        "WYRAŻENIE",
    ),
    _kind(("ÖLÜMCÜL", "istemci sayısı", "bağlantı sayısı"), "HATA:", "UYARI:", "ÖLÜMCÜL", "İFADE"),
    _kind(("pooler error: ", " closing because: "), "C-0x", "S-0x", " LOG stats: ", "PgBouncer"),
)
ANYTHING: Final = _kind(
    (
        "many clients already",
        "remaining connection slots",
        "too many connections for ",
        "client connections",
        "server login failed",
        "the database system is",
    )
)
_EVERY: Final = tuple(dict.fromkeys(marker for kind in (*KINDS, ANYTHING) for marker in kind.markers))


def markers_for(block: bytes, offset: int) -> tuple[bytes, ...]:
    """What to look for in a block of a log that begins at this offset."""
    if offset < _ALL_UP_TO:
        return _EVERY
    sample = block[:_SAMPLE] + block[len(block) // 2 :][:_SAMPLE] + block[-_SAMPLE:]
    shown = [kind for kind in KINDS if any(sign in sample for sign in kind.signs)]
    return tuple(marker for kind in shown for marker in kind.markers) if shown else _EVERY


def marked_lines(block: bytes, markers: tuple[bytes, ...], start: int, end: int) -> list[bytes]:
    """The lines between `start` and `end` that have a marker, each once and in order, without their newlines.

    `start` is the beginning of a line, and `end` the end of one.
    """
    if len(markers) == 1 and block.count(markers[0], start, min(end, start + _PROBE)) > _MANY:
        marker = markers[0]
        return [line[:LONGEST] for line in block[start:end].split(b"\n") if marker in line]
    lines: dict[int, bytes] = {}
    for marker in markers:
        _collect(block, marker, start, end, lines)
    return list(lines.values()) if len(markers) == 1 else [lines[begin] for begin in sorted(lines)]


def _collect(block: bytes, marker: bytes, start: int, end: int, lines: dict[int, bytes]) -> None:
    rfind = block.rfind
    for found in _to_line_end(marker).finditer(block, start, end):
        place, stop = found.span()
        begin = rfind(b"\n", start, place) + 1 or start
        lines[begin] = block[begin : stop if stop - begin < LONGEST else begin + LONGEST]


@cache
def _to_line_end(marker: bytes) -> re.Pattern[bytes]:
    """The marker and the rest of its line; for short markers that is found faster than by `bytes.find`."""
    return re.compile(re.escape(marker) + rb"[^\n]*")
