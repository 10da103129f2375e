"""Whatever bytes come, in whatever blocks, reading never raises, and tells the same."""

import gzip
import io
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from pgconn.documents.log import LogReport
from pgconn.errors import WrongUsage
from pgconn.logs import markers
from pgconn.logs.blocks import SIZE, Blocks
from pgconn.logs.reading import marked
from pgconn.logs.tally import Tally, tally_of
from tests.logs.made import MESSAGES, csv_line, json_line, rds_line, stderr_line

pytestmark = pytest.mark.offline

FORMS: dict[str, Callable[..., str]] = {"stderr": stderr_line, "rds": rds_line, "csv": csv_line, "json": json_line}
PIECES = [
    "FATAL:  sorry, too many clients already",
    "2026-11-03 10:15:23.1 UTC [7] app@shop 10.0.0.7 ",
    "2026-11-03 10:15:23.1 UTC [7] WARNING C-0x5: shop/app@10.0.0.7:5 pooler error: query_wait_timeout",
    "2026-11-03 10:15:23.1 UTC [7] LOG C-0x5: shop/app@10.0.0.7:5 closing because: query_wait_timeout (age=2s)",
    "9999-99-99 99:99:99 UTC [7] FATAL:  sorry, too many clients already",
    csv_line(0, "sorry, too many clients already"),
    json_line(0, "sorry, too many clients already"),
    "ВАЖНО:  извините, уже слишком много клиентов",
    '{"record":',
    "\t",
    "\n",
    "\r\n",
    '"',
    ",",
]
LOGS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20))).map("".join).map(str.encode)


def report_of(tally: Tally) -> LogReport:
    return tally.report(["log"], 0)


def one_by_one(log: bytes) -> LogReport:
    tally, guide = Tally(), markers.Guide()
    for reader, lines in marked([log], guide):
        for entry in map(reader.read, lines):
            if entry is not None:
                tally.note(entry)
    tally.knows(guide.forms)
    return report_of(tally)


def cut(log: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(log), *(place % (len(log) + 1) for place in places)})
    return [log[a:b] for a, b in pairwise(edges)]


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=300), LOGS), st.lists(st.integers(min_value=0), max_size=40))
def test_any_bytes_are_read_and_the_blocks_make_no_difference(log: bytes, places: list[int]) -> None:
    assert report_of(tally_of(cut(log, places))) == report_of(tally_of([log]))


@settings(deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(
        st.tuples(
            st.floats(0, 300), st.sampled_from(MESSAGES), st.sampled_from(["app", "web", "a b"]), st.integers(1, 65535)
        ),
        max_size=30,
    ),
    st.lists(st.integers(min_value=0), max_size=10),
)
def test_many_at_a_time_are_read_as_one_by_one(
    form: str, lines: list[tuple[float, tuple[str, str, str], str, int]], places: list[int]
) -> None:
    made = []
    for seconds, (_, state, message), user, pid in sorted(lines, key=lambda line: line[0]):
        more = {"state": state} if form in ("csv", "json") else {}
        made.append(FORMS[form](seconds, message, user=user, pid=pid, **more))
    log = "".join(line + "\n" for line in made).encode()
    report = report_of(tally_of(cut(log, places)))
    assert report == one_by_one(log)
    wanted = sum(limit not in (None, "login") for _, (limit, _, _), _, _ in lines)
    assert report.refusals == wanted == sum(minute.refusals for minute in report.minutes)
    assert sum(episode.refusals for episode in report.episodes) == wanted
    assert sum(share.refusals for share in report.others) == sum(limit == "login" for _, (limit, _, _), _, _ in lines)


@pytest.mark.parametrize("form", FORMS)
def test_a_storm_is_counted_to_the_last(form: str) -> None:
    lines = (FORMS[form](i / 500, MESSAGES[0][2], pid=1000 + i % 60000) + "\n" for i in range(60_000))
    report = report_of(tally_of(["".join(lines).encode()]))
    assert report.refusals == 60_000
    assert report.verdict == "sustained"
    assert [(share.value, share.refusals) for share in report.by.host] == [("10.0.0.7", 60_000)]


def test_what_pgbouncer_tells_twice_counts_once() -> None:
    line = "2026-11-03 10:15:23.1 UTC [7] {} C-0x5: shop/app@10.0.0.7:5 {}: query_wait_timeout{}"
    closing, error = line.format("LOG", "closing because", " (age=2s)"), line.format("WARNING", "pooler error", "")
    for lines, count in (
        ((closing, error), 1),
        ((error, closing), 1),
        ((closing, closing), 2),
        ((error, error), 2),
        ((closing, error) * 5, 5),
        ((closing, error.replace("C-0x5", "C-0x6")), 2),
    ):
        assert report_of(tally_of(["\n".join(lines).encode()])).refusals == count


def test_a_long_log_in_one_language_or_another_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markers, "_ALL_UP_TO", 0)
    noise = "2026-11-03 10:15:23.1 UTC [7] app@shop {}:  duration: 1 ms\n"
    for severity, fatal in (
        ("LOG", "FATAL:  sorry, too many clients already"),
        ("СООБЩЕНИЕ", "ВАЖНО:  извините, уже слишком много клиентов"),
        ("日志", "致命错误:  对不起, 已经有太多的客户"),
        ("DZIENNIK", "KATASTROFALNY:  przepraszamy, mamy już zbyt wiele klientów"),
        ("日誌", "致命錯誤:  抱歉，客戶端過多"),
        ("日誌", "53300 ????:  ??,?????"),
        ("SOOBSHHENIE", "VAZHNO:  53300: izvinite, uzhe slishkom mnogo klientov"),
        ("????", "53300 ????:  ??,?????"),
    ):
        log = (
            noise.format(severity) * 2000
            + f"2026-11-03 10:15:23.1 UTC [7] app@shop {fatal}\n"
            + noise.format(severity) * 2000
        )
        assert report_of(tally_of([log.encode()])).refusals == 1


POOLERS = (
    (
        "2026-11-03 10:15:23.1: child pid 7: LOG:  statement: select 1",
        "2026-11-03 10:15:23.1: web pid 7: ERROR:  Sorry, too many clients already",
    ),
    (
        "2026-11-03 10:15:23.1: child pid 7: LOG:  statement: select 1",
        (
            "2026-11-03 10:15:23.1: web pid 7: LOG:  backend throws an error message\n"
            '2026-11-03 10:15:23.1: web pid 7: DETAIL:  too many connections for role "app"'
        ),
    ),
    (
        "7 2026-11-03T10:15:23Z info [c0123456789ab none] (setup) login time: 7 microseconds",
        "7 2026-11-03T10:15:23Z error [c0123456789ac none] (router) server pool wait timed out, closing",
    ),
    (
        "2026-11-03 10:15:23 DEBUG pool.c:1268 pgagroal_pool_status: 3/3",
        "2026-11-03 10:15:23 DEBUG security.c:380 authenticate: pool is full",
    ),
    (
        "2026-11-03 10:15:23.1 UTC [7] LOG C-0x5: shop/app@10.0.0.7:5 login attempt: db=shop user=app tls=no",
        "2026-11-03 10:15:23.1 UTC [7] WARNING C-0x5: shop/app@10.0.0.7:5 pooler error: query_wait_timeout",
    ),
)


@pytest.mark.parametrize(("noise", "refusal"), POOLERS)
def test_a_long_log_of_a_pooler_is_read_to_the_end(noise: str, refusal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markers, "_ALL_UP_TO", 0)
    log = "\n".join((*[noise] * 2000, refusal, *[noise] * 2000)).encode()
    assert report_of(tally_of([log])).refusals == 1
    assert report_of(tally_of(log[i : i + 999] for i in range(0, len(log), 999))).refusals == 1


def test_a_login_that_the_server_refused_is_found_in_a_long_log_of_pgbouncer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markers, "_ALL_UP_TO", 0)
    noise = "2026-11-03 10:15:23.1 UTC [7] LOG C-0x5: shop/app@10.0.0.7:5 closing because: client close request\n"
    login = "2026-11-03 10:15:23.1 UTC [7] WARNING S-0x5: shop/app@10.0.0.5:5432 server login failed: FATAL {}\n"
    log = noise * 2000 + login.format("sorry, too many clients already") + noise * 2000
    assert report_of(tally_of([log.encode()])).pooler_logins == 1


def test_a_line_without_end_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        tally_of(b"x" * SIZE for _ in range(64))
        assert tracemalloc.get_traced_memory()[1] < 16 * SIZE
    finally:
        tracemalloc.stop()


def test_names_without_end_cost_no_memory() -> None:
    blocks = (
        "".join(stderr_line(i / 100, MESSAGES[0][2], user=f"u{i}") + "\n" for i in range(n, n + 2000)).encode()
        for n in range(0, 40_000, 2000)
    )
    report = report_of(tally_of(blocks))
    assert report.refusals == 40_000
    assert len(report.by.user) == 10_001
    assert sum(share.refusals for share in report.by.user) == 40_000


def test_a_compressed_file_of_several_parts_is_read_whole(tmp_path: Path) -> None:
    line = stderr_line(0, MESSAGES[0][2]).encode() + b"\n"
    path = tmp_path / "any-name"
    path.write_bytes(gzip.compress(line * 50_000) + gzip.compress(line))
    assert report_of(tally_of(Blocks(path))).refusals == 50_001


def test_a_damaged_or_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 10_000)[:-9])
    with pytest.raises(WrongUsage, match="is damaged"):
        tally_of(Blocks(path))
    path.write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(WrongUsage):
        tally_of(Blocks(path))
    with pytest.raises(WrongUsage, match="No such file"):
        tally_of(Blocks(tmp_path / "none"))


def test_a_pipe_that_gives_little_at_a_time_gives_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(7, size or 7))

    class Standard:
        buffer = Dripping(stderr_line(0, MESSAGES[0][2]).encode() * 3)

    monkeypatch.setattr("sys.stdin", Standard())
    source = Blocks(None)
    assert [len(block) for block in source] == [source.read]
