"""Every document has its view and every format its writer, found by type and by name."""

import subprocess
import sys
from typing import get_args

import pytest

from pgconn.cli.output import Format
from pgconn.documents import Failure
from pgconn.documents.contract import DOCUMENTS
from pgconn.model import Value
from pgconn.model.finding import Finding
from pgconn.render.blocks import Column, Facts, Findings, Heading, Listing, Notes, Section, Step, Steps, Table, is_empty
from pgconn.render.formats import FORMATS
from pgconn.render.views import VIEWS, ViewOptions, blocks_of, rows_of
from tests.model.making import shop
from tests.render.made import documents
from tests.render.pages import status_of

pytestmark = pytest.mark.offline

MADE = documents() | {"status": (status_of(shop()), ViewOptions())}


@pytest.mark.parametrize("kind", [kind for kind in DOCUMENTS if kind is not Failure])
def test_every_document_can_be_shown_and_is_among_the_transcripts(kind: type[Value]) -> None:
    assert VIEWS[kind]
    assert kind in {type(document) for document, _ in MADE.values()}


@pytest.mark.parametrize("name", MADE)
def test_a_picture_begins_with_its_heading_and_has_no_empty_block(name: str) -> None:
    first, *others = blocks_of(*MADE[name])
    assert isinstance(first, Heading)
    assert not any(isinstance(block, Heading) or is_empty(block) for block in others)


@pytest.mark.parametrize("name", MADE)
def test_no_row_is_longer_than_its_header(name: str) -> None:
    table = rows_of(MADE[name][0])
    rows = list(table.rows)
    assert rows
    assert max(map(len, rows)) <= len(table.columns)


def test_the_formats_are_those_that_can_be_asked_for() -> None:
    assert set(FORMATS) == set(get_args(Format))


@pytest.mark.parametrize(
    "block",
    [Facts(facts=()), Findings(findings=()), Notes.of([]), Listing(title="x", items=()), Steps(steps=())],
    ids=lambda block: type(block).__name__,
)
def test_a_block_of_nothing_is_empty(block: Facts | Findings | Notes | Listing | Steps) -> None:
    assert is_empty(block)
    assert not is_empty(Table.of(Column.texts("a"), ()))
    assert not is_empty(Findings(findings=(Finding(rule="x", severity="info", subject="y", message="z"),)))


def test_a_table_is_cut_by_section_and_says_what_was_left_out() -> None:
    table = Table(columns=Column.texts("a"), sections=(Section(rows=(("x",),) * 5), Section(title="b", rows=(("y",),))))
    first, second = table.cut(2).sections
    assert (len(first.rows), first.remainder) == (2, "… 3 more: --limit 0")
    assert (len(second.rows), second.remainder) == (1, None)
    assert first.cut(1).left_out == 4


def test_a_command_to_type_next_leads_to_the_same_server_and_a_statement_stays_as_it_is() -> None:
    steps = Steps(steps=(Step(command="pgconn status", why="x"), Step(command="SELECT 1;", why="y")))
    assert [step.command for step in steps.leading_to(["-h", "a b"]).steps] == ["pgconn status -h 'a b'", "SELECT 1;"]
    assert steps.leading_to([]) == steps


def test_what_is_not_shown_is_not_loaded() -> None:
    script = "import sys; from pgconn.render.formats import FORMATS; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "pgconn.render.views" in loaded
    heavy = ("pgconn.render.views.", "pgconn.render.formats.", "pgconn.documents.", "rich", "tabulate")
    assert not [name for name in loaded if name.startswith(heavy)]
