"""The journal keeps every way back, or nothing is changed."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from pgconn.actions.journal import Entry, Journal, usual_place
from pgconn.errors import WrongUsage
from pgconn.model.change import Change, Identity
from tests.model.making import NOW

pytestmark = pytest.mark.offline

SERVER: Final = Identity(system_identifier="7710250388857651655")
CHANGE: Final = Change(
    scope="role", name="app", oid=16384, setting="CONNECTION LIMIT", before="-1", after="20", sql="x", undo="y"
)


def note(journal: Journal, *changes: Change, server: Identity = SERVER, by: str = "fence") -> tuple[Entry, ...]:
    return journal.note(changes, at=NOW, server=server, address="db1:5432", role="postgres", by=by)


def test_what_was_noted_is_open_until_it_is_closed_also_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.jsonl"
    first, second = note(Journal(path), CHANGE, msgspec.structs.replace(CHANGE, name="two"))
    assert Journal(path).open_changes(SERVER, "fence") == (first, second)
    assert first.run == second.run
    Journal(path).close([first], at=NOW, why="undone")
    assert Journal(path).open_changes(SERVER, "fence") == (second,)
    assert len(path.read_text().splitlines()) == 3


def test_another_server_and_another_command_see_nothing_of_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    note(journal, CHANGE)
    assert journal.open_changes(Identity(system_identifier="1"), "fence") == ()
    assert journal.open_changes(SERVER, "settings") == ()


def test_two_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    one, two = Journal(tmp_path / "j"), Journal(tmp_path / "j")
    noted = (*note(one, CHANGE), *note(two, CHANGE))
    assert Journal(tmp_path / "j").open_changes(SERVER, "fence") == noted


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.jsonl"
    note(Journal(path), CHANGE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "broken",
    [
        b"x\n",
        b"\xff\n",
        b'{"kind":"snapshot","version":1}\n',
        b'{"kind":"change","version":1}\n',
        b'{"kind":"change","version":2}\n',
        b'{"kind":"closed","version":1,"id":"a","at":"2026-03-01T03:12:45Z","why":"undone"}',
        b"\n",
    ],
)
def test_a_file_that_is_damaged_cut_newer_or_something_else_is_left_as_it_is(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "j"
    note(Journal(path), CHANGE)
    path.write_bytes(path.read_bytes() + broken)
    before = path.read_bytes()
    with pytest.raises(WrongUsage, match="line 2"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_line_that_does_not_fit_on_the_disk_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "j"
    note(Journal(path), CHANGE)
    before = path.read_bytes()
    script = (
        "import resource, signal, sys; from pathlib import Path; from tests.actions.test_journal import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 9},) * 2)\n"
        "note(Journal(Path(sys.argv[1])), CHANGE)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert "WrongUsage: cannot write the journal" in ran.stderr
    assert "nothing was changed" in ran.stderr
    assert path.read_bytes() == before


def test_its_usual_place_is_where_programs_keep_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    for state in ("", "not/absolute"):
        monkeypatch.setenv("XDG_STATE_HOME", state)
        assert usual_place() == Path("/home/me/.local/state/pgconn/journal.jsonl")
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert usual_place() == Path("/var/state/pgconn/journal.jsonl")
