"""What a verbose libpq writes of a refused login: each attempt with the codes of its error, whatever its language.

connection to server at "db1", port 5432 failed: FATAL:  53300: sorry, too many clients already
LOCATION:  InitProcess, proc.c:401
"""

import re
from collections.abc import Iterator
from typing import Final

from pgconn.model.refusal import Refusal
from pgconn.refusals.reading import read_fields, read_text, telling

_ATTEMPT: Final = re.compile(r"^(?=connection to server )", re.MULTILINE)
_ERROR: Final = re.compile(
    r"(?:^|failed: )(?P<S>[^\n:]{1,40}):  (?P<C>[0-9A-Z]{5}): (?P<M>[^\n]*)"
    r"(?:.*\n[^\n:]{1,40}:  (?:(?P<R>\w+), )?(?P<F>[\w./-]{1,100}\.c):(?P<L>\d+)\s*$)?",
    re.DOTALL,
)
_LONGEST: Final = 32768


def read_login(text: str) -> Refusal:
    """The most telling of the attempts that a text reports, by its codes where it has them, else by its words."""
    return min(_attempts(text[:_LONGEST]), key=telling)


def _attempts(text: str) -> Iterator[Refusal]:
    found = [_ERROR.search(attempt) for attempt in _ATTEMPT.split(text)]
    if not any(found):
        yield read_text(text)
        return
    for attempt, error in zip(_ATTEMPT.split(text), found, strict=True):
        if error:
            yield read_fields({name: value for name, value in error.groupdict().items() if value is not None})
        elif attempt.strip():
            yield read_text(attempt)
