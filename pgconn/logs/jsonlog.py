"""Lines of jsonlog and csvlog, and those that an operator or a container runtime wraps around a record.

A record of csvlog may span lines: the first tells all that is asked here. Inside a quoted field every quote is
doubled, so a line of a query that looks like a record never reads as one.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from pgconn.logs.codes import LOGGING_IN, OF_LOGINS, TERMINATED, Circumstances
from pgconn.logs.event import Ended, Entry, Event, Who, host_of, name_of, stamp_of
from pgconn.logs.markers import looks
from pgconn.logs.meanings import Meanings, named
from pgconn.logs.plain import FATAL_WORD
from pgconn.logs.signals import ended_by

_WRAPPED: Final = ("log", "message", "msg", "textPayload", "event_message", "MESSAGE")
_WRITTEN: Final = ("timestamp", "time", "ts")


class _Record(msgspec.Struct):
    """What is read of a record, under the names of jsonlog and of CloudNativePG."""

    timestamp: str | float | None = None
    log_time: str | None = None
    user: str | None = None
    user_name: str | None = None
    dbname: str | None = None
    database_name: str | None = None
    remote_host: str | None = None
    connection_from: str | None = None
    error_severity: str | None = None
    state_code: str | None = None
    sql_state_code: str | None = None
    message: str | None = None
    func_name: str | None = None
    location: str | None = None
    application_name: str | None = None
    detail: str | None = None
    backend_type: str | None = None
    vxid: str | None = None
    virtual_transaction_id: str | None = None


class _Wrapper(msgspec.Struct):
    """A line around a record or around a line of text."""

    record: _Record | None = None
    log: str | None = None
    message: str | None = None
    msg: str | None = None
    textPayload: str | None = None  # noqa: N815
    event_message: str | None = None
    MESSAGE: str | None = None
    properties: "_Wrapper | None" = None
    timestamp: str | float | None = None
    time: str | float | None = None
    ts: str | float | None = None


class JsonReader:
    """Reads one object a line."""

    def __init__(self, meanings: Meanings, read_text: Callable[[str, str], Entry | None]) -> None:
        self._meanings, self._read_text = meanings, read_text

    def read(self, line: str, below: str = "") -> Entry | None:
        """What a line tells, with the text of the one below it; None for one that tells nothing or is no JSON."""
        try:
            record = msgspec.json.decode(line, type=_Record)
            if record.error_severity is not None:
                return self._event(record)
            wrapper = msgspec.json.decode(line, type=_Wrapper)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return None
        if wrapper.record is not None:
            return self._event(wrapper.record)
        return self._unwrapped(wrapper, below)

    def _unwrapped(self, wrapper: _Wrapper, below: str) -> Entry | None:
        """What the text within a line tells; where it has no time of its own, the line's is taken."""
        text = _text_in(wrapper)
        event = self._read_text(text, below) if text else None
        if not isinstance(event, Event) or event.at is not None:
            return event
        at, zone, _ = stamp_of(next((str(at) for name in _WRITTEN if (at := getattr(wrapper, name))), ""))
        return event._replace(at=at, zone=zone)

    def _event(self, record: _Record) -> Event | Ended | None:
        state = record.state_code or record.sql_state_code or ""
        if not FATAL_WORD.fullmatch(record.error_severity or ""):
            return None
        if state == TERMINATED:
            return ended_by(record.detail)
        user, database = name_of(record.user or record.user_name), name_of(record.dbname or record.database_name)
        vxid = record.vxid or record.virtual_transaction_id or ""
        about = Circumstances(record.backend_type, vxid, user, database)
        routine = record.func_name or (record.location or "").partition(",")[0] or None
        meaning = self._meanings.of_record(state, record.message or "", routine, about)
        if meaning is None:
            return None
        host = host_of(record.remote_host) or host_of(record.connection_from, with_port=True)
        who = named(meaning.refusal, Who(user, database, host, name_of(record.application_name)))
        at, zone, _ = stamp_of(str(record.timestamp or record.log_time or ""))
        return Event(meaning.refusal, at, zone, who, by_code=meaning.by_code, unfinished=meaning.unfinished)


def text_of(line: str) -> str:
    """The text that a line of JSON wraps; the line itself where it wraps none."""
    try:
        return _text_in(msgspec.json.decode(line, type=_Wrapper)) or line
    except (msgspec.DecodeError, UnicodeEncodeError):
        return line


def _text_in(wrapper: _Wrapper) -> str:
    inner = wrapper.properties or wrapper
    return next((text.rstrip("\n") for name in _WRAPPED if (text := getattr(inner, name))), "")


_TEXT: Final = r'(?:"((?:[^"]|"")*)"|)'
_ANY: Final = r'(?:"(?:[^"]|"")*"|[^",\n]*)'
_WHEN: Final = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,\n]*)"
_CLIENT: Final = rf"{_WHEN},{_TEXT},{_TEXT},(\d*),{_TEXT},"
_HEAD: Final = (
    rf'{_CLIENT}[^,\n]*,\d*,{_TEXT},{_ANY},([^,\n]*),\d*,([^,"\n]*),(\w{{5}}),'
    r'"((?:[^"]|"")*)'
)
_REST: Final = rf'",{_TEXT}(?:,{_ANY}){{6}},(?:"(\w+), [^"]*"|{_ANY}),{_TEXT}(?:,{_TEXT})?'


class CsvRecord(NamedTuple):
    """What of a record of csvlog is asked here, by its first line."""

    when: str
    who: Who
    pid: int
    title: str
    vxid: str
    severity: str
    state: str
    message: str
    rest: str


def csv_record(line: str) -> CsvRecord | None:
    """The record that begins on a line; None for any other line."""
    found = re.match(_HEAD, line)
    if found is None:
        return None
    when, user, database, pid, place, title, vxid, severity, state, message = found.groups()
    host = host_of(_unquoted(place), with_port=True)
    who = Who(name_of(_unquoted(user)), name_of(_unquoted(database)), host)
    text = _unquoted(message) or ""
    return CsvRecord(when, who, int(pid or 0), title or "", vxid, severity, state, text, line[found.end() :])


def is_record(line: str) -> bool:
    """Whether a line begins a record of csvlog."""
    return ',"' in line and re.match(_CLIENT, line) is not None


class CsvReader:
    """Reads the lines at which records begin."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def read(self, line: str) -> Event | Ended | None:
        """What the record tells that begins on a line; None for any other line."""
        record = csv_record(line)
        if record is None or not _is_fatal(record):
            return None
        rest = re.match(_REST, record.rest)
        detail, routine, application, backend_type = rest.groups() if rest else (None, None, None, None)
        if record.state == TERMINATED:
            return ended_by(_unquoted(detail))
        who = record.who._replace(application=name_of(_unquoted(application)))
        about = Circumstances(backend_type, record.vxid, who.user, who.database)
        meaning = self._meanings.of_record(record.state, record.message, routine, about)
        if meaning is None:
            return None
        at, zone, _ = stamp_of(record.when)
        who = named(meaning.refusal, who)
        return Event(meaning.refusal, at, zone, who, by_code=meaning.by_code, unfinished=meaning.unfinished)


def _is_fatal(record: CsvRecord) -> bool:
    """Whether a record ends its process: in a language that is not known, a refusal's code of one that logs in."""
    if FATAL_WORD.fullmatch(record.severity):
        return True
    known = record.severity.rstrip("12345") in looks().below_fatal
    return record.state in OF_LOGINS and record.title in LOGGING_IN and not known


def _unquoted(text: str | None) -> str | None:
    return None if text is None else text.replace('""', '"')
