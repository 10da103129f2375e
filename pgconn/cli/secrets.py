"""A password in a connection string is taken out of the process title, which every user of the machine can read."""

import re
from collections.abc import Sequence
from typing import Final

_NAMED: Final = r"\b\w*(?:password|secret|client_key|server_key)"
_IN_AUTHORITY: Final = re.compile(r"(?<=://)([^/?#:@]*):.*@", re.DOTALL)
_IN_QUERY: Final = re.compile(rf"({_NAMED}=)[^&\s]+", re.IGNORECASE)
_IN_CONNINFO: Final = re.compile(
    rf"({_NAMED}\s*=\s*)('(?:[^'\\]|\\.)*(?:'|\Z)|(?:[^\s\\]|\\.)+)", re.IGNORECASE | re.DOTALL
)


def without_password(text: str) -> str:
    """A connection string with `…` for its password and other secrets."""
    if "://" in text:
        return _IN_QUERY.sub(r"\1…", _IN_AUTHORITY.sub(r"\1:…@", text))
    return _IN_CONNINFO.sub(r"\1…", text)


def hide_arguments(arguments: Sequence[str]) -> None:
    """Show other users a command line without passwords; costs nothing where there is none."""
    shown = [without_password(argument) for argument in arguments]
    if shown != list(arguments):
        from setproctitle import setproctitle

        setproctitle(" ".join(["pgconn", *shown]))
