"""pgbouncer.ini and userlist.txt as PgBouncer's parsers read them; both know few escapes."""

import re
from typing import Final

from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.text.quoting import require_utf8

_KEY: Final = re.compile(r"[A-Za-z0-9_.-]+")
_NO_ESCAPE: Final = "pgbouncer.ini knows no escape for it; without --pgbouncer-database every name is served"


class Entry(Value, frozen=True, kw_only=True):
    """A database under the name by which clients ask PgBouncer for it."""

    key: str
    name: str


def entries(names: tuple[str, ...]) -> list[Entry]:
    """An entry for each database; a name that cannot stand there gets an alias of letters, digits and _.

    Raises WrongUsage for a name with a line break, which cannot stand anywhere in the file.
    """
    taken: set[str] = {"pgbouncer", *(name for name in names if _is_key(name))}
    found = []
    for name in dict.fromkeys(names):
        key = name if _is_key(name) else _alias(name, taken)
        taken.add(key)
        found.append(Entry(key=key, name=name))
    return found


def _is_key(name: str) -> bool:
    return _KEY.fullmatch(name) is not None and name != "pgbouncer"


def _alias(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:50] or "database"
    number = 1
    while (alias := base if number == 1 else f"{base}_{number}") in taken:
        number += 1
    return alias


def connection_text(text: str) -> str:
    """A value in a connection string of the section [databases]."""
    return "'" + one_line(text).replace("'", "''") + "'"


def one_line(text: str) -> str:
    """The text itself; WrongUsage when it is empty or would end its line."""
    require_utf8("the name", text)
    if not text or any(letter in text for letter in "\r\n"):
        raise WrongUsage(f"{text!r} cannot stand in pgbouncer.ini", hint=_NO_ESCAPE)
    return text


def user_text(text: str) -> str:
    """A name or a secret in userlist.txt."""
    return '"' + require_utf8("the role", text).replace('"', '""') + '"'
