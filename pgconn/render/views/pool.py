"""The configuration of a pool, and the list of the frameworks."""

import re
from collections.abc import Iterator
from typing import Final

from pgconn.documents.pool import Framework, Frameworks, Pool
from pgconn.render.blocks import Block, Column, Fact, Facts, Heading, Notes, Row, Snippet, Step, Steps, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions, fields
from pgconn.text.quoting import shell_command

_SIMPLE: Final = re.compile(r"[A-Za-z][\w-]{0,30}", re.ASCII)
_COLUMNS: Final = (
    *Column.texts("framework", "language", "size", "default"),
    Column(title="a process opens by default", short="opens"),
)


def pool_blocks(document: Pool, _: ViewOptions) -> Iterator[Block]:
    """What to know of the pool, then the snippets to paste."""
    framework = document.framework
    size = Fact(label="size", text=f"{framework.parameter}, default {framework.default}")
    yield Heading(text=f"{framework.title}: at most {document.max} connections of {framework.scope}")
    yield Facts(facts=(size, *(Fact(label="trap", text=trap, mood="warning") for trap in document.traps)))
    for one in (*document.snippets, document.give_back):
        yield Snippet(title=one.title, format=one.format, text=one.text)
    yield Notes.of(document.notes)
    yield Steps(steps=tuple(_steps(document)))


def pool_rows(document: Pool) -> Rows:
    """Each snippet, trap and note."""
    return Rows(columns=("what", "title", "text"), rows=_rows(document))


def frameworks_blocks(document: Frameworks, _: ViewOptions) -> Iterator[Block]:
    """The frameworks with what a process opens by default."""
    rows = ((one.name, one.language, one.parameter, one.default, one.peak_text) for one in document.frameworks)
    step = Step(command="pgconn pool hikaricp --max 8 --app web", why="the configuration that keeps it below 8")
    count = len(document.frameworks)
    yield Heading(text=f"{count} pools, and what a process opens at most by default")
    yield Table.of(_COLUMNS, rows)
    yield Steps(steps=(step,))


def frameworks_rows(document: Frameworks) -> Rows:
    """Every field of each framework."""
    return Rows(columns=Framework.__struct_fields__, rows=(fields(one, " ") for one in document.frameworks))


def _rows(document: Pool) -> Iterator[Row]:
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


VIEWS[Pool] = View(blocks=pool_blocks, rows=pool_rows)
VIEWS[Frameworks] = View(blocks=frameworks_blocks, rows=frameworks_rows)
