"""Readers for what Python has no parser for: properties of Java, and literals of other languages."""

import re
from typing import Final

BRACKETS: Final = ("()", "[]", "{}")

_STRINGS: Final = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"""
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


def bare(code: str, language: str) -> str:
    """Code without its strings and comments."""
    comment = "#" if language in ("ruby", "elixir") else "//"
    return re.sub(rf"{_STRINGS}|{comment}[^\n]*", "", code)


def names(properties: str) -> dict[str, str]:
    """The properties of a file as java.util.Properties reads it, for keys without escapes."""
    found = {}
    for line in re.sub(r"=\\\n *", "=", properties).splitlines():
        if line and line[0] not in "#!":
            key, _, value = line.partition("=")
            found[key] = unescaped(value)
    return found


def unescaped(literal: str) -> str:
    """What the escapes of a literal stand for: a number of Unicode, hexadecimal or octal, or the character itself."""

    def meant(escape: re.Match[str]) -> str:
        text = escape[1]
        if number := re.fullmatch(r"u\{(\w+)\}|[uUx](\w+)", text):
            return chr(int(number[1] or number[2], 16))
        return chr(int(text, 8)) if re.fullmatch("[0-7]{3}", text) else _ESCAPES.get(text, text)

    whole = re.sub(r"\\(u\{\w+\}|u\w{4}|U\w{8}|x\w{2}|[0-7]{3}|.)", meant, literal, flags=re.DOTALL)
    return whole.encode("utf-16", "surrogatepass").decode("utf-16")
