"""What the codes of a log tell in any language, where the words are in none that is known.

53300 is the code of six limits. The record that has it tells more: which kind of process wrote it, whether that had got
a slot, and the names in the message, which no language translates.
"""

import re
from typing import Final, NamedTuple

from pgconn.model.refusal import Limit

FULL: Final = "53300"
TERMINATED: Final = "57P01"
CANCELED: Final = "57014"
OF_REFUSALS: Final = (FULL, "57P03", "28P01", "28000", "3D000")
"""The codes with which a server refuses connections and, but for a few, nothing else."""

OF_LOGINS: Final = (*OF_REFUSALS, CANCELED)
"""Those, and the one of a login that did not finish, which statements that were cancelled have too."""

SOME_LIMIT: Final = "some_limit"
"""In a count by limit: one of those that 53300 stands for."""

LOGGING_IN: Final = frozenset(("", "initializing", "startup", "authentication"))
"""What the title of a process says, untranslated, while its client is logging in."""

DEAD_END: Final = "dead-end client backend"
WALSENDER: Final = "walsender"
# In the quotes of any language, also as a server writes them whose own encoding is ASCII.
_QUOTED: Final = r"""(?:["«»“„「]|>>|<<|,,)\s?([^"«»“„」<>]+?)\s?(?:["«»“„」]|<<|>>|''|``)"""
_OF_WORDS: Final[tuple[tuple[str, Limit], ...]] = (
    ("max_wal_senders", "walsenders"),
    ("pg_use_reserved_connections", "reserved_role"),
    ("SUPERUSER", "superuser_reserve"),
)


class Circumstances(NamedTuple):
    """What a record tells beside its message; None where it does not tell.

    `vxid` is empty as long as a process has no slot: only then did all slots or all processes run out.
    """

    backend_type: str | None = None
    vxid: str | None = None
    user: str | None = None
    database: str | None = None


def limit_of(message: str, about: Circumstances) -> Limit | None:
    """Which limit a refusal with 53300 names, in a language that is not known; None where that cannot be seen."""
    if about.backend_type == DEAD_END:
        return "children"
    named = quoted_name(message)
    if named is not None and about.user != about.database and named in (about.user, about.database):
        return "role" if named == about.user else "database"
    for word, limit in _OF_WORDS:
        if word in message:
            return limit
    if about.backend_type == WALSENDER:
        return "walsenders"
    return "slots" if about.vxid == "" else None


def quoted_name(message: str) -> str | None:
    """The first name between quotes, in the quotes of any language."""
    found = re.search(_QUOTED, message)
    return found[1] if found else None
