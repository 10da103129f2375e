"""Names as a shell or PostgreSQL takes them, so that what is on the screen can be pasted as it stands."""

import shlex

from pgconn.text.visible import is_visible


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
