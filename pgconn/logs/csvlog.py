"""Records of csvlog, which may span lines: the first line of one tells all that is asked here.

Inside a quoted field every quote is doubled, so a line of a query that looks like a record never reads as one.
"""

import re
from typing import Final

from pgconn.logs.event import Event, Who
from pgconn.logs.meanings import Meanings
from pgconn.logs.names import host_of, name_of
from pgconn.logs.plain import FATAL, named
from pgconn.logs.stamp import stamp_of

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
