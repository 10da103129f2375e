"""One family of errors; each class knows the exit code that it ends the program with.

PgconnError
├── WrongUsage          2   options, a malformed connection string, a quantity without a unit, a damaged recording
├── Unavailable         3   no server answered, or it refused the login
│   └── Unanswered      3   it let us in and then fell silent
├── NoSlot              4   the server or a pooler is full
├── PrivilegeMissing    5
├── PartlyDone          6   only part was done
│   └── NotThere        6   nothing was done, because a name matches nothing
└── NotConfirmed        7

A refused connection attempt (`server.refused.Refused`) is a NoSlot where a slot was wanted, else an Unavailable.
"""

from typing import Final

DONE: Final = 0
FINDINGS: Final = 1  # at or above a level, not ready, or what was asked for does not fit
BUG: Final = 70  # sysexits.h calls it EX_SOFTWARE
INTERRUPTED: Final = 130  # as a shell reports SIGINT: 128 and its number


class PgconnError(Exception):
    """What a user can do something about: a message of one sentence, and a hint at the cure."""

    exit_code: int = FINDINGS

    def __init__(self, message: str, *, hint: str | None = None, refusal: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.refusal = refusal  # the model's Refusal, where a connection was turned away


class WrongUsage(PgconnError):
    """The command line, a file or a quantity is not what pgconn understands."""

    exit_code = 2


class Unavailable(PgconnError):
    """No server answered, or the one that did refused the login."""

    exit_code = 3


class Unanswered(Unavailable):
    """The server accepted the connection and then did not answer in time."""


class NoSlot(PgconnError):
    """The server or a pooler before it has no slot left for us."""

    exit_code = 4


class PrivilegeMissing(PgconnError):
    """The role that we logged in as may not do this."""

    exit_code = 5


class PartlyDone(PgconnError):
    """Only a part was done, and the message says which."""

    exit_code = 6


class NotThere(PartlyDone):
    """A name that was given matches nothing, so that nothing was done."""


class NotConfirmed(PgconnError):
    """Nothing was done, because it was not confirmed."""

    exit_code = 7
