"""Who ended sessions: from 19 on, a server writes below such a message which process sent the signal."""

import re
from typing import Final

from pgconn.logs.event import Ended
from pgconn.logs.markers import looks

# The same in every language: the words around PID and UID have no digits.
_SENT: Final = r"[^\d:'\"()=]{1,40}\bPID\b\D{1,8}(\d{1,10})[^\d'\"()=]{1,12}UID\D{1,8}(\d{1,10})[^\d'\"()=]{0,20}"
_LINE: Final = rf"\b(\w{{1,20}}) ?:\s{{0,2}}{_SENT}$"


def ended_by(detail: str | None) -> Ended | None:
    """The process that a record's detail names as the sender of the signal."""
    found = re.fullmatch(_SENT, detail) if detail else None
    return Ended(int(found[1]), int(found[2])) if found else None


def ended_on(line: str) -> Ended | None:
    """The same of the line below a message."""
    found = re.search(_LINE, line) if line and not line.startswith("\t") else None
    return Ended(int(found[2]), int(found[3])) if found and found[1] in looks().detail else None
