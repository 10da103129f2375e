"""What a snapshot becomes as a document."""

import json

import msgspec
import pytest

from pgconn.config.policy import Policy
from pgconn.documents import status as documents
from pgconn.documents.status import Sessions, Status
from pgconn.render.formats.json import write_json
from pgconn.rules import judge
from tests.model.making import sessions, shop, snapshot

pytestmark = pytest.mark.offline


def test_a_status_says_who_asked_what_is_used_and_by_whom() -> None:
    seen = shop()
    status = documents.status(seen, judge(seen, Policy()))
    assert status.role.name == "watcher"
    assert status.slots == seen.slots
    assert sum(group.sessions for group in status.by.database) == status.slots.used
    assert status.pivot is None
    assert [finding.rule for finding in status.findings][:1] == ["limit_close"]


def test_a_recorded_status_says_so_and_nothing_else_differs() -> None:
    seen = shop()
    live = documents.status(seen, ())
    recorded = documents.status(seen, (), recorded=True)
    assert (live.entered_by, recorded.entered_by) == ("slot", "recording")
    assert msgspec.structs.replace(recorded, entered_by="slot") == live


def test_a_limit_of_sessions_keeps_the_first_and_counts_all() -> None:
    seen = snapshot(*sessions(5))
    document = documents.sessions(seen, seen.sessions, limit=2)
    assert ([row.pid for row in document.sessions], document.matched) == ([100, 101], 5)
    for everything in (None, 0):
        assert len(documents.sessions(seen, seen.sessions, limit=everything).sessions) == 5


def test_a_document_of_sessions_can_leave_out_the_literals() -> None:
    seen = snapshot(*sessions(1, query="select 'ann'"))
    assert documents.sessions(seen, seen.sessions, redact=True).sessions[0].query == "select ?"
    assert documents.sessions(seen, seen.sessions).sessions[0].query == "select 'ann'"


@pytest.mark.parametrize("kind", [Status, Sessions])
def test_a_document_is_one_object_that_begins_with_its_kind_and_version_and_can_be_read_back(kind: type) -> None:
    seen = shop()
    document = documents.status(seen, ()) if kind is Status else documents.sessions(seen, seen.sessions)
    written = write_json(document)
    assert written.count("\n") == 1
    assert list(json.loads(written))[:3] == ["kind", "version", "taken_at"]
    assert json.loads(written)["taken_at"] == "2026-03-01T03:12:45Z"
    assert msgspec.json.decode(written, type=kind) == document
