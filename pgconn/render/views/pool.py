"""The configuration of a pool, and the list of the frameworks, as pages and as rows."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from pgconn.documents.pool import Framework, Frameworks, Pool
from pgconn.model.value import Value
from pgconn.render.page import Block, Cell, Column, Fact, Page, Section, Step, Table
from pgconn.text.quoting import shell_command

_SIMPLE: Final = re.compile(r"[A-Za-z][\w-]{0,30}", re.ASCII)


def page_of(document: Pool | Frameworks) -> Page:
    """The document as a page."""
    return pool_page(document) if isinstance(document, Pool) else frameworks_page(document)


def pool_page(document: Pool) -> Page:
    """What to know of the pool, then the snippets to paste."""
    framework = document.framework
    facts = [
        Fact(label="size", text=f"{framework.parameter}, untouched: {framework.default}"),
        *(Fact(label="trap", text=trap, mood="warning") for trap in document.traps),
    ]
    return Page(
        headline=f"{framework.title}: at most {document.max} connections of {framework.scope}",
        facts=tuple(facts),
        blocks=tuple(
            Block(title=snippet.title, format=snippet.format, text=snippet.text)
            for snippet in (*document.snippets, document.give_back)
        ),
        notes=document.notes,
        steps=tuple(_steps(document)),
    )


def frameworks_page(document: Frameworks) -> Page:
    """The frameworks with what an untouched process opens."""
    columns = (
        Column(title="framework"),
        Column(title="language"),
        Column(title="size"),
        Column(title="default"),
        Column(title="untouched, a process opens", short="untouched"),
    )
    rows = tuple((one.name, one.language, one.parameter, one.default, one.peak_text) for one in document.frameworks)
    return Page(
        headline=f"{len(document.frameworks)} pools, and what a process opens at most while nobody has set them",
        table=Table(columns=columns, sections=(Section(title=None, rows=rows),)),
        steps=(Step(command="pgconn pool hikaricp --max 8 --app web", why="the configuration that keeps it below 8"),),
    )


def rows_of(document: Value) -> tuple[Sequence[str], Iterator[Sequence[Cell]]] | None:
    """The titles and the rows of a document as one table; None for a document of another kind."""
    if isinstance(document, Frameworks):
        return Framework.__struct_fields__, map(_row, document.frameworks)
    if isinstance(document, Pool):
        return ("what", "title", "text"), _told(document)
    return None


def _row(framework: Framework) -> Sequence[Cell]:
    values = msgspec.structs.asdict(framework)
    return [" ".join(value) if isinstance(value, tuple) else value for value in values.values()]


def _told(document: Pool) -> Iterator[Sequence[Cell]]:
    for snippet in document.snippets:
        yield "snippet", snippet.title, snippet.text
    yield "give_back", document.give_back.title, document.give_back.text
    for trap in document.traps:
        yield "trap", None, trap
    for note in document.notes:
        yield "note", None, note


def _steps(document: Pool) -> Iterator[Step]:
    app = document.application_name if _SIMPLE.fullmatch(document.application_name) else "web"
    asked = shell_command("pgconn", "size", "--ram", "8G", "--app", f"{app}=10x{document.max}")
    yield Step(command=asked, why="whether ten of them fit a server of 8 GB, also while a deploy rolls")
    yield Step(command="pgconn status --by app", why="whether the name arrives, and how many it holds")
    if document.framework.other is not None:
        command = shell_command("pgconn", "pool", document.framework.other, "--max", str(document.max))
        yield Step(command=command, why="the same for other versions")
