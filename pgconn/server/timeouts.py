"""How long pgconn waits for a server, and how much it asks of it at once."""

from typing import Annotated, Final

from pgconn.config.policy import number

CONNECT_TIMEOUT: Final[
    Annotated[int, number("seconds", "a healthy server answers in milliseconds, and an incident allows no longer wait")]
] = 5
STATEMENT_TIMEOUT: Final[Annotated[int, number("milliseconds", "our questions take a few of them")]] = 4000
LOCK_TIMEOUT: Final[Annotated[int, number("milliseconds", "locks of catalogs are exclusive for moments")]] = 500
ANSWER_TIMEOUT: Final[
    Annotated[float, number("seconds", "an answer is given up then, for servers and poolers that enforce no timeout")]
] = 8.0
MOST_WAITING: Final[
    Annotated[int, number("sessions asked about their blockers", "each question locks the lock manager for a moment")]
] = 50
