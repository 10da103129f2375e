"""A reader of the YAML that we write: maps and lists in blocks, texts in double quotes, comments on their own lines."""

import json
import re
from typing import Any, Final

Lines = list[tuple[int, str]]

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./ -]*")


def read(text: str) -> Any:
    """What the text says; ValueError where it is more than that."""
    lines = [(len(line) - len(line.lstrip(" ")), line.strip(" ")) for line in text.split("\n")]
    lines = [(indent, line) for indent, line in lines if line and not line.startswith("#")]
    value, left = _block(lines, 0)
    if left:
        raise ValueError(left[0][1])
    return value


def _block(lines: Lines, indent: int) -> tuple[Any, Lines]:
    """The value that begins with the first line, and the lines after it."""
    if lines[0][1].startswith("- "):
        return _list(lines, indent)
    found: dict[str, Any] = {}
    while lines and lines[0][0] == indent:
        name, colon, rest = lines[0][1].partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in found:
            raise ValueError(lines[0][1])
        if rest:
            found[name], lines = _scalar(rest.removeprefix(" ")), lines[1:]
        else:
            found[name], lines = _block(lines[1:], lines[1][0])
    return found, lines


def _list(lines: Lines, indent: int) -> tuple[list[Any], Lines]:
    found = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        item = lines[0][1][2:]
        if re.match(r"[A-Za-z]+:", item):
            value, lines = _block([(indent + 2, item), *lines[1:]], indent + 2)
        else:
            value, lines = _scalar(item), lines[1:]
        found.append(value)
    return found, lines


def _scalar(text: str) -> str:
    if text.startswith('"'):
        # JSON has no \U, and YAML no pairs of surrogates.
        return str(json.loads(re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), text), strict=False))
    if not _PLAIN.fullmatch(text):
        raise ValueError(text)
    return text
