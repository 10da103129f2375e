"""What is said on stderr, one plain line each."""

import sys
from collections.abc import Sequence

from pgconn.errors import PartlyDone
from pgconn.model.criteria import Criteria
from pgconn.model.session import Session
from pgconn.text.harmless import harmless


def say(line: str) -> None:
    """One line of talk."""
    print(f"pgconn: {harmless(line)}", file=sys.stderr, flush=True)


def say_all(lines: Sequence[str]) -> None:
    """Many lines of talk at once."""
    if lines:
        sys.stderr.write("".join(f"pgconn: {harmless(line)}\n" for line in lines))
        sys.stderr.flush()


def say_what_names_nothing(
    criteria: Criteria, sessions: Sequence[Session], kind: type[PartlyDone] = PartlyDone
) -> None:
    """Raises this error when a filter names what no session has, and says what there is instead."""
    for pattern in criteria.unmatched(sessions):
        there = sorted({str(value) for session in sessions if (value := getattr(session, pattern.column)) is not None})
        shown = ", ".join(repr(value[:60]) for value in there[:10]) + (
            f" and {len(there) - 10} more" if len(there) > 10 else ""
        )
        raise kind(
            f"no session has {pattern.column} {pattern.text!r}",
            hint=f"there is {shown}" if shown else "there is none at all",
        )
