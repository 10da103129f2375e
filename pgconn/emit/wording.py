"""Comments and quoted texts that the reader of a file takes for what they are, whatever a name holds."""

import json
import re
import textwrap
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.errors import WrongUsage
from pgconn.text.visible import is_visible

WIDTH: Final = 100
_BARE: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(kB|MB|GB|TB|us|ms|s|min|h|d)?|[a-z][a-z_]*")


def comment(text: str, mark: str = "#", indent: str = "") -> list[str]:
    """The text as comment lines; each control character in it is written as an escape."""
    room = WIDTH - len(indent) - len(mark) - 1
    return [f"{indent}{mark} {line}" for line in textwrap.wrap(shown(text), room, break_on_hyphens=False)]


def shown(text: str) -> str:
    """The text on one line, in which everything shows."""
    if is_visible(text):
        return text
    return "".join(
        letter if is_visible(letter) else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text
    )


def reasons(sizing: Sizing) -> dict[str, str]:
    """Why each value is what it is, by its name."""
    return {reason.name: f"{reason.why} ({reason.source})" for reason in sizing.reasons}


def conf_value(text: str) -> str:
    """A value as postgresql.conf takes it."""
    if _BARE.fullmatch(text):
        return text
    return "'" + "".join({"'": "''", "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(c, c) for c in text) + "'"


def sql_text(text: str) -> str:
    """A text as a literal of SQL, on one line, whatever `standard_conforming_strings` says."""
    doubled = text.replace("'", "''")
    if is_visible(text) and "\\" not in text:
        return f"'{doubled}'"
    return "E'" + "".join(map(_sql_letter, doubled.replace("\\", "\\\\"))) + "'"


def _sql_letter(letter: str) -> str:
    return letter if is_visible(letter) else f"\\U{ord(letter):08x}"


def yaml_text(text: str) -> str:
    """A text as YAML reads it, between double quotes; what does not show is written by its number."""
    return "".join(map(_yaml_letter, json.dumps(text, ensure_ascii=False)))


def _yaml_letter(letter: str) -> str:
    if is_visible(letter):
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def require_utf8(what: str, text: str) -> str:
    """The text itself; WrongUsage when no file can hold it: bytes that are not UTF-8, or NUL."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongUsage(f"{what} {text!r} is not UTF-8 text", hint="such a name cannot stand in a file")
    return text
