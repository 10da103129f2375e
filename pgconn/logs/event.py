"""One connection attempt that a line of a log says was turned away."""

from typing import NamedTuple

from pgconn.model.refusal import Refusal


class Who(NamedTuple):
    """Who was turned away; None where the log does not tell."""

    user: str | None = None
    database: str | None = None
    host: str | None = None
    application: str | None = None


class Event(NamedTuple):
    """A refusal, when it was (`2026-11-03 10:15:23`, in the log's own zone) and which client it met.

    `pooler_line` is what PgBouncer calls the client, the message, and the words before it: it logs some refusals twice.
    `login` says that it was the pooler itself that the server turned away.
    """

    refusal: Refusal
    at: str | None = None
    zone: str | None = None
    who: Who = Who()
    pooler_line: tuple[str, str, str] | None = None
    login: bool = False
