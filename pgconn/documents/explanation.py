"""What `pgconn explain` answers to an error, to a question, and when it is asked nothing."""

from typing import Literal

from pgconn.model import Value
from pgconn.model.finding import Remedy
from pgconn.model.refusal import Limit


class Explanation(Value, frozen=True, kw_only=True, tag_field="kind", tag="refusal"):
    """What was hit, by whose limit, the likely causes most likely first, what to do now and so that it stays away.

    `english` is the English text of a message in another language, with {} for each name.
    `situations` are those in which that pooler was seen to say this.
    `at`, `user`, `database`, `host` and `application` are those of the line of a log that was explained; None where
    it has none.
    """

    version: Literal[1] = 1
    limit: Limit
    behind: Limit | None
    sqlstate: str | None
    message: str
    english: str | None = None
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
    situations: tuple[str, ...] = ()
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
