"""`pgconn explain` as people type it: a text, a code, a question, a line, a log."""

import bz2
import contextlib
import gzip
import json
import lzma
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.logs.made import stderr_line

pytestmark = pytest.mark.offline

SORRY = "sorry, too many clients already"
FORMATS = ("table", "plain", "json", "csv", "markdown")


def log_of(count: int, every: float = 10) -> str:
    return "".join(stderr_line(i * every, SORRY) + "\n" for i in range(count))


def test_an_error_is_explained_by_its_text(pgconn: Run) -> None:
    run = pgconn("explain", f"connection failed: FATAL:  {SORRY}")
    assert run.returncode == 0
    assert run.stderr == ""
    for part in ("every slot of the server", "max_connections", "gets in", "cause 1", "later", "pgconn rescue"):
        assert part in run.stdout


def test_the_words_need_no_quotes(pgconn: Run) -> None:
    assert "every slot" in pgconn("explain", "FATAL:", "sorry,", "too", "many", "clients", "already").stdout


@pytest.mark.parametrize("state", ["53300", "57p05", "23505", "40P01", "57P03"])
def test_a_code_is_explained_in_either_case(pgconn: Run, state: str) -> None:
    run = pgconn("explain", state, "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout)["sqlstate"] == state.upper()


def test_one_line_of_a_log_tells_who_was_refused(pgconn: Run) -> None:
    reported = json.loads(pgconn("explain", stderr_line(0, SORRY), "--json").stdout)
    assert (reported["kind"], reported["limit"], reported["user"], reported["database"], reported["host"]) == (
        "refusal",
        "slots",
        "app",
        "shop",
        "10.0.0.7",
    )
    assert reported["at"] == "2026-11-03T10:15:23+00:00"


def test_an_error_of_two_attempts_is_one_error(pgconn: Run) -> None:
    text = (
        f'connection to server at "db", port 5432 failed: FATAL:  {SORRY}\n'
        'connection to server at "db", port 5432 failed: FATAL:  no pg_hba.conf entry for host "1", no encryption'
    )
    assert json.loads(pgconn("explain", text, "--json").stdout)["limit"] == "slots"
    assert json.loads(pgconn("explain", "--json", stdin=text).stdout)["limit"] == "slots"


def test_what_is_not_known_is_reported_as_unknown_and_is_no_failure(pgconn: Run) -> None:
    run = pgconn("explain", "the frobnicator is out of cheese", "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout)["limit"] == "unknown"
    assert "not known" in pgconn("explain", "the frobnicator is out of cheese").stdout


def test_a_question_is_answered_by_name_or_in_words(pgconn: Run) -> None:
    by_name, in_words = pgconn("explain", "superuser"), pgconn("explain", "does a superuser bypass max_connections?")
    assert by_name.stdout == in_words.stdout
    assert "in short  No." in by_name.stdout


def test_a_limit_is_explained_by_its_name(pgconn: Run) -> None:
    assert json.loads(pgconn("explain", "pooler_queue", "--json").stdout)["source"] == "pgbouncer"


def test_nothing_at_all_lists_what_can_be_asked(pgconn: Run) -> None:
    run = pgconn("explain", stdin="")
    assert run.returncode == 0
    assert "nothing came in" in run.stderr
    for name in ("superuser", "raise", "walsenders", "57P05"):
        assert name in run.stdout


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", ["slots", "leak", "57P05", "no idea", "a.log", ""])
def test_every_answer_comes_in_every_format(pgconn: Run, tmp_path: Path, form: str, what: str) -> None:
    (tmp_path / "a.log").write_text(log_of(20))
    words = [str(tmp_path / "a.log")] if what == "a.log" else [what] if what else []
    run = pgconn("explain", *words, "-o", form)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()
    if form == "json":
        assert json.loads(run.stdout)["version"] == 1


def test_a_log_is_counted_and_judged(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "postgresql.log"
    log.write_text(log_of(20))
    reported = json.loads(pgconn("explain", str(log), "--json").stdout)
    assert (reported["kind"], reported["refusals"], reported["verdict"]) == ("log", 20, "sustained")
    assert reported["by"]["user"] == [{"value": "app", "refusals": 20}]
    assert [minute["refusals"] for minute in reported["minutes"]] == [4, 6, 6, 4]
    assert reported["explanation"]["limit"] == "slots"
    page = pgconn("explain", str(log)).stdout
    assert "sustained: 3m 10s" in page
    assert "█" in page


@pytest.mark.parametrize(("count", "verdict"), [(2, "a blip of 10s"), (7, "sustained: 1m")])
def test_a_log_that_is_piped_in_is_judged(pgconn: Run, count: int, verdict: str) -> None:
    assert verdict in pgconn("explain", stdin=log_of(count)).stdout
    assert verdict in pgconn("explain", "-", stdin=log_of(count)).stdout


def test_the_name_of_a_rule_may_be_piped_in(pgconn: Run) -> None:
    assert pgconn("explain", stdin="slots_used_up\n").stdout == pgconn("explain", "slots_used_up").stdout != ""


def test_several_logs_are_one_answer(pgconn: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log.gz"
    first.write_text(log_of(3))
    second.write_bytes(gzip.compress(log_of(4).encode()))
    reported = json.loads(pgconn("explain", str(first), str(second), "--json").stdout)
    assert reported["refusals"] == 7
    assert reported["files"] == [str(first), str(second)]
    assert reported["size_bytes"] == first.stat().st_size + second.stat().st_size


def test_a_log_without_refusals_says_so(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "quiet.log"
    log.write_text("2026-11-03 10:15:23 UTC [7] LOG:  checkpoint starting: time\n" * 3)
    for run in (pgconn("explain", str(log)), pgconn("explain", stdin=log.read_text())):
        assert run.returncode == 0
        assert run.stdout.startswith("no refusal for lack of a slot")


def test_a_large_pipe_is_read_as_a_log(pgconn: Run) -> None:
    reported = json.loads(pgconn("explain", "--json", stdin=log_of(30_000, 0.01)).stdout)
    assert reported["refusals"] == 30_000


@pytest.mark.parametrize("name", ["missing.log", "/nowhere/at/all", "./missing"])
def test_a_file_that_is_not_there_is_wrong_usage(pgconn: Run, name: str) -> None:
    run = pgconn("explain", name)
    assert run.returncode == 2
    assert "does not exist" in run.stderr
    assert "hint: " in run.stderr


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_a_log_that_is_compressed_in_another_way_is_not_taken_for_one_without_refusals(
    pgconn: Run, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    log = tmp_path / "old.log"
    log.write_bytes(compress(log_of(9).encode()))
    run = pgconn("explain", str(log))
    assert run.returncode == 2
    assert "is compressed with" in run.stderr
    assert "-dc FILE | pgconn explain" in run.stderr


def test_a_log_in_utf_16_is_read(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "windows.txt"
    log.write_text(log_of(30), encoding="utf-16")
    reported = json.loads(pgconn("explain", str(log), "--json").stdout)
    assert (reported["refusals"], reported["size_bytes"]) == (30, log.stat().st_size)


def test_empty_words_list_what_can_be_asked(pgconn: Run) -> None:
    assert pgconn("explain", " ").stdout == pgconn("explain", stdin="").stdout


def test_a_directory_is_wrong_usage(pgconn: Run, tmp_path: Path) -> None:
    run = pgconn("explain", str(tmp_path), "--json")
    assert run.returncode == 2
    assert json.loads(run.stdout)["exit"] == 2


def test_hostile_text_stays_text(pgconn: Run, tmp_path: Path) -> None:
    evil = "\x1b[31m[bold]=cmd()|<b>"
    log = tmp_path / "evil.log"
    log.write_text("".join(stderr_line(i, SORRY, user=f"={evil}") + "\n" for i in range(9)))
    for form in FORMATS:
        for words in ((f"FATAL:  {SORRY} {evil}",), (evil,), (str(log),), (stderr_line(0, SORRY, user=evil),)):
            run = pgconn("explain", *words, "-o", form, columns=200)
            assert run.returncode == 0, run.stderr
            assert "\x1b" not in run.stdout
            assert form != "csv" or ",=" not in run.stdout
            assert form != "markdown" or "<b>" not in run.stdout


def test_it_works_without_a_server_and_without_its_driver() -> None:
    code = (
        "import sys; sys.argv[1:] = ['explain', '53300']\n"
        "from pgconn.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('psycopg' in sys.modules, 'pgconn.server' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.splitlines()[-1] == "False False"


def test_the_time_of_a_chart_row_grows_with_the_log(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "week.log"
    log.write_text(log_of(200, 3600))
    page = pgconn("explain", str(log), "-o", "plain").stdout
    assert "\nday " in page
    assert "blips, the longest 0s" in page


def test_a_bar_shows_how_far_the_reading_is_on_a_terminal_alone(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text(log_of(1) + "2026-11-03 10:15:23 UTC [7] LOG:  checkpoint starting: time\n" * 600_000)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pgconn", "explain", str(log)]
    environment = os.environ | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        assert process.stdout is not None
        answer = process.stdout.read().decode()
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert b"reading" in shown
    assert answer.startswith("1 refusal for lack of a slot")
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""


def test_on_a_terminal_nothing_at_all_lists_what_can_be_asked() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pgconn", "explain"]
    run = subprocess.run(command, stdin=theirs, capture_output=True, encoding="utf-8", timeout=30, check=True)
    os.close(ours)
    os.close(theirs)
    assert run.stderr == ""
    assert "superuser" in run.stdout


def test_the_rows_can_be_limited(pgconn: Run) -> None:
    page = pgconn("explain", "--limit", "2", stdin=log_of(30)).stdout
    assert "more: --limit 0" in page
