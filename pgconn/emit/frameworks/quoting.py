"""Text as a literal of each language, in which nothing of it takes effect and every character shows."""

import json
from collections.abc import Callable, Mapping

from pgconn.text.harmless import is_visible


def javascript(text: str) -> str:
    """Between single quotes, where `${}` means nothing."""
    return _literal(text, "'", {"\\": "\\\\", "'": "\\'"}, _in_braces)


def python(text: str) -> str:
    """Between double quotes, no f-string."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"'}, _in_digits)


def java(text: str) -> str:
    """A control character is written in octal, because Java reads escapes of Unicode before it knows of strings."""

    def escaped(character: str) -> str:
        return f"\\{ord(character):03o}" if ord(character) < 256 else _in_units(character)

    return _literal(text, '"', {"\\": "\\\\", '"': '\\"'}, escaped)


def go(text: str) -> str:
    """An interpreted string."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"'}, _in_digits)


def csharp(text: str) -> str:
    """A regular string, neither verbatim nor interpolated."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"'}, _in_digits)


def rust(text: str) -> str:
    """A string; not to be used as a format."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"'}, _in_braces)


def php(text: str) -> str:
    """Between double quotes, with no variable in it."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"', "$": "\\$"}, _in_braces)


def elixir(text: str) -> str:
    """Between double quotes, with no interpolation."""
    return _literal(text, '"', {"\\": "\\\\", '"': '\\"', "#": "\\#"}, _in_braces)


def yaml_in_erb(text: str) -> str:
    """What stands between double quotes, with no sign that ERB would take for its own."""
    return _literal(text, "", {"\\": "\\\\", '"': '\\"', "%": "\\x25"}, _in_digits)


def spring_property(text: str) -> str:
    """The value of a property of Spring: a `${` of its own is written as a placeholder whose default is `$`."""
    plain = text.replace("${", "\0")
    value = _literal(plain, "", {"\\": "\\\\", "\0": "${dollar:$}{"}, _in_units, ascii_only=True)
    return "\\" + value if value.startswith(" ") else value


def json_text(text: str) -> str:
    """A string of JSON, in ASCII."""
    return json.dumps(text)


def ado_value(text: str) -> str:
    """The value of a keyword in a connection string of .NET."""
    return '"' + text.replace('"', '""') + '"'


def _literal(
    text: str, quote: str, special: Mapping[str, str], escaped: Callable[[str], str], *, ascii_only: bool = False
) -> str:
    def shown(character: str) -> str:
        if character in special:
            return special[character]
        hidden = not is_visible(character) or (ascii_only and not character.isascii())
        return escaped(character) if hidden else character

    return quote + "".join(map(shown, text)) + quote


def _in_braces(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"


def _in_digits(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _in_units(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
