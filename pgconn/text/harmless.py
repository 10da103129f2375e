"""Text that came from a server, made unable to do anything: what does not print is written as an escape."""

import re
from typing import Final

# Letters, marks and symbols that Unicode calls printable and that no screen shows.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MARKDOWN: Final = re.compile(
    r"""
    [\\`*{}\[\]|~$@]             # what means something wherever it stands
    | (?<![^\W_])_ | _(?![^\W_])  # not within a word
    | (?<=www)\. | :(?=//) | (?<=mailto): | (?<=xmpp):
    | ^ [#+=-] | (?<=[0-9])[.)](?=[ ]|\Z)  # a heading or a list, where it begins a line
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NOT_PLAIN: Final = r"[^\x20-\x7e]"


def is_visible(text: str) -> bool:
    """Whether each character is the space or one that shows and does nothing else."""
    return text.isprintable() and (text.isascii() or _BLANK.search(text) is None)


def harmless(text: str) -> str:
    """The text with every character that does not show, but the space, written as an escape."""
    return text if is_visible(text) else "".join(map(_shown, text))


def _shown(character: str) -> str:
    return character if is_visible(character) else character.encode("unicode_escape", "surrogatepass").decode()


def harmless_lines(text: str) -> str:
    """The same for a text of several lines, each as it stands."""
    return "\n".join(map(harmless, text.strip("\n").split("\n")))


def harmless_name(text: str) -> str:
    """The same, with the spaces at both ends written as escapes too, so that a name of spaces is one to see."""
    inner = text.strip(" ")
    if len(inner) == len(text):
        return harmless(text)
    start = len(text) - len(text.lstrip(" ")) if inner else len(text)
    return "\\x20" * start + harmless(inner) + "\\x20" * (len(text) - start - len(inner))


def harmless_csv(text: str) -> str:
    """The same, with a quote before what a spreadsheet would take for a formula."""
    shown = harmless(text)
    return "'" + shown if shown.lstrip(" ").startswith(_FORMULA) else shown


def harmless_markdown(text: str) -> str:
    """The same, with no Markdown, link or HTML taking effect; no more is escaped, for those who read it raw."""
    shown = harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\g<0>", shown)


def harmless_json(encoded: str) -> str:
    """JSON text in which what a terminal might obey is escaped; it decodes to the same value."""
    return encoded if is_visible(encoded) else re.sub(_NOT_PLAIN, _escaped, encoded)


def _escaped(found: re.Match[str]) -> str:
    if is_visible(found[0]):
        return found[0]
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
