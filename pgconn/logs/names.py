"""Who was turned away, from what log_line_prefix wrote before the message."""

import contextlib
import ipaddress
import re
from typing import Final

from pgconn.logs.event import Who
from pgconn.model.session import LOCAL

_PAIR: Final = re.compile(
    r"\b(user|usr|db|database|app|application|client|host|remote|rhost)="
    r"([^,=\s\])>]+(?: [^,=\s\[\])>]+)+(?=,)|[^,\s\])>]*)",  # blanks only where a comma ends the value
    re.IGNORECASE,
)
_KEYS: Final = {
    "user": "user",
    "usr": "user",
    "db": "database",
    "database": "database",
    "app": "application",
    "application": "application",
    "client": "host",
    "host": "host",
    "remote": "host",
    "rhost": "host",
}
_USER_AT_DATABASE: Final = re.compile(r"([^\s@,:;\[\]<>()\"]+)@([^\s@,:;/\[\]<>()\"]+)")
_ADDRESS: Final = re.compile(
    r"\[local\]|(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*:[0-9a-fA-F.]*)(?:%\w+)?(?![\w.])"
)
_NOTHING: Final = frozenset(("", "[unknown]", "[unknown", "unknown", "(nodb)", "(nouser)"))


def who_of(head: str) -> Who:
    """The names in a prefix: `user=…` pairs, `user@database`, and the first thing that is an address."""
    found: dict[str, str | None] = {}
    for pair in _PAIR.finditer(head):
        found.setdefault(_KEYS[pair[1].lower()], name_of(pair[2]))
    if "user" not in found and "database" not in found and (both := _USER_AT_DATABASE.search(head)):
        found |= {"user": name_of(both[1]), "database": name_of(both[2])}
    if "host" not in found:
        found["host"] = next((host for place in _ADDRESS.findall(head) if (host := _address(place))), None)
    return Who(found.get("user"), found.get("database"), host_of(found.get("host")), found.get("application"))


def name_of(text: str | None) -> str | None:
    """A name, or None for the ways in which logs say that there is none."""
    return None if text is None or text in _NOTHING else text


def host_of(text: str | None, *, with_port: bool = False) -> str | None:
    """A client's address without its port; `local` for a Unix socket."""
    if text is None or text in _NOTHING:
        return None
    if text.startswith(("[local]", "unix")):
        return LOCAL
    bare = re.sub(r"\(\d+\)$", "", text)
    return (bare.rpartition(":")[0] or bare if with_port else bare).strip("[]")


def _address(text: str) -> str | None:
    """The text where it is a client's address, without the colons that may stand around it."""
    for candidate in (text, text[1:], text[:-1], text[1:-1]):
        if candidate == "[local]":
            return candidate
        with contextlib.suppress(ValueError):
            if not ipaddress.ip_address(candidate.partition("%")[0]).is_unspecified:
                return candidate
    return None
