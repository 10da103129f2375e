"""Every number that a judgement rests on: its unit, its default, and why."""

from typing import Final

from pgconn.model.value import Value

CONNECT_TIMEOUT: Final = 5  # seconds; a server that is well answers in milliseconds, and on call nobody waits longer
STATEMENT_TIMEOUT: Final = 4000  # milliseconds; our questions take a few, so this long means a server in deep trouble
LOCK_TIMEOUT: Final = 500  # milliseconds; only catalogs are read, whose locks are exclusive for moments
ANSWER_TIMEOUT: Final = 8.0  # seconds until an answer is given up, for servers and poolers that enforce no timeout
LEAKED_IDLE_SHARE: Final = 0.95  # of its life that a session was idle at a stretch; a pool uses its sessions in turn
TERMINATION_WAIT: Final = 5.0  # seconds that a signalled session may take to end; most take milliseconds
MOST_WAITING: Final = 50  # sessions asked about their blockers; each question locks the lock manager for a moment


class Policy(Value, frozen=True, kw_only=True):
    """The thresholds of the rules."""

    slots_warning: float = 0.8  # of the usable slots; what monitoring commonly warns at, some deploys before the end
    slots_critical: float = 0.9  # of the usable slots; one more deploy or burst fills the rest
    limit_close: float = 0.8  # of a CONNECTION LIMIT or the walsender pool
    transaction_seconds: float = 60.0  # idle within a transaction; an application that thinks longer has lost it
    idle_seconds: float = 600.0  # idle; longer than any pool needs to keep a connection warm
    idle_share: float = 0.5  # of the used slots, old and idle: from here on they are the reason
    authenticating_share: float = 0.2  # of the used slots; logins take milliseconds, so a crowd of them is a jam
