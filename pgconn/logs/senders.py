"""What the processes were that ended sessions, by other lines of theirs in the same log."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from pgconn.logs.event import Ended, host_of, name_of, stamp_of, who_of
from pgconn.logs.jsonlog import csv_record, text_of
from pgconn.logs.markers import Marker, looks
from pgconn.logs.reading import marked

MOST: Final = 8
"""Of how many processes a log is searched for lines."""

_IN_BRACKETS: Final = r"\[(\d+)(?:-\d+)?\]|\bpid[ =](\d+)"
_BARE: Final = r"(?<![\w.:/=-])(\d+)(?![\w.:/-])"
# What log_connections writes of a session, in which only the names of the options are the same in every language.
_CONNECTED: Final = r"[^\"':=]{1,60}: ?[^\s=]+=(\S+) database=(\S+)(?: application_name=(.*?))?(?: (?:SSL|GSS)\b.*)?$"
_BACKEND_TYPE: Final = r"(?<![\w=@-])(postmaster|client backend|walsender|background worker)\b"
_POSTMASTER: Final = "postmaster"


class Identity(NamedTuple):
    """What a process was: its kind, and of a session who had it."""

    backend_type: str | None = None
    user: str | None = None
    database: str | None = None
    application: str | None = None
    host: str | None = None

    def with_more(self, other: "Identity") -> "Identity":
        """What two lines of one process tell together; the later one counts for more."""
        return Identity(*(new or old for old, new in zip(self, other, strict=True)))


def most_frequent(signals: Counter[Ended]) -> tuple[int, ...]:
    """The processes that a log is searched for."""
    return tuple(dict.fromkeys(ended.pid for ended, _ in signals.most_common(MOST)))


def identities_in(blocks: Iterable[bytes], pids: tuple[int, ...]) -> dict[int, Identity]:
    """What a log tells of these processes; of those that it does not name, nothing."""
    found: dict[int, Identity] = {}
    wanted = frozenset(pids)
    for reader, lines in marked(blocks, markers=tuple(Marker(str(pid).encode()) for pid in pids)):
        for line in lines:
            text = line.decode(errors="backslashreplace").rstrip("\r\n")
            pid, identity = _of_csv(text) if reader.layout == "csvlog" else _of_line(text, wanted)
            if pid in wanted and any(identity):
                found[pid] = found.get(pid, Identity()).with_more(identity)
    return found


def _of_line(line: str, wanted: frozenset[int]) -> tuple[int, Identity]:
    """Which process wrote a line, and what the line tells of it; 0 where it does not say."""
    if line.startswith("{") and (of_json := _of_json(line))[0]:
        return of_json
    head, colon, message = (text_of(line) if line.startswith("{") else line).partition(":  ")
    pid = _process_in(head, wanted) if colon and not line.startswith("\t") else 0
    if pid == 0:
        return 0, Identity()
    who = who_of(re.sub(_IN_BRACKETS, "", stamp_of(head).rest))
    connected = re.match(_CONNECTED, message)
    user, database, application = connected.groups() if connected else (None, None, None)
    kind = re.search(_BACKEND_TYPE, head)
    return pid, Identity(
        kind[1] if kind else _POSTMASTER if message.startswith(looks().postmaster) else None,
        who.user or name_of(user),
        who.database or name_of(database),
        who.application or name_of(application),
        who.host,
    )


def _process_in(head: str, wanted: frozenset[int]) -> int:
    """The process in a prefix, if it is one of those that are wanted."""
    numbers = [int(next(filter(None, groups))) for groups in re.findall(_IN_BRACKETS, head)]
    numbers = numbers or [int(number) for number in re.findall(_BARE, head)]
    return next((number for number in numbers if number in wanted), 0)


def _of_csv(line: str) -> tuple[int, Identity]:
    record = csv_record(line)
    if record is None:
        return 0, Identity()
    connected = re.match(_CONNECTED, record.message)
    kind = re.search(_BACKEND_TYPE, record.rest[record.rest.rfind(',"') :])
    application = name_of(connected[3] if connected else None)
    user, database, host, _ = record.who
    return record.pid, Identity(kind[1] if kind else None, user, database, application, host)


class _Record(msgspec.Struct):
    """What a record of jsonlog tells of its process."""

    pid: int = 0
    user: str | None = None
    dbname: str | None = None
    remote_host: str | None = None
    application_name: str | None = None
    backend_type: str | None = None
    message: str = ""


def _of_json(line: str) -> tuple[int, Identity]:
    try:
        record = msgspec.json.decode(line, type=_Record)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return 0, Identity()
    connected = re.match(_CONNECTED, record.message)
    application = name_of(record.application_name or (connected[3] if connected else None))
    host = host_of(record.remote_host)
    return record.pid, Identity(record.backend_type, name_of(record.user), name_of(record.dbname), application, host)
