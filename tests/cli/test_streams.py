"""Where an answer goes: pipes that close, disks that are full, terminals and encodings of every kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pgconn.observe.recording import Recorder
from tests.conftest import Run
from tests.model.making import shop
from tests.render.pages import renamed

pytestmark = pytest.mark.offline

PGCONN = f"{sys.executable} -m pgconn"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A recording whose names are not ASCII."""
    path = tmp_path / "seen.jsonl"
    with Recorder(path) as recorder:
        recorder.write(renamed(shop(), "größe数"))
    return path


def shell(script: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a script of bash."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"],
        capture_output=True,
        encoding="utf-8",
        env={"PATH": os.environ["PATH"], "HOME": "/", **env},
        check=False,
    )


@pytest.mark.parametrize("name", ["plain", "csv", "json", "markdown", "table"])
def test_a_reader_that_goes_away_is_no_error(recorded: Path, name: str) -> None:
    ran = shell(f"{PGCONN} sessions -o {name} --from {recorded} | head -n 1")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("\n") == 1
    ran = shell(f"{PGCONN} sessions -o {name} --from {recorded} | true")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_upset_nothing(recorded: Path, closed: str) -> None:
    ran = shell(f"{PGCONN} status --from {recorded} {closed}")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = shell(f"{PGCONN} status --nosuch {closed}")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("name", ["plain", "json", "csv"])
def test_an_answer_that_could_not_be_written_is_an_error(recorded: Path, name: str) -> None:
    ran = shell(f"{PGCONN} status -o {name} --from {recorded} >/dev/full")
    assert ran.returncode == 6
    assert ran.stderr.startswith("pgconn: cannot write the answer: No space left on device\nhint: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_help_that_could_not_be_written_is_no_bug() -> None:
    ran = shell(f"{PGCONN} --help >/dev/full")
    assert ran.returncode == 6
    assert ran.stderr.startswith("pgconn: cannot write the answer: No space left on device\nhint: ")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("name", ["table", "plain", "csv", "json", "markdown"])
def test_what_an_encoding_lacks_is_written_as_an_escape(recorded: Path, encoding: str, name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pgconn", "status", "-o", name, "--from", str(recorded)],
        capture_output=True,
        env={"PYTHONIOENCODING": encoding, "COLUMNS": "200", "PATH": os.environ["PATH"]},
        check=True,
    )
    assert ran.stderr == b""
    shown = ran.stdout.decode(encoding)
    assert ("größe数" in shown) == (encoding == "utf-8")
    if name == "json":
        assert json.loads(shown)["server"]["cluster_name"] == "größe数"
    elif encoding == "ascii":
        assert "gr\\xf6\\xdfe\\u6570" in shown
    assert "\\u2588" not in shown
    if name == "table":
        assert ("█" if encoding == "utf-8" else "####") in shown


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "no_SUCH.locale"])
def test_any_locale_will_do(recorded: Path, locale: str) -> None:
    ran = shell(f"LC_ALL={locale} {PGCONN} status -o table --from {recorded}")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_argument_that_is_not_utf8_is_named_in_an_error_that_can_be_read(tmp_path: Path) -> None:
    ran = shell(f"{PGCONN} status --json --from $'{tmp_path}/\\xff.jsonl'")
    assert ran.returncode == 2
    assert "\\udcff.jsonl" in ran.stderr
    assert ran.stdout.startswith('{"kind":"error"')


def test_colour_is_for_terminals_alone(pgconn: Run, recorded: Path) -> None:
    assert "\x1b" not in pgconn("status", "-o", "table", "--from", str(recorded), env={"FORCE_COLOR": "1"}).stdout


def test_a_recording_says_when_it_was_made_and_how_to_look_further(pgconn: Run, recorded: Path) -> None:
    shown = pgconn("status", "--from", str(recorded)).stdout
    assert "recorded  2026-03-01 03:12:45 UTC" in shown
    assert f"--from {recorded}" in shown
    assert "pgconn record" not in shown


def test_the_width_of_the_screen_is_that_of_columns(pgconn: Run, recorded: Path) -> None:
    for columns in (80, 160):
        shown = pgconn("sessions", "-o", "table", "--from", str(recorded), columns=columns).stdout
        assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("full", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
def test_an_error_keeps_its_exit_code_though_no_reader_sees_it(full: str) -> None:
    assert shell(f"{PGCONN} kill-idle --older 10 --json {full}").returncode == 2
