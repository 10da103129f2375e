"""The client that a pooler writes into the application_name of its own session, with application_name_add_host.

PgBouncer writes `web - 10.0.0.7:41288`, `web - [fd00::7]:41288` or `web - unix(4638@host):6432`, Odyssey
`web - <unix socket>`. PostgreSQL cuts the whole name at 63 bytes, so that the end, or nearly all of it, may be missing.
"""

import ipaddress
import re
from typing import Final

LONGEST_NAME: Final = 63
"""Bytes of an application_name, NAMEDATALEN - 1: what is longer is cut."""

_LONGEST_PORT: Final = 5  # digits
_BETWEEN: Final = " - "
_SOCKET: Final = "<unix socket>"
_UNIX: Final = re.compile(r"unix\(\d+@[^()\s]*\)")
_BEGINS_ADDRESS: Final = re.compile(r"(?:\d{1,3}\.){1,3}\d{0,3}|\[[0-9A-Fa-f:.%]+\]?|unix(?:\(\d*(?:@[^()\s]*\)?)?)?")


def split_client(application_name: str) -> tuple[str, str | None]:
    """The application and the client behind the pooler, as `10.0.0.7:41288`; None where the name shows none.

    Of a client that was cut there is as much as is certain: no port that may have lost a digit, and an address that is
    incomplete ends with an ellipsis.
    """
    application, between, end = application_name.rpartition(_BETWEEN)
    if not between:
        return application_name, None
    is_full = len(application_name.encode(errors="replace")) >= LONGEST_NAME
    client = _client(end, is_full=is_full) or (_incomplete(end) if is_full else None)
    return (application, client) if client else (application_name, None)


def _client(text: str, *, is_full: bool) -> str | None:
    """The text where it is an address and a port."""
    if text == _SOCKET:
        return text
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and int(port) < 2**16 and _is_host(host)):
        return None
    return host if is_full and len(port) < _LONGEST_PORT else text


def _incomplete(text: str) -> str | None:
    """The text where it is an address that lost its port, or a part of it."""
    host = text.removesuffix(":")
    if _is_host(host):
        return host if text.endswith((":", "]", ")")) else f"{host}…"
    begins = _BEGINS_ADDRESS.fullmatch(text) or (len(text) > 1 and _SOCKET.startswith(text))
    return f"{text}…" if begins else None


def _is_host(text: str) -> bool:
    if _UNIX.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return False
    return True
