"""A log says which forms of it were recognised, and 'no refusal' only where one would be written down."""

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pgconn.documents.explanation import Explanation
from pgconn.documents.log import LogReport
from pgconn.logs.explain import explain_words
from pgconn.logs.markers import kinds, looks
from pgconn.logs.tally import tally_of
from pgconn.render.blocks import Facts, Heading
from pgconn.render.views import VIEWS, ViewOptions
from tests.conftest import Run
from tests.logs.made import csv_line, json_line, stderr_line

pytestmark = pytest.mark.offline

OTHERS = {
    "pgpool": "2026-11-03 10:15:23.456: main pid 7: LOG:  pgpool-II successfully started. version 4.7.3 (tasukiboshi)",
    "odyssey": "7 2026-11-03T10:15:23Z info [none none] (server) listening on 127.0.0.1:6432",
    "pgagroal": "2026-11-03 10:15:23 \x1b[32mINFO \x1b[0m \x1b[90mmain.c:1378\x1b[0m pgagroal: 2.1.0 started on *:2345",
    "pgbouncer": "2026-11-03 10:15:23.456 UTC [7] LOG stats: 0 xacts/s, 0 queries/s, in 0 B/s, out 0 B/s",
}
LOGS = {
    "postgresql": stderr_line(0, "x").replace("FATAL", "LOG"),
    "csvlog": csv_line(0, "x", state="00000").replace("FATAL", "LOG"),
    "jsonlog": json_line(0, "x", state="00000").replace("FATAL", "LOG"),
    **OTHERS,
}


def report_on(log: str) -> LogReport:
    return tally_of([log.encode()]).report(["a.log"], len(log))


def shown(report: LogReport) -> tuple[str, dict[str, str]]:
    """The headline, and the facts below it."""
    heading, facts = "", {}
    for block in VIEWS[LogReport].blocks(report, ViewOptions()):
        if isinstance(block, Heading):
            heading = block.text
        if isinstance(block, Facts):
            facts = {fact.label: str(fact.text) for fact in block.facts}
    return heading, facts


@pytest.mark.parametrize("form", LOGS)
def test_each_form_is_recognised_by_itself(form: str) -> None:
    report = report_on(f"{LOGS[form]}\n" * 3)
    assert [one.form for one in report.forms] == [form]
    assert report.refusals == 0
    assert report.verdict == ("unknown" if form == "pgagroal" else "none")
    heading, facts = shown(report)
    assert heading.startswith("no refusal")
    assert ("would be written down" in heading) == (form == "pgagroal")
    assert report.forms[0].title in facts["read"]
    assert ("not logged" in facts) == (form in ("pgpool", "odyssey", "pgagroal"))


def test_every_form_of_the_file_is_one_that_a_kind_has() -> None:
    assert {kind.form for kind in kinds()} - {""} == set(looks().forms)


@pytest.mark.parametrize(
    "log",
    [
        "127.0.0.1 - - [03/Nov/2026:10:15:23 +0000] 'GET / HTTP/1.1' 200 612\n",
        "2026-11-03 10:15:23 [Warning] Aborted connection 7 to db: 'shop' user: 'app'\n",
        "\0\1\2\3",
        "root:x:0:0:root:/root:/bin/bash\n",
    ],
)
def test_a_log_in_no_known_form_is_not_called_free_of_refusals(log: str) -> None:
    report = report_on(log * 5)
    assert (report.forms, report.verdict, report.refusals) == ((), "unknown", 0)
    heading, _ = shown(report)
    assert heading == "no line of a.log is in a form that pgconn reads"


def test_an_empty_log_has_no_refusal() -> None:
    report = report_on("")
    assert (report.verdict, shown(report)[0]) == ("none", "no refusal for lack of a slot in a.log")


def test_what_a_program_quotes_counts_in_whatever_form(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("2026-11-03 10:15:23 web: psql: error: FATAL:  sorry, too many clients already\n" * 2)
    ran = pgconn("explain", str(log))
    assert ran.returncode == 0
    assert ran.stdout.startswith("2 refusals")


def test_a_name_in_the_answer_can_be_asked_for(pgconn: Run) -> None:
    assert pgconn("explain", "some_limit").stdout == pgconn("explain", "53300").stdout


@contextlib.contextmanager
def _silent(_: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def test_a_single_line_that_only_its_code_explains_promises_nobody_a_way_in() -> None:
    line = "2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop 10.0.0.7 ????:  ??,?????"
    answer = explain_words([line], _silent)
    assert isinstance(answer, Explanation)
    assert (answer.sqlstate, answer.who_can_enter, answer.user) == ("53300", None, "app")
    assert "does not tell which" in answer.title


def test_a_log_that_can_be_read_once_alone_is_not_read_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    pair = (
        "2026-11-03 10:15:23.1 UTC [7] app@shop FATAL:  terminating connection due to administrator command\n"
        "2026-11-03 10:15:23.1 UTC [7] app@shop DETAIL:  Signal sent by PID 3219, UID 1003.\n"
    )
    writer = threading.Thread(target=pipe.write_text, args=(pair * 2,))
    writer.start()
    report = explain_words([str(pipe)], _silent)
    writer.join()
    assert isinstance(report, LogReport)
    assert [(one.pid, one.sessions, one.user) for one in report.ended_by] == [(3219, 2, None)]


def test_names_in_a_log_have_no_effect_on_a_terminal(pgconn: Run, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(
        "2026-11-03 10:15:23.1 UTC [3219] ev\x1b[31mil@[bold]shop 10.0.0.7 LOG:  x\n"
        "2026-11-03 10:15:23.1 UTC [7] app@shop FATAL:  terminating connection due to administrator command\n"
        "2026-11-03 10:15:23.1 UTC [7] app@shop DETAIL:  Signal sent by PID 3219, UID 1003.\n"
    )
    assert "\x1b" not in pgconn("explain", str(log)).stdout


REFUSED_EARLY = (
    "2026-11-03 10:15:{:02}.123: psql pid 42: ERROR:  backend authentication failed",
    "2026-11-03 10:15:{:02}.123: psql pid 42: DETAIL:  backend response with kind 'E' when expecting 'R'",
)


def test_what_pgpool_writes_of_a_server_that_refused_early_is_said_to_be_full_starting_or_stopping() -> None:
    report = report_on("\n".join(line.format(second) for second in (1, 2) for line in REFUSED_EARLY))
    assert (report.refusals, report.undecided, report.others) == (2, 2, ())
    found = report.explanation
    assert found is not None
    assert (found.limit, found.behind) == ("pooler_login", "unknown")
    assert "full, starting or stopping" in found.title
    assert "every slot" not in found.title
    headline, facts = shown(report)
    assert headline == "2 refusals by a server that was full, starting or stopping in a.log: a blip"
    assert "full, starting or stopping" in facts["mostly"]


def test_the_refusals_that_are_undecided_are_told_from_those_that_are_not() -> None:
    handed_on = (
        "2026-11-03 10:15:09.123: psql pid 42: LOG:  backend throws an error message",
        '2026-11-03 10:15:09.123: psql pid 42: DETAIL:  too many connections for role "app"',
    )
    report = report_on("\n".join((*(line.format(1) for line in REFUSED_EARLY), *handed_on)))
    assert (report.refusals, report.undecided) == (2, 1)
    assert "1 of them, or the server was starting or stopping" in shown(report)[0]


@pytest.mark.parametrize(
    "line",
    [
        "FATAL: connection refused",
        "FATAL:  connection refused",
        'psql: error: connection to server at "10.0.0.7", port 2345 failed: FATAL:  connection refused',
        'connection to server on socket "/run/.s.PGSQL.2345" failed: FATAL:  connection refused',
    ],
)
def test_connection_refused_with_a_severity_before_it_is_pgagroals_and_without_one_the_networks(line: str) -> None:
    answer = explain_words([line], _silent)
    assert isinstance(answer, Explanation)
    assert (answer.limit, answer.source) == ("pooler_login", "pgagroal")
    assert "pgagroal_hba.conf" in " ".join((*answer.causes, *(one.action for one in answer.remedies)))
    answer = explain_words([re.sub("FATAL: +", "", line)], _silent)
    assert isinstance(answer, Explanation)
    assert (answer.limit, answer.source) == ("no_listener", "network")


@pytest.mark.parametrize("text", ["received invalid error message", "ungültige Fehlermeldung empfangen"])
def test_an_error_of_pgagroal_that_libpq_cannot_read_is_its_full_pool_or_its_connection_refused(text: str) -> None:
    answer = explain_words([f'connection to server at "10.0.0.7", port 2345 failed: {text}'], _silent)
    assert isinstance(answer, Explanation)
    assert not answer.title.startswith("the pool of pgagroal is full")
    assert "connection pool is full" in answer.meaning
    assert "connection refused" in answer.meaning
    said = " ".join(one.action for one in answer.remedies)
    assert "pgagroal-cli" in said
    assert "again" in said
    full = explain_words(["FATAL:  connection pool is full"], _silent)
    assert isinstance(full, Explanation)
    assert full.title == "the pool of pgagroal is full"
