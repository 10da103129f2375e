"""Names and texts as a shell, SQL, postgresql.conf or YAML takes them, so that each can be pasted as it stands."""

import re
import shlex
import textwrap
from collections.abc import Iterable
from typing import Final

from pgconn.errors import WrongUsage
from pgconn.text.harmless import harmless, is_visible

_WIDTH: Final = 100  # of a comment, its indentation and mark included
_BARE_VALUE: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(kB|MB|GB|TB|us|ms|s|min|h|d)?|[a-z][a-z_]*")

_ITEM: Final = re.compile(r'\s*(?:(?P<bare>[^",\s](?:[^,]*[^,\s])?)|"(?P<quoted>(?:[^"]|"")*)")\s*(?:(?P<more>,)|$)')
_BARE_ITEM: Final = re.compile(r"[a-z_][a-z0-9_]*")


def shell_command(*words: str) -> str:
    """The words as one line for a shell; what would not show is written as bytes in `$'…'`."""
    return " ".join(map(_word, words))


def sql_identifier(name: str) -> str:
    """The name between double quotes; what would not show is written by its number in `U&"…"`."""
    doubled = name.replace('"', '""')
    if is_visible(name):
        return f'"{doubled}"'
    return 'U&"' + "".join(map(_numbered, doubled.replace("\\", "\\\\"))) + '"'


def sql_literal(text: str) -> str:
    """The text between single quotes; with a backslash or what would not show, as `E'…'` with escapes."""
    doubled = text.replace("'", "''")
    if "\\" not in text and is_visible(text):
        return f"'{doubled}'"
    return "E'" + "".join(map(_escaped, doubled.replace("\\", "\\\\"))) + "'"


def list_items(text: str) -> list[str]:
    """The items of a list with commas, as a setting holds it; between double quotes a comma is part of an item.

    Raises WrongUsage where a quote or an item is missing.
    """
    items, at = list[str](), 0
    while text.strip():
        found = _ITEM.match(text, at)
        if found is None:
            raise WrongUsage(f"{text!r} is no list of names", hint='such as a,b or "a b",c')
        items.append(found["quoted"].replace('""', '"') if found["bare"] is None else found["bare"])
        at = found.end()
        if not found["more"]:
            break
    return items


def list_text(items: Iterable[str]) -> str:
    """The items as one text, each between double quotes that needs them."""
    return ", ".join(item if _BARE_ITEM.fullmatch(item) else '"' + item.replace('"', '""') + '"' for item in items)


def sql_list(text: str) -> str:
    """The items of a list as SQL takes them for a setting that quotes each: `'a', 'b'`."""
    return ", ".join(map(sql_literal, list_items(text) or [""]))


def _word(word: str) -> str:
    return shlex.quote(word) if is_visible(word) else "$'" + "".join(map(_in_bytes, word)) + "'"


def _in_bytes(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if is_visible(character):
        return character
    lone = "\udc80" <= character <= "\udcff"
    return "".join(f"\\x{unit:02x}" for unit in character.encode(errors="surrogateescape" if lone else "surrogatepass"))


def _escaped(character: str) -> str:
    return character if is_visible(character) else f"\\U{ord(character):08x}"


def _numbered(character: str) -> str:
    return character if is_visible(character) else f"\\+{ord(character):06x}"


def conf_value(text: str) -> str:
    """A value as postgresql.conf takes it."""
    if _BARE_VALUE.fullmatch(text):
        return text
    return "'" + "".join({"'": "''", "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(c, c) for c in text) + "'"


def yaml_string(text: str) -> str:
    """A text as YAML reads it, between double quotes; what does not show is written by its number."""
    import json  # 2 ms, which no command pays that writes no YAML

    return "".join(map(_yaml_letter, json.dumps(text, ensure_ascii=False)))


def hcl_string(text: str) -> str:
    """A text as Terraform reads it, between double quotes; nothing in it is a template."""
    return yaml_string(text).replace("${", "$${").replace("%{", "%%{")


def _yaml_letter(letter: str) -> str:
    if is_visible(letter):
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def comment(text: str, mark: str = "#", indent: str = "") -> list[str]:
    """The text as comment lines; each control character in it is written as an escape."""
    room = _WIDTH - len(indent) - len(mark) - 1
    return [f"{indent}{mark} {line}" for line in textwrap.wrap(harmless(text), room, break_on_hyphens=False)]


def require_utf8(what: str, text: str) -> str:
    """The text itself; WrongUsage when no file can hold it: bytes that are not UTF-8, or NUL."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongUsage(f"{what} {text!r} is not UTF-8 text", hint="such a name cannot stand in a file")
    return text
