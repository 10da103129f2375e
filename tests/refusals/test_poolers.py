"""The table of what poolers answer, compared with live poolers before a live server."""

import re
from pathlib import Path

import pytest

from pgconn.demo.clients import Target
from pgconn.refusals import read_fields
from pgconn.refusals.messages import literal
from pgconn.refusals.situations import Row, poolers
from tests.conftest import MakePooler
from tests.poolers.situations import SITUATIONS, Scene, can_be_brought_about
from tests.poolers.wire import Heard


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_live_pooler_answers_as_the_table_says(
    cluster: Target, any_pooler: MakePooler, pooler_program: Path, situation: str
) -> None:
    scene = Scene(cluster, pooler_program, any_pooler)
    row = _row(scene, situation)
    heard = SITUATIONS[situation](scene)
    assert heard.logged_in == (row.at == "query"), heard.says()
    if row.text is None:
        assert not heard.errors, heard.says()
        assert not heard.served
        return
    error = _error(heard, row)
    assert (error.get("S"), error.get("C")) == (row.severity, row.sqlstate)
    letters = row.fields or poolers().products[row.pooler].fields
    assert {letter for letter in error if letter in "SVCMFLR"} == set(letters)
    assert read_fields(error).limit == row.limit


def _row(scene: Scene, situation: str) -> Row:
    """The answer that the table has for this program; the test is skipped where it has none, or none can be had."""
    if not can_be_brought_about(situation, scene.program):
        pytest.skip("this situation is not brought about")
    version = ".".join(map(str, scene.version[:2]))
    if version not in poolers().products[scene.program].versions:
        pytest.skip(f"the table does not know version {version}")
    rows = [row for row in poolers().rows if (row.situation, row.pooler) == (situation, scene.program)]
    found = [row for row in rows if version in row.versions]
    if not found:
        pytest.skip("the table has no answer for it: this version serves the client")
    (row,) = found
    return row


def _error(heard: Heard, row: Row) -> dict[str, str]:
    """The error that the row is about; a pooler may hand on another one before or after it."""
    prefix = poolers().products[row.pooler].prefix if not row.fields else ""
    pattern = re.compile(literal(prefix + (row.text or "")) + r"\Z")
    found = [error for error in heard.errors if pattern.match(error.get("M", ""))]
    assert found, f"{row.text!r} is not in: {heard.says()}"
    return found[0]
