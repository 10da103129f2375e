"""The pages of knowledge: a limit, a question or the SQLSTATEs, each read from its file when it is asked for.

A page is Markdown with a head of TOML. A remedy or a cause that several limits share stands in `limits/shared.toml`,
and their pages name it. What is different for one product stands below `[of.PRODUCT]`, and takes the place of what the
page has for all.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import msgspec

from pgconn.data.reading import page, toml
from pgconn.model import Value
from pgconn.model.finding import Remedy
from pgconn.model.refusal import Limit, Refusal

VARIANTS: Final = ("application_pool", "connection_cut", "some_limit", "refused_behind", "unreadable_error")
"""Pages beside those of the limits: what a source alone reports, and what a code alone does not decide."""


class Advice(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do next where the message has certain words, a regular expression, and the page that says what it means.

    Without a `page` it is the limit's own.
    """

    words: str
    advice: str
    page: str | None = None


class Meaning(Value, frozen=True, kw_only=True):
    """All that is known of one limit."""

    title: str
    whose: str
    meaning: str
    causes: tuple[str, ...]
    now: tuple[Remedy, ...]
    later: tuple[Remedy, ...]
    topics: tuple[str, ...]
    advice: str
    advice_by_words: tuple[Advice, ...]
    who_can_enter: str | None
    products: tuple[str, ...]


class Question(Value, frozen=True, kw_only=True):
    """One question, its answer in paragraphs, and the words that people use for it beside those of the question."""

    name: str
    question: str
    words: str
    answer: tuple[str, ...]
    steps: tuple[Remedy, ...]
    topics: tuple[str, ...]


class State(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SQLSTATE: its name, what it means for connections, and what to do."""

    name: str
    meaning: str
    cure: str


class Note(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a message with these words means, a regular expression, where its SQLSTATE says less or something else.

    One with a `source` is for the messages of that program alone.
    """

    words: str
    source: str | None = None
    title: str
    meaning: str
    cure: str


class States(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sqlstates.toml`: codes, what all codes of a class mean, and the codes of English texts that come without one.

    The notes are for messages that say more than their code.
    """

    states: dict[str, State]
    classes: dict[str, str]
    texts: dict[str, str]
    notes: tuple[Note, ...]


class _Step(Remedy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remedy as a file has it."""

    def remedy(self) -> Remedy:
        return Remedy(**msgspec.structs.asdict(self))


class _All(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shared causes of that name."""

    all: str


class _Shared(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`limits/shared.toml`."""

    causes: dict[str, tuple[str, ...]]
    remedies: dict[str, _Step]


class _OfProduct(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page has for one product instead of what it has for all; advice by words comes before that for all."""

    title: str | None = None
    whose: str | None = None
    who_can_enter: str | None = None
    meaning: str | None = None
    advice: str | None = None
    advice_by_words: tuple[Advice, ...] = ()
    causes: tuple[str | _All, ...] | None = None
    now: tuple[str | _Step, ...] | None = None
    later: tuple[str | _Step, ...] | None = None


class _LimitHead(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of a limit's page; a remedy that is a word is a shared one."""

    title: str
    whose: str
    causes: tuple[str | _All, ...] = ()
    now: tuple[str | _Step, ...] = ()
    later: tuple[str | _Step, ...] = ()
    topics: tuple[str, ...] = ()
    advice: str = ""
    advice_by_words: tuple[Advice, ...] = ()
    who_can_enter: str | None = None
    of: dict[str, _OfProduct] = msgspec.field(default_factory=dict)


class _QuestionHead(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of a question's page."""

    question: str
    words: str
    steps: tuple[_Step, ...] = ()
    topics: tuple[str, ...] = ()


class _Contents(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`topics/contents.toml`: the names of the questions, about the incident itself and about its clients."""

    incident: tuple[str, ...]
    clients: tuple[str, ...]


@cache
def meaning_of(name: Limit | str, product: str | None = None) -> Meaning:
    """The page of a limit, or of a variant, as far as one is known for the product that spoke."""
    head, body = page(f"limits/{name}.md", _LimitHead)
    own = head.of.get(product or "", _OfProduct())
    return Meaning(
        title=own.title or head.title,
        whose=own.whose or head.whose,
        meaning=_one_line(own.meaning or body),
        causes=tuple(_causes(head.causes if own.causes is None else own.causes)),
        now=tuple(_remedies(head.now if own.now is None else own.now)),
        later=tuple(_remedies(head.later if own.later is None else own.later)),
        topics=head.topics,
        advice=own.advice or head.advice,
        advice_by_words=(*own.advice_by_words, *head.advice_by_words),
        who_can_enter=own.who_can_enter or head.who_can_enter,
        products=tuple(head.of),
    )


def has_words(words: str, refusal: Refusal) -> bool:
    """Whether the words, a regular expression, stand in the message, or in its English text where it was translated."""
    return any(re.search(words, text) for text in (refusal.message, refusal.english) if text)


@cache
def question_names() -> tuple[str, ...]:
    """The names of all questions, in the sequence in which they are listed."""
    contents = toml("topics/contents.toml", _Contents)
    return (*contents.incident, *contents.clients)


@cache
def question(name: str) -> Question:
    """The page of a question that there is."""
    head, body = page(f"topics/{name}.md", _QuestionHead)
    return Question(
        name=name,
        question=head.question,
        words=head.words,
        answer=tuple(map(_one_line, body.split("\n\n"))),
        steps=tuple(step.remedy() for step in head.steps),
        topics=head.topics,
    )


@cache
def sqlstates() -> States:
    """What is known of SQLSTATEs."""
    return toml("sqlstates.toml", States)


@cache
def _shared() -> _Shared:
    return toml("limits/shared.toml", _Shared)


def _causes(causes: Iterable[str | _All]) -> Iterator[str]:
    for cause in causes:
        if isinstance(cause, _All):
            yield from _shared().causes[cause.all]
        else:
            yield cause


def _remedies(steps: Iterable[str | _Step]) -> Iterator[Remedy]:
    for step in steps:
        yield (_shared().remedies[step] if isinstance(step, str) else step).remedy()


def _one_line(text: str) -> str:
    return " ".join(text.split())
