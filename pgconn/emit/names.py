"""Names of databases and roles in files that know no escapes, or few: what cannot stand there is refused."""

import re
from typing import Final

from pgconn.emit.emitted import Pooler
from pgconn.errors import WrongUsage
from pgconn.text.harmless import is_visible
from pgconn.text.quoting import require_utf8

_BARE: Final = re.compile(r"""[^\s"'#,=:*/\\]+""")
_OTHERWISE: Final = "its format knows no escape for it; without --pooler-database or --pooler-user all are served"


def bare(name: str, file: str) -> str:
    """A name without any quotes; WrongUsage where it needs some, or would be a keyword."""
    if not _BARE.fullmatch(name) or not is_visible(name) or name.lower() == "all":
        raise _refused(name, file)
    return name


def quoted(name: str, file: str, forbidden: str = '"\\') -> str:
    """A name between double quotes; WrongUsage for one with a character that has no escape there."""
    require_utf8("the name", name)
    if not name or not is_visible(name) or any(letter in forbidden for letter in name):
        raise _refused(name, file)
    return f'"{name}"'


def databases(pooler: Pooler) -> tuple[str | None, ...]:
    """The databases that are named, each once; None for all of them."""
    return tuple(dict.fromkeys(pooler.databases)) or (None,)


def users(pooler: Pooler) -> tuple[str | None, ...]:
    """The roles that are named, each once; None for all of them."""
    return tuple(dict.fromkeys(pooler.users)) or (None,)


def require_tcp(pooler: Pooler, product: str) -> str:
    """The host of the server; WrongUsage for a folder of sockets, to which the product does not connect."""
    if pooler.host.startswith("/"):
        raise WrongUsage(f"{product} connects to a server by TCP alone", hint="name its host: -h 127.0.0.1")
    return pooler.host


def _refused(name: str, file: str) -> WrongUsage:
    return WrongUsage(f"{name!r} cannot stand in {file}", hint=_OTHERWISE)
