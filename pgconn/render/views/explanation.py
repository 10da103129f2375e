"""What an error means and what to do about it; an answer to a question; and all that can be asked for."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.explanation import Contents, Explanation, Topic
from pgconn.model.finding import Remedy
from pgconn.render.blocks import Block, Column, Fact, Facts, Heading, Notes, Row, Section, Step, Steps, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions

_NO_LIMIT: Final = "SQLSTATE that is no limit"


def explanation_blocks(document: Explanation, _: ViewOptions) -> Iterator[Block]:
    """What was hit and by which client, why, and what to do."""
    state = f"{document.sqlstate}: " if document.sqlstate and document.sqlstate not in document.title else ""
    yield Heading(text=f"{state}{document.title}")
    yield Facts(facts=tuple(Fact(label=label, text=text) for label, text in _facts(document)))
    yield Notes.of(_see(document.topics))
    yield Steps(steps=steps_of(document.remedies))


def explanation_rows(document: Explanation) -> Rows:
    """Everything in two columns."""
    return Rows(columns=("what", "text"), rows=_explained(document))


def topic_blocks(document: Topic, _: ViewOptions) -> Iterator[Block]:
    """The question, its answer, and what to type."""
    short, *more = document.answer
    plain = (remedy.action for remedy in document.steps if _typed(remedy) is None)
    yield Heading(text=document.question)
    yield Facts(facts=(Fact(label="in short", text=short), *(Fact(label="more", text=one) for one in (*more, *plain))))
    yield Notes.of(_see(document.topics))
    yield Steps(steps=steps_of(document.steps))


def topic_rows(document: Topic) -> Rows:
    """Everything in two columns."""
    answer = (("answer", text) for text in document.answer)
    steps = (("step", in_words(step)) for step in document.steps)
    return Rows(columns=("what", "text"), rows=(("question", document.question), *answer, *steps))


def contents_blocks(document: Contents, _: ViewOptions) -> Iterator[Block]:
    """All that can be asked for by name."""
    kinds = (("question", document.topics), ("limit", document.limits), (_NO_LIMIT, document.sqlstates))
    sections = tuple(Section(title=kind, rows=tuple((one.name, one.about) for one in found)) for kind, found in kinds)
    yield Heading(text="give it an error text, a SQLSTATE, a line of a log, a whole log, or one of these names")
    yield Table(columns=Column.texts("", "about"), sections=sections)
    yield Steps(
        steps=(
            Step(command="pgconn explain superuser", why="one of the questions"),
            Step(command="pgconn explain 'FATAL: sorry, too many clients already'", why="an error"),
            Step(command="pgconn explain postgresql.log", why="a log: which clients were refused, and when"),
        )
    )


def contents_rows(document: Contents) -> Rows:
    """A row for each name."""
    kinds = (("topic", document.topics), ("limit", document.limits), ("sqlstate", document.sqlstates))
    rows = ((kind, entry.name, entry.about) for kind, entries in kinds for entry in entries)
    return Rows(columns=("kind", "name", "about"), rows=rows)


def in_words(remedy: Remedy) -> str:
    """A remedy on one line: what to do, with what, and what it brings about."""
    typed = _typed(remedy)
    with_what = f"{remedy.action}: {typed}" if typed else remedy.action
    return f"{with_what} ({remedy.effect})" if remedy.effect else with_what


def steps_of(remedies: tuple[Remedy, ...]) -> tuple[Step, ...]:
    """The commands and statements among remedies, to be typed as they stand."""
    return tuple(
        Step(command=typed, why=f"{remedy.action}{' (SQL)' if remedy.sql else ''}")
        for remedy in remedies
        if (typed := _typed(remedy)) is not None
    )


def _facts(document: Explanation) -> Iterator[tuple[str, str]]:
    if document.message:
        yield "message", document.message
    if document.english:
        yield "English", document.english
    if document.wants_slot:
        yield "limit", document.whose
    if refused := _refused(document):
        yield "refused", refused
    if document.who_can_enter:
        yield "gets in", document.who_can_enter
    yield "means", document.meaning
    for number, cause in enumerate(document.causes, 1):
        yield f"cause {number}", cause
    if document.situations:
        yield "seen when", "; ".join(document.situations)
    for remedy in document.remedies:
        if _typed(remedy) is None:
            yield "now", in_words(remedy)
    for remedy in document.prevention:
        yield "later", in_words(remedy)


def _refused(document: Explanation) -> str:
    parts = (
        ("role", document.user),
        ("database", document.database),
        ("from", document.host),
        ("application", document.application),
        ("at", document.at),
    )
    return ", ".join(f"{label} {text}" for label, text in parts if text is not None)


def _explained(document: Explanation) -> Iterator[Row]:
    for name in ("limit", "sqlstate", "message", "routine", "source", "title", "whose", "meaning"):
        yield name, getattr(document, name)
    for name in ("at", "user", "database", "host", "application", "who_can_enter"):
        yield name, getattr(document, name)
    for cause in document.causes:
        yield "cause", cause
    for situation in document.situations:
        yield "situation", situation
    if document.english:
        yield "english", document.english
    for remedy in document.remedies:
        yield "remedy", in_words(remedy)
    for remedy in document.prevention:
        yield "prevention", in_words(remedy)


def _typed(remedy: Remedy) -> str | None:
    return remedy.command or remedy.sql


def _see(topics: tuple[str, ...]) -> tuple[str, ...]:
    return (f"see also: {', '.join(f'pgconn explain {name}' for name in topics)}",) if topics else ()


VIEWS[Explanation] = View(blocks=explanation_blocks, rows=explanation_rows)
VIEWS[Topic] = View(blocks=topic_blocks, rows=topic_rows)
VIEWS[Contents] = View(blocks=contents_blocks, rows=contents_rows)
