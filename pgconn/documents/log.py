"""What `pgconn explain` answers to a log: its refusals, and whether they are a blip."""

from typing import Literal

from pgconn.documents.explanation import Explanation
from pgconn.model import Value

Verdict = Literal["none", "blip", "blips", "sustained", "unknown"]


class Share(Value, frozen=True, kw_only=True):
    """How many refusals had this value; None where the log has none."""

    value: str | None
    refusals: int


class Shares(Value, frozen=True, kw_only=True):
    """The refusals for lack of a slot by limit, user, database and host, the most first."""

    limit: tuple[Share, ...]
    user: tuple[Share, ...]
    database: tuple[Share, ...]
    host: tuple[Share, ...]


class Minute(Value, frozen=True, kw_only=True):
    """A minute in which there were refusals, by its beginning."""

    at: str
    refusals: int


class Episode(Value, frozen=True, kw_only=True):
    """Refusals without a pause of more than a minute between them."""

    begin: str
    end: str
    seconds: float
    refusals: int


class LogForm(Value, frozen=True, kw_only=True):
    """A form of log that was recognised, and what such a log does not tell; None where it tells of every refusal.

    `mute` where it tells of no refusal at all, as long as its program is set up as it comes.
    """

    form: str
    title: str
    not_logged: str | None
    mute: bool = False


class Sender(Value, frozen=True, kw_only=True):
    """A process that ended sessions by a signal, by its process id and the user id of the operating system.

    What it was is known where a line of the same log names it; a process that is no session has no `user`.
    """

    pid: int
    uid: int
    sessions: int
    backend_type: str | None = None
    user: str | None = None
    database: str | None = None
    application: str | None = None
    host: str | None = None


class LogReport(Value, frozen=True, kw_only=True, tag_field="kind", tag="log"):
    """The refusals in a log, and whether they are a blip or sustained.

    `refusals` are those for lack of a slot; `undecided` of them are those of a server of which the log does not tell
    whether it was full, starting or stopping; `others` were turned away for another reason, by limit. A pooler whose
    own logins the server refused counts in `pooler_logins`, a client that did not log in before authentication_timeout
    in `unfinished_logins`. `forms` is empty where no line was in a form that is known: then no number says anything,
    and the verdict is unknown.
    Times are the log's own, with an offset where its zone is
    UTC or numeric. `minutes` has the minutes with a refusal; `minute_seconds` is 60, or more in a log with very many.
    """

    version: Literal[1] = 1
    files: tuple[str, ...]
    size_bytes: int
    time_zone: str | None
    refusals: int
    untimed: int
    others: tuple[Share, ...]
    pooler_logins: int
    verdict: Verdict
    episodes: tuple[Episode, ...]
    minute_seconds: int
    minutes: tuple[Minute, ...]
    by: Shares
    explanation: Explanation | None
    forms: tuple[LogForm, ...]
    unfinished_logins: int
    nodes_down: int
    undecided: int = 0
    ended_by: tuple[Sender, ...]
