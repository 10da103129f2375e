"""Lines of jsonlog and csvlog, and those that an operator or a container runtime wraps around a record.

A record of csvlog may span lines: the first tells all that is asked here. Inside a quoted field every quote is
doubled, so a line of a query that looks like a record never reads as one.
"""

import re
from typing import Final

import msgspec

from pgconn.logs.event import Event, Who, host_of, name_of, stamp_of
from pgconn.logs.plain import FATAL, FATAL_WORD, Meanings, PlainReader, named

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
    application_name: str | None = None


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

    def __init__(self, meanings: Meanings, plain: PlainReader) -> None:
        self._meanings, self._plain = meanings, plain

    def read(self, line: str) -> Event | None:
        """The refusal on a line; None for one that tells of none or is no JSON."""
        try:
            record = msgspec.json.decode(line, type=_Record)
            if record.error_severity is not None:
                return self._event(record)
            wrapper = msgspec.json.decode(line, type=_Wrapper)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return None
        if wrapper.record is not None:
            return self._event(wrapper.record)
        return self._unwrapped(wrapper)

    def _unwrapped(self, wrapper: _Wrapper) -> Event | None:
        """What the text within a line tells; where it has no time of its own, the line's is taken."""
        inner = wrapper.properties or wrapper
        text = next((text for name in _WRAPPED if (text := getattr(inner, name))), None)
        event = self._plain.read(text.rstrip("\n")) if text else None
        if event is None or event.at is not None:
            return event
        at, zone, _ = stamp_of(next((str(at) for name in _WRITTEN if (at := getattr(wrapper, name))), ""))
        return event._replace(at=at, zone=zone)

    def _event(self, record: _Record) -> Event | None:
        state = record.state_code or record.sql_state_code or ""
        if not FATAL_WORD.fullmatch(record.error_severity or ""):
            return None
        refusal = self._meanings.of_fields(state, record.message or "", record.func_name)
        if refusal is None:
            return None
        host = host_of(record.remote_host) or host_of(record.connection_from, with_port=True)
        user, database = name_of(record.user or record.user_name), name_of(record.dbname or record.database_name)
        who = Who(user, database, host, name_of(record.application_name))
        at, zone, _ = stamp_of(str(record.timestamp or record.log_time or ""))
        return Event(refusal, at, zone, named(refusal, who))


_TEXT: Final = r'(?:"((?:[^"]|"")*)"|)'
_ANY: Final = r'(?:"(?:[^"]|"")*"|[^",\n]*)'
_WHEN: Final = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,\n]*)"
_RECORD: Final = rf"{_WHEN},{_TEXT},{_TEXT},\d*,{_TEXT},"
_REFUSAL: Final = (
    rf'{_WHEN},{_TEXT},{_TEXT},\d*,{_TEXT},[^,\n]*,\d*,{_ANY},{_ANY},[^,\n]*,\d*,{FATAL},(\w{{5}}),"((?:[^"]|"")*)'
)
_REST: Final = rf'"(?:,{_ANY}){{7}},(?:"(\w+), [^"]*"|{_ANY}),{_TEXT}'


def is_record(line: str) -> bool:
    """Whether a line begins a record of csvlog."""
    return ',"' in line and re.match(_RECORD, line) is not None


class CsvReader:
    """Reads the lines at which records begin."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def read(self, line: str) -> Event | None:
        """The refusal of the record that begins on a line; None for any other."""
        found = re.match(_REFUSAL, line)
        if found is None:
            return None
        when, user, database, place, state, message = found.groups()
        rest = re.match(_REST, line[found.end() :])
        refusal = self._meanings.of_fields(state, _unquoted(message) or "", rest[1] if rest else None)
        if refusal is None:
            return None
        application = name_of(_unquoted(rest[2])) if rest else None
        host = host_of(_unquoted(place), with_port=True)
        who = Who(name_of(_unquoted(user)), name_of(_unquoted(database)), host, application)
        at, zone, _ = stamp_of(when)
        return Event(refusal, at, zone, named(refusal, who))


def _unquoted(text: str | None) -> str | None:
    return None if text is None else text.replace('""', '"')
