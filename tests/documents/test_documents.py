"""What a snapshot becomes as a document."""

import json

import msgspec
import pytest

from pgconn.config.policy import Policy
from pgconn.documents.sessions import Sessions, sessions as sessions_document
from pgconn.documents.status import Status, status as status_document
from pgconn.observe import Observation
from pgconn.rules import judge
from tests.model.making import sessions, shop, snapshot
from tests.render.pages import written

pytestmark = pytest.mark.offline


def test_a_status_says_who_asked_what_is_used_and_by_which_role() -> None:
    seen = shop()
    status = status_document(seen, judge(Observation(snapshots=(seen,)), Policy()).findings)
    assert status.role.name == "watcher"
    assert status.slots == seen.slots
    assert sum(group.sessions for group in status.by.database) == status.slots.used
    assert status.pivot is None
    assert [finding.rule for finding in status.findings][:1] == ["limit_close"]


def test_a_recorded_status_says_so_and_nothing_else_differs() -> None:
    seen = shop()
    live = status_document(seen, ())
    recorded = status_document(seen, (), recorded=True)
    assert (live.entered_by, recorded.entered_by) == ("slot", "recording")
    assert msgspec.structs.replace(recorded, entered_by="slot") == live


def test_a_limit_of_sessions_keeps_the_first_and_counts_all() -> None:
    seen = snapshot(*sessions(5))
    document = sessions_document(seen, seen.sessions, limit=2)
    assert ([row.pid for row in document.sessions], document.matched) == ([100, 101], 5)
    for everything in (None, 0):
        assert len(sessions_document(seen, seen.sessions, limit=everything).sessions) == 5


def test_a_document_of_sessions_can_omit_the_literals() -> None:
    seen = snapshot(*sessions(1, query="select 'ann'"))
    assert sessions_document(seen, seen.sessions, redact=True).sessions[0].query == "select ?"
    assert sessions_document(seen, seen.sessions).sessions[0].query == "select 'ann'"


@pytest.mark.parametrize("kind", [Status, Sessions])
def test_a_document_is_one_object_that_begins_with_its_kind_and_version_and_can_be_read_back(kind: type) -> None:
    seen = shop()
    document = status_document(seen, ()) if kind is Status else sessions_document(seen, seen.sessions)
    text = written(document, "json")
    assert text.count("\n") == 1
    assert list(json.loads(text))[:3] == ["kind", "version", "taken_at"]
    assert json.loads(text)["taken_at"] == "2026-03-01T03:12:45Z"
    assert msgspec.json.decode(text, type=kind) == document
