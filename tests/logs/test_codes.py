"""In a language that no table knows, the codes of a log and the words that nobody translates say which limit it was."""

from typing import Final

import pytest

from pgconn.documents.log import LogReport
from pgconn.logs.codes import SOME_LIMIT
from pgconn.logs.event import Event
from pgconn.logs.reading import LineReader
from pgconn.logs.tally import tally_of
from tests.logs.made import csv_line, json_line

pytestmark = pytest.mark.offline

UNKNOWN: Final = "ni neniam vidis ĉi tiujn vortojn"
GARBLED: Final = "???????, ??? ??????"
NAMED: Final = (
    (UNKNOWN, SOME_LIMIT),
    (GARBLED, SOME_LIMIT),
    ('?? "app" ?????', "role"),
    ("роль «app» имеет ещё не переведённый предел", "role"),
    ("資料庫「shop」的新文字", "database"),
    ("zu viele Verbindungen f?r Datenbank >>shop<<", "database"),
    ('????????????? "max_wal_senders" (??? 4)', "walsenders"),
    ('???????????? "pg_use_reserved_connections" ???????', "reserved_role"),
    ("???????????? SUPERUSER ?????", "superuser_reserve"),
)
"""A message of a full server, and the limit that it names beside user app and database shop."""

PREFIXES: Final = (
    "2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop 10.0.0.7 {}:  {}",
    "2026-11-03 10:15:23.1 UTC [4711] [53300] app@shop 10.0.0.7 {}:  {}",
    "53300 2026-11-03 10:15:23 UTC [4711]: user=app,db=shop,client=10.0.0.7 {}:  {}",
    "2026-11-03 10:15:23 UTC:10.0.0.7(4711):app@shop:[4711]:53300:{}:  {}",
    "2026-11-03 10:15:23.1 UTC [4711] app@shop 10.0.0.7 {}:  53300: {}",
    "2026-11-03 10:15:23.1 UTC 4711 code=53300,user=app,db=shop,host=10.0.0.7 {}:  {}",
)


def report_on(*lines: str) -> LogReport:
    log = "".join(line + "\n" for line in lines).encode()
    return tally_of([log]).report(["log"], len(log))


def limits(report: LogReport) -> dict[str | None, int]:
    return {share.value: share.refusals for share in report.by.limit}


@pytest.mark.parametrize(("message", "limit"), NAMED)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("severity", ["FATALO", "????", "???????? ", "致命錯誤", "FATAL"])
def test_a_code_in_a_text_log_counts_in_any_language(prefix: str, severity: str, message: str, limit: str) -> None:
    report = report_on(prefix.format(severity.strip(), message))
    assert limits(report) == {limit: 1}
    assert [share.value for share in report.by.user] == ["app"]
    assert [share.value for share in report.by.database] == ["shop"]
    assert report.time_zone == "UTC"


@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-03 10:15:23.1 UTC [53300] app@shop 10.0.0.7 FATAL:  {UNKNOWN}",
        f"2026-11-03 10:15:23.1 UTC [4711] app@shop 10.0.0.7(53300) FATAL:  {UNKNOWN}",
        f"2026-11-03 10:15:23.1 UTC [4711] pid=53300 FATAL:  {UNKNOWN}",
        f"2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop ERROR:  {UNKNOWN}",
        f"2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop 錯誤:  {UNKNOWN}",
        "2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop STATEMENT:  select raise_it()",
        "2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop 명령 구문:  select raise_it()",
        "2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop ????:  InitProcess, proc.c:471",
        f"\t2026-11-03 10:15:23.1 UTC [4711] 53300 app@shop FATALO:  {UNKNOWN}",
        f"2026-11-03 10:15:23.1 UTC [4711] app=53300 X:  {UNKNOWN} LOG:  statement: select 1",
    ],
)
def test_a_number_or_another_severity_is_no_refusal(line: str) -> None:
    assert LineReader().read(line.encode()) is None


@pytest.mark.parametrize(
    ("state", "limit"), [("28P01", "login"), ("3D000", "no_such_database"), ("57P03", "starting_up")]
)
def test_other_codes_of_refusals_count_as_what_they_are(state: str, limit: str) -> None:
    text = f"2026-11-03 10:15:23.1 UTC [4711] {state} app@shop ????:  {GARBLED}"
    for line in (text, csv_line(0, GARBLED, state=state).replace("FATAL", "????")):
        report = report_on(line)
        assert (report.refusals, {share.value: share.refusals for share in report.others}) == (0, {limit: 1})


def record(message: str, form: str, **fields: str) -> str:
    """A record of a full server; `vxid` and `backend_type` are those of the process."""
    vxid, kind, title = (fields.get(name, "") for name in ("vxid", "backend_type", "title"))
    if form == "csv":
        line = (
            csv_line(0, message)
            .replace('"startup"', f'"{title or "startup"}"')
            .replace(",3/12,0,FATAL", f",{vxid},0,FATAL")
        )
        return line.replace("client backend", kind or "client backend").replace(
            "FATAL", fields.get("severity", "FATAL")
        )
    line = json_line(0, message).replace("client backend", kind or "client backend")
    shown = f'"vxid":"{vxid}",' if vxid else ""
    return line.replace('"error_severity"', f'{shown}"txid":0,"error_severity"')


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("message", [UNKNOWN, GARBLED])
def test_a_process_without_a_slot_met_the_servers_limit_and_one_with_a_slot_another(form: str, message: str) -> None:
    assert limits(report_on(record(message, form))) == {"slots": 1}
    assert limits(report_on(record(message, form, vxid="3/12"))) == {SOME_LIMIT: 1}
    assert limits(report_on(record(message, form, backend_type="walsender"))) == {"walsenders": 1}


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("count", [1, 50])
def test_many_records_in_a_language_that_is_not_known_are_read_as_one(form: str, count: int) -> None:
    lines = [record(UNKNOWN, form, vxid=vxid) for vxid in ("", "3/12", "14/2") for _ in range(count)]
    assert limits(report_on(*lines)) == {"slots": count, SOME_LIMIT: 2 * count}


@pytest.mark.parametrize(("message", "limit"), NAMED[2:])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_record_names_its_limit_by_what_nobody_translates(form: str, message: str, limit: str) -> None:
    assert limits(report_on(record(message, form, vxid="3/12"))) == {limit: 1}


@pytest.mark.parametrize("message", ["sorry, too many clients already", "抱歉，客戶端過多", GARBLED])
def test_a_dead_end_process_met_the_limit_of_connections_that_have_not_logged_in(message: str) -> None:
    kind = "dead-end client backend"
    lines = [record(message, form, backend_type=kind) for form in ("csv", "json")]
    lines.append(f"2026-11-03 10:15:23.1 UTC [4711] 53300 {kind} app@shop FATAL:  {message}")
    for line in lines:
        report = report_on(*[line] * 20)
        assert limits(report) == {"children": 20}
        assert report.explanation is not None
        assert "replication=database" not in (report.explanation.who_can_enter or "")


@pytest.mark.parametrize("message", ["sorry, too many clients already", "извините, уже слишком много клиентов"])
def test_a_walsender_that_is_said_too_many_clients_met_the_limit_of_connections_that_have_not_logged_in(
    message: str,
) -> None:
    """A walsender without a place of its own gets another text, with max_wal_senders in it."""
    lines = [record(message, form, backend_type="walsender") for form in ("csv", "json")]
    lines.append(f"2026-11-03 10:15:23.1 UTC [4711] walsender app@shop FATAL:  {message}")
    lines.append(f"2026-11-03 10:15:23.1 UTC [4711] 53300 walsender app@shop FATAL:  {message}")
    for line in lines:
        assert limits(report_on(*[line] * 20)) == {"children": 20}
    standby = "number of requested standby connections exceeds max_wal_senders (currently 5)"
    for form in ("csv", "json"):
        assert limits(report_on(record(standby, form, backend_type="walsender"))) == {"walsenders": 1}
        assert limits(report_on(record(message, form))) == {"slots": 1}


def test_a_record_of_a_session_that_raises_the_code_itself_is_no_refusal() -> None:
    assert report_on(record(GARBLED, "csv", title="SELECT", severity="????")).refusals == 0
    assert report_on(record(GARBLED, "csv", severity="ERROR")).refusals == 0
    assert report_on(record(GARBLED, "csv", severity="????")).refusals == 1


def test_where_the_code_alone_is_known_nobody_is_promised_a_way_in() -> None:
    explanation = report_on(record(UNKNOWN, "csv", vxid="3/12")).explanation
    assert explanation is not None
    assert (explanation.who_can_enter, explanation.message, explanation.sqlstate) == (None, UNKNOWN, "53300")
    assert "does not tell which" in explanation.title


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-03 10:15:23.1 UTC [4711] app@shop FATAL:  canceling authentication due to timeout",
        "2026-11-03 10:15:23.1 UTC [4711] 57014 app@shop 致命錯誤:  因為逾時，正在取消驗證",
        "2026-11-03 10:15:23.1 UTC [4711] 57014 app@shop ?????:  ?????? ???????? ???????????",
        "2026-11-03 10:15:23.1 UTC [4711] app@shop FATAL:  57014: storniere Authentifizierung wegen Zeitüberschreitung",
        csv_line(0, "annullamento dell'autenticazione a causa di timeout", state="57014").replace("FATAL", "FATALE"),
        json_line(0, "отмена проверки подлинности из-за тайм-аута", state="57014"),
    ],
)
def test_a_login_that_did_not_finish_is_no_session_that_was_cancelled(line: str) -> None:
    report = report_on(line, line)
    assert (report.unfinished_logins, report.refusals, report.others) == (2, 0, ())
    entry = LineReader("csvlog" if ',"app"' in line else "text").read(line.encode())
    assert isinstance(entry, Event)
    assert entry.who.user == "app"


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-03 10:15:23.1 UTC [4711] 57014 app@shop ERROR:  canceling statement due to statement timeout",
        f"2026-11-03 10:15:23.1 UTC [4711] 57014 app@shop ERARO:  {UNKNOWN}",
        csv_line(0, "canceling statement due to user request", state="57014").replace("FATAL", "ERROR"),
    ],
)
def test_a_statement_that_was_cancelled_is_no_login(line: str) -> None:
    assert report_on(line).unfinished_logins == 0
