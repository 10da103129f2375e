"""What `pgconn explain` answers: a refusal, a question, all it knows, or what a log tells."""

from typing import Literal

from pgconn.model.finding import Remedy
from pgconn.model.refusal import Limit
from pgconn.model.value import Value

Verdict = Literal["none", "blip", "blips", "sustained", "unknown"]


class Explanation(Value, frozen=True, kw_only=True, tag_field="kind", tag="refusal"):
    """What was hit, by whose limit, the likely causes most likely first, what to do now and so that it stays away.

    `at`, `user`, `database`, `host` and `application` are those of the line of a log that was explained; None where
    it does not tell.
    """

    version: Literal[1] = 1
    limit: Limit
    behind: Limit | None
    sqlstate: str | None
    message: str
    routine: str | None
    source: str
    title: str
    whose: str
    meaning: str
    wants_slot: bool
    at: str | None = None
    user: str | None = None
    database: str | None = None
    host: str | None = None
    application: str | None = None
    who_can_enter: str | None
    causes: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    prevention: tuple[Remedy, ...]
    topics: tuple[str, ...]


class Topic(Value, frozen=True, kw_only=True, tag_field="kind", tag="topic"):
    """A question that people ask, and its answer, the short one first."""

    version: Literal[1] = 1
    name: str
    question: str
    answer: tuple[str, ...]
    steps: tuple[Remedy, ...] = ()
    topics: tuple[str, ...] = ()


class Entry(Value, frozen=True, kw_only=True):
    """One thing that can be asked for by name."""

    name: str
    about: str


class Contents(Value, frozen=True, kw_only=True, tag_field="kind", tag="contents"):
    """All that can be asked for: questions, limits, and SQLSTATEs that are no limit."""

    version: Literal[1] = 1
    topics: tuple[Entry, ...]
    limits: tuple[Entry, ...]
    sqlstates: tuple[Entry, ...]


class Share(Value, frozen=True, kw_only=True):
    """How many refusals had this value; None where the log does not tell."""

    value: str | None
    refusals: int


class Shares(Value, frozen=True, kw_only=True):
    """The refusals for want of a slot by limit, user, database and host, the most first."""

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


class LogReport(Value, frozen=True, kw_only=True, tag_field="kind", tag="log"):
    """The refusals in a log, and whether they are a blip or sustained.

    `refusals` are those for want of a slot; `others` were turned away for another reason, by limit. A pooler whose
    own logins the server refused counts in `pooler_logins`. Times are the log's own, with an offset where its zone is
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


EXPLANATIONS = (Explanation, Topic, Contents, LogReport)
