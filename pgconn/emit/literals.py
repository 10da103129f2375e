"""Text within a literal of each language: nothing of it takes effect, and every character shows."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from pgconn.text.harmless import is_visible


def javascript(text: str) -> str:
    """Between single quotes, where `${}` means nothing."""
    return _escaped(text, _backslashed("\\'"), _in_braces)


def double_quoted(text: str) -> str:
    """Between double quotes in Python, Go and C#: no f-string, an interpreted string, not a verbatim one."""
    return _escaped(text, _backslashed('\\"'), _in_digits)


def java(text: str) -> str:
    """A control character is written in octal, because Java reads escapes of Unicode before it knows of strings."""

    def hidden(character: str) -> str:
        return f"\\{ord(character):03o}" if ord(character) < 256 else _in_units(character)

    return _escaped(text, _backslashed('\\"'), hidden)


def rust(text: str) -> str:
    """Between double quotes; not to be used as a format."""
    return _escaped(text, _backslashed('\\"'), _in_braces)


def php(text: str) -> str:
    """Between double quotes, with no variable in it."""
    return _escaped(text, _backslashed('\\"$'), _in_braces)


def elixir(text: str) -> str:
    """Between double quotes, with no interpolation."""
    return _escaped(text, _backslashed('\\"#'), _in_braces)


def yaml_in_erb(text: str) -> str:
    """Between double quotes, with no sign that ERB would take for its own."""
    return _escaped(text, _backslashed('\\"') | {"%": "\\x25"}, _in_digits)


def spring_property(text: str) -> str:
    """The value of a property of Spring: a `${` of its own is written as a placeholder whose default is `$`."""
    special = {"\\": "\\\\", "\0": "${dollar:$}{"}
    value = _escaped(text.replace("${", "\0"), special, _in_units, ascii_only=True)
    return "\\" + value if value.startswith(" ") else value


def ado_in_json(text: str) -> str:
    """Between the double quotes of a connection string of .NET, which is a string of JSON in ASCII."""
    return json.dumps(text.replace('"', '""'))[1:-1]


ESCAPES: Final[Mapping[str, Callable[[str], str]]] = {
    "csharp": double_quoted,
    "elixir": elixir,
    "go": double_quoted,
    "java": java,
    "javascript": javascript,
    "json": ado_in_json,
    "php": php,
    "properties": spring_property,
    "python": double_quoted,
    "rust": rust,
    "yaml": yaml_in_erb,
}
"""How a name is written in a file of each format."""


def _escaped(text: str, special: Mapping[str, str], hidden: Callable[[str], str], *, ascii_only: bool = False) -> str:
    def shown(character: str) -> str:
        if character in special:
            return special[character]
        shows = is_visible(character) and (character.isascii() or not ascii_only)
        return character if shows else hidden(character)

    return "".join(map(shown, text))


def _backslashed(characters: str) -> dict[str, str]:
    return {character: f"\\{character}" for character in characters}


def _in_braces(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"


def _in_digits(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _in_units(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
