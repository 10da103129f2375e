"""From 19 on a log says which process ended a session; other lines of the same log say what that process was."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings, strategies as st

from pgconn.demo.clients import session, sessions, wait_until
from pgconn.documents.log import LogReport, Sender
from pgconn.logs.explain import explain_words
from pgconn.logs.tally import name_senders, tally_of
from tests.conftest import MakeCluster
from tests.logs.test_real_logs import local

SENT = {
    "DETAIL": "Signal sent by PID 3219, UID 1003.",
    "DETTAGLI": "Segnale inviato dal PID 3219, UID 1003.",
    "詳細": "シグナルが PID 3219、UID 1003 から送信されました。",
    "DETALJ": "Signal skickad av PID 3219, UID 1003.",
    "ВІДОМОСТІ": "Сигнал надіслано PID 3219, UID 1003.",
    "详情": "信号由 PID 为 3219, UID 为 1003 的进程发送。",
    "詳情": "訊號由 PID 為 3219, UID 為 1003 的行程傳送。",
}
ENDED = "terminating connection due to administrator command"


def line(text: str, pid: int = 4711, who: str = "app@shop 10.0.0.7") -> str:
    return f"2026-11-03 10:15:23.1 UTC [{pid}] {who} {text}\n"


def pair(detail: str = "DETAIL:  Signal sent by PID 3219, UID 1003.", fatal: str = "FATAL", pid: int = 4711) -> str:
    return line(f"{fatal}:  {ENDED}", pid) + line(detail, pid)


def report_on(log: str) -> LogReport:
    data = log.encode()
    tally = tally_of([data])
    name_senders(tally, [[data]])
    return tally.report(["log"], len(data))


def counted(report: LogReport) -> list[tuple[int, int, int]]:
    return [(sender.pid, sender.uid, sender.sessions) for sender in report.ended_by]


@pytest.mark.offline
@pytest.mark.parametrize("word", SENT)
def test_the_sender_is_read_in_every_language(word: str) -> None:
    fatal = {"DETTAGLI": "FATALE", "DETALJ": "FATALT", "ВІДОМОСТІ": "ФАТАЛЬНО", "详情": "致命错误", "詳情": "致命錯誤"}
    report = report_on(pair(f"{word}:  {SENT[word]}", fatal.get(word, "FATAL")) * 3)
    assert counted(report) == [(3219, 1003, 3)]
    assert report.refusals == 0


@pytest.mark.offline
def test_each_process_counts_by_itself_the_most_first() -> None:
    log = pair("DETAIL:  Signal sent by PID 1, UID 0.") + pair() * 2
    assert counted(report_on(log)) == [(3219, 1003, 2), (1, 0, 1)]


@pytest.mark.offline
@pytest.mark.parametrize(
    "log",
    [
        line("LOG:  hello") + line("DETAIL:  Signal sent by PID 3219, UID 1003."),
        line("ERROR:  hello") + line("DETAIL:  Signal sent by PID 3219, UID 1003."),
        line(f"FATAL:  {ENDED}") + line("STATEMENT:  select 'Signal sent by PID 3219, UID 1003.'"),
        line(f"FATAL:  {ENDED}") + line("STATEMENT:  /* sent by PID 3219, UID 1003 */"),
        line(f"FATAL:  {ENDED}") + "\tDETAIL:  Signal sent by PID 3219, UID 1003.\n",
        line(f"FATAL:  {ENDED}") + line("DETAIL:  Key (a)=(1) has PID 3219, UID 1003."),
    ],
)
def test_the_same_words_elsewhere_name_no_sender(log: str) -> None:
    assert report_on(log).ended_by == ()


@pytest.mark.offline
@pytest.mark.parametrize(
    ("others", "sender"),
    [
        (line("LOG:  statement: select 1", 3219, "cron@postgres 10.0.0.9"), ("cron", "postgres", None, "10.0.0.9")),
        (
            line("LOG:  connection authorized: user=ops database=shop application_name=pg cleaner", 3219, ""),
            ("ops", "shop", "pg cleaner", None),
        ),
        (
            line("LOG:  пользователь есть: пользователь=ops database=shop SSL enabled (protocol=TLSv1.3)", 3219, ""),
            ("ops", "shop", None, None),
        ),
        ("", (None, None, None, None)),
        (line("LOG:  statement: select 3219", 77, "cron@postgres 10.0.0.9"), (None, None, None, None)),
        (line("LOG:  x", 77, "cron@postgres 10.0.0.9(3219)"), (None, None, None, None)),
    ],
)
def test_a_sender_is_named_by_its_own_lines_alone(others: str, sender: tuple[str | None, ...]) -> None:
    for log in (others + pair(), pair() + others):
        (found,) = report_on(log).ended_by
        assert (found.user, found.database, found.application, found.host) == sender


@pytest.mark.offline
def test_the_postmaster_is_told_from_a_session() -> None:
    log = line("LOG:  received fast shutdown request", 3219, "@") + pair()
    assert [sender.backend_type for sender in report_on(log).ended_by] == ["postmaster"]


@pytest.mark.offline
def test_lines_that_docker_wraps_are_read_as_two() -> None:
    def wrapped(text: str) -> str:
        escaped = text.rstrip("\n")
        return f'{{"log":"{escaped}\\n","stream":"stderr"}}\n'

    log = "".join(wrapped(text) for text in pair().splitlines()) * 2
    assert counted(report_on(log)) == [(3219, 1003, 2)]


@pytest.mark.offline
@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), min_size=1, max_size=12), st.lists(st.integers(min_value=0), max_size=12))
def test_the_blocks_in_which_a_log_comes_part_no_message_from_its_detail(pairs: list[bool], cuts: list[int]) -> None:
    made = [pair() if one else line("FATAL:  sorry, too many clients already") for one in pairs]
    noise = line("LOG:  duration: 1 ms") * 900  # so that there are blocks
    data = (noise + "".join(made) + noise).encode()
    places = sorted({0, len(data), *(len(noise) + cut % max(1, len(data) - 2 * len(noise)) for cut in cuts)})
    blocks = [data[a:b] for a, b in pairwise(places)]
    report = tally_of(blocks).report(["log"], len(data))
    assert sum(sender.sessions for sender in report.ended_by) == sum(pairs)
    assert report.refusals == len(pairs) - sum(pairs)


@contextlib.contextmanager
def _silent(_: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


@pytest.mark.pg(">= 19")
@pytest.mark.parametrize("form", ["stderr", "csvlog", "jsonlog"])
def test_a_server_names_who_ended_its_sessions(make_cluster: MakeCluster, form: str, tmp_path: Path) -> None:
    collected = {"log_destination": form, "logging_collector": "on"} if form != "stderr" else {}
    prefix = {"log_line_prefix": "%m [%p] %q%u@%d %h ", "log_connections": "all"}
    cluster = local(make_cluster({**collected, **prefix}))
    question = "select count(*) from pg_catalog.pg_stat_activity where usename = 'app'"
    with sessions(cluster, 3, user="app") as held, session(cluster, application_name="sweeper") as sweeper:
        sweeper.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")
        wait_until(lambda: sweeper.execute(question).fetchone() == (0,), "that the sessions are gone")
        sender = sweeper.info.backend_pid
        del held
    with cluster.connect(user="app") as victim:
        os.kill(victim.info.backend_pid, signal.SIGTERM)
        with pytest.raises(psycopg.Error):
            victim.execute("select pg_sleep(60)")
    with contextlib.suppress(psycopg.Error), sessions(cluster, 1, user="app"):
        cluster.stop()
    (log,) = (p for p in (cluster.datadir / "log").iterdir() if p.suffix in (".csv", ".json")) if collected else (None,)
    path = tmp_path / f"a{log.suffix if log else '.log'}"
    path.write_bytes(log.read_bytes() if log else cluster.log.encode())
    report = explain_words([str(path)], _silent)
    assert isinstance(report, LogReport)
    found = {(one.pid, one.uid): one for one in report.ended_by}
    owner = cluster.datadir.stat().st_uid
    session_of_sweeper = found[sender, owner]
    assert (session_of_sweeper.sessions, session_of_sweeper.user) == (3, "postgres")
    assert (session_of_sweeper.application, session_of_sweeper.host) == ("sweeper", "127.0.0.1")
    assert found[os.getpid(), os.getuid()] == Sender(pid=os.getpid(), uid=os.getuid(), sessions=1)
    assert [one.backend_type for one in report.ended_by if one.user is None and one.pid != os.getpid()] == [
        "postmaster"
    ]
