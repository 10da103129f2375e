"""What `pgconn explain` answers to a text or a question, as a page and as rows."""

from collections.abc import Iterator, Sequence

from pgconn.documents.explanation import Contents, Explanation, LogReport, Topic
from pgconn.model.finding import Remedy
from pgconn.model.value import Value
from pgconn.render.page import Cell, Column, Fact, Page, Section, Step, Table


def page_of(document: Explanation | Topic | Contents | LogReport) -> Page:
    """The document as a page."""
    match document:
        case Explanation():
            return explanation_page(document)
        case Topic():
            return topic_page(document)
        case Contents():
            return contents_page(document)
        case LogReport():
            from pgconn.render.views.log import log_page

            return log_page(document)


def explanation_page(document: Explanation) -> Page:
    """What was hit and by whom, why, and what to do."""
    return Page(
        headline=_headline(document),
        facts=tuple(Fact(label=label, text=text) for label, text in _told(document)),
        steps=_steps(document.remedies),
        notes=_see(document.topics),
    )


def topic_page(document: Topic) -> Page:
    """The question, its answer, and what to type."""
    short, *more = document.answer
    plain = (remedy.action for remedy in document.steps if _typed(remedy) is None)
    return Page(
        headline=document.question,
        facts=(Fact(label="in short", text=short), *(Fact(label="more", text=text) for text in (*more, *plain))),
        steps=_steps(document.steps),
        notes=_see(document.topics),
    )


def contents_page(document: Contents) -> Page:
    """All that can be asked for by name."""
    sections = (
        ("question", document.topics),
        ("limit", document.limits),
        ("SQLSTATE that is no limit", document.sqlstates),
    )
    return Page(
        headline="give it an error text, a SQLSTATE, a line of a log, a whole log, or one of these names",
        table=Table(
            columns=(Column(title=""), Column(title="about")),
            sections=tuple(
                Section(title=title, rows=tuple((entry.name, entry.about) for entry in entries))
                for title, entries in sections
            ),
        ),
        steps=(
            Step(command="pgconn explain superuser", why="one of the questions"),
            Step(command="pgconn explain 'FATAL: sorry, too many clients already'", why="an error"),
            Step(command="pgconn explain postgresql.log", why="a log: who was refused, and when"),
        ),
    )


def rows_of(document: Value) -> tuple[Sequence[str], Iterator[Sequence[Cell]]] | None:
    """The titles and the rows of a document as one table; None for a document of another kind."""
    if isinstance(document, Explanation):
        return ("what", "text"), _explained(document)
    if isinstance(document, Topic):
        rows = [("question", document.question), *(("answer", text) for text in document.answer)]
        return ("what", "text"), iter([*rows, *(("step", in_words(step)) for step in document.steps)])
    if isinstance(document, Contents):
        kinds = (("topic", document.topics), ("limit", document.limits), ("sqlstate", document.sqlstates))
        return ("kind", "name", "about"), (
            (kind, entry.name, entry.about) for kind, entries in kinds for entry in entries
        )
    if isinstance(document, LogReport):
        from pgconn.render.views.log import log_rows

        return log_rows(document)
    return None


def in_words(remedy: Remedy) -> str:
    """A remedy on one line: what to do, with what, and what it brings about."""
    typed = _typed(remedy)
    with_what = f"{remedy.action}: {typed}" if typed else remedy.action
    return f"{with_what} ({remedy.effect})" if remedy.effect else with_what


def steps_of(remedies: tuple[Remedy, ...]) -> tuple[Step, ...]:
    """The commands and statements among remedies, to be typed as they stand."""
    return _steps(remedies)


def _headline(document: Explanation) -> str:
    state = f"{document.sqlstate}: " if document.sqlstate and document.sqlstate not in document.title else ""
    return f"{state}{document.title}"


def _told(document: Explanation) -> Iterator[tuple[str, str]]:
    if document.message:
        yield "said", document.message
    if document.wants_slot:
        yield "limit", document.whose
    if refused := _refused(document):
        yield "refused", refused
    if document.who_can_enter:
        yield "gets in", document.who_can_enter
    yield "means", document.meaning
    for number, cause in enumerate(document.causes, 1):
        yield f"cause {number}", cause
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


def _explained(document: Explanation) -> Iterator[Sequence[Cell]]:
    for name in ("limit", "sqlstate", "message", "routine", "source", "title", "whose", "meaning"):
        yield name, getattr(document, name)
    for name in ("at", "user", "database", "host", "application", "who_can_enter"):
        yield name, getattr(document, name)
    for cause in document.causes:
        yield "cause", cause
    for remedy in document.remedies:
        yield "remedy", in_words(remedy)
    for remedy in document.prevention:
        yield "prevention", in_words(remedy)


def _typed(remedy: Remedy) -> str | None:
    return remedy.command or remedy.sql


def _steps(remedies: tuple[Remedy, ...]) -> tuple[Step, ...]:
    return tuple(
        Step(command=typed, why=f"{remedy.action}{' (SQL)' if remedy.sql else ''}")
        for remedy in remedies
        if (typed := _typed(remedy)) is not None
    )


def _see(topics: tuple[str, ...]) -> tuple[str, ...]:
    return (f"see also: {', '.join(f'pgconn explain {name}' for name in topics)}",) if topics else ()
