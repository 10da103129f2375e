"""A line is a refusal only where a server or a pooler puts it, and tells who was refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pgconn.logs.event import Event, Who, stamp_of
from pgconn.logs.meanings import FREQUENT
from pgconn.logs.reading import LineReader, layout_of
from pgconn.model.refusal import WANT_OF_SLOT
from pgconn.refusals import read_text
from tests.logs.made import csv_line, json_line, stderr_line
from tests.refusals.spoken import SPOKEN

pytestmark = pytest.mark.offline

SORRY = "sorry, too many clients already"
SEVERITIES = {
    "de": "FATAL",
    "es": "FATAL",
    "fr": "FATAL",
    "id": "FATAL",
    "it": "FATALE",
    "ja": "FATAL",
    "ka": "ფატალური",
    "ko": "치명적오류",
    "pl": "KATASTROFALNY",
    "pt_BR": "FATAL",
    "ru": "ВАЖНО",
    "sv": "FATALT",
    "tr": "ÖLÜMCÜL (FATAL)",
    "uk": "ФАТАЛЬНО",
    "zh_CN": "致命错误",
    "zh_TW": "致命錯誤",
}
SPOKEN_LIMITS = [(limit, *words) for limit in SPOKEN if limit in WANT_OF_SLOT for words in SPOKEN[limit]]

REFUSED_APP = (
    "2026-11-03 10:15:23.123 CET [4711] app@shop 10.0.0.7 FATAL:  {}",
    "2026-11-03 10:15:23 UTC [4711]: [1-1] user=app,db=shop,app=[unknown],client=10.0.0.7 FATAL:  {}",
    "2026-11-03 10:15:23 UTC:10.0.0.7(5432):app@shop:[4711]:FATAL:  {}",
    "2026-11-03T10:15:23.123456789Z stdout F 2026-11-03 10:15:23.123 UTC [47] app@shop 10.0.0.7 FATAL:  {}",
    "pid=47,user=app,db=shop,app=web,client=10.0.0.7 2026-11-03 10:15:23 +0100 FATAL:  53300: {}",
    "1793700923.123 [4711] app@shop 10.0.0.7(4711) FATAL:  {}",
    "2026-11-03 10:15:23 UTC-6548a2b5.3f2-user=app,db=shop,app=[unknown],client=10.0.0.7FATAL:  {}",
    "2026-11-03_10:15:23.12345 app@shop 10.0.0.7 FATAL:  {}",
    "Nov  3 10:15:23 db1 postgres[4711]: [5-1] user=app,db=shop,client=10.0.0.7 FATAL:  {}",
    "<134>Nov  3 10:15:23 db1 postgres[4711]: [5-1] user=app,db=shop,client=10.0.0.7 FATAL:  {}",
    '{"log":"2026-11-03 10:15:23 UTC [7] app@shop 10.0.0.7 FATAL:  {}\\n","stream":"stderr"}',
    '{"timestamp":1793700923123,"message":"2026-11-03 10:15:23 UTC:10.0.0.7(543):app@shop:[7]:FATAL:  {}"}',
    '{"textPayload":"[7]: [1-1] db=shop,user=app,host=10.0.0.7 FATAL:  {}","timestamp":"2026-11-03T10:15:23.1Z"}',
    '{"category":"PostgreSQLLogs","properties":{"message":"app@shop 10.0.0.7 FATAL:  {}"},"ts":"2026-11-03T10:15:23Z"}',
    "db-1  | " + json_line(0, "{}"),
    json.dumps(
        {
            "level": "info",
            "msg": "record",
            "record": {
                "log_time": "2026-11-03 10:15:23.1 UTC",
                "user_name": "app",
                "database_name": "shop",
                "connection_from": "10.0.0.7:5432",
                "error_severity": "FATAL",
                "sql_state_code": "53300",
                "message": "{}",
            },
        }
    ),
)


def event_on(reader: LineReader, line: bytes) -> Event:
    entry = reader.read(line)
    assert isinstance(entry, Event)
    return entry


def read(line: str) -> object:
    return LineReader().read(line.encode())


@pytest.mark.parametrize("line", REFUSED_APP)
def test_who_was_refused_is_read_from_each_kind_of_line(line: str) -> None:
    event = event_on(LineReader(), line.replace("{}", SORRY).encode())
    assert event.refusal.limit == "slots"
    assert event.who[:3] == ("app", "shop", "10.0.0.7")
    assert event.at is not None
    assert event.at.endswith("15:23")


@pytest.mark.parametrize("line", [csv_line(0, SORRY), json_line(0, SORRY)])
def test_a_record_of_the_servers_own_is_the_servers_word(line: str) -> None:
    event = event_on(LineReader(layout_of(line.encode())), line.encode())
    assert event.refusal.source == "postgresql"


@pytest.mark.parametrize(
    ("head", "who"),
    [
        ("2026-11-03 10:15:23 UTC:10.0.0.7(54321):[unknown]@[unknown]:[1234]:", Who(host="10.0.0.7")),
        (
            "2026-11-03 10:15:23 UTC [7] user=app,db=shop,app=my web app,client=::1 ",
            Who("app", "shop", "::1", "my web app"),
        ),
        ("2026-11-03 10:15:23 UTC [7] user=app db=shop,client=10.0.0.7 ", Who("app", "shop", "10.0.0.7")),
    ],
)
def test_names_and_addresses_are_whole(head: str, who: Who) -> None:
    event = event_on(LineReader(), f"{head}FATAL:  {SORRY}".encode())
    assert event.who == who


def test_a_severity_after_the_time_is_no_zone() -> None:
    event = event_on(LineReader(), f"2026-11-03 10:15:23,123 ERROR app: FATAL: {SORRY}".encode())
    assert (event.at, event.zone) == ("2026-11-03 10:15:23", None)


@pytest.mark.parametrize(("server", "who"), [("", Who()), ("S-0x5a: shop/app@10.0.0.5:5432 ", Who("app", "shop"))])
def test_a_login_of_the_pooler_itself_tells_for_which_role_it_was(server: str, who: Who) -> None:
    event = event_on(
        LineReader(), f"2026-11-03 10:15:23 UTC [9] WARNING {server}server login failed: FATAL {SORRY}".encode()
    )
    assert (event.login, event.who) == (True, who)


def test_syslog_omits_the_year_and_the_latest_day_is_meant() -> None:
    today = datetime.now(UTC).date()
    for day in (today, today - timedelta(days=40)):
        assert stamp_of(f"{day:%b} {day.day:>2} 10:15:23 db1 postgres[7]: ").at == f"{day} 10:15:23"
    assert stamp_of("Foo 33 10:15:23 db1 ").at is None


@pytest.mark.parametrize(("limit", "language", "message"), SPOKEN_LIMITS)
@pytest.mark.parametrize("ended", ["UTC [7] app@shop", "UTC [7]"])
def test_every_translation_is_read(limit: str, language: str, message: str, ended: str) -> None:
    line = f"2026-11-03 10:15:23.1 {ended} {SEVERITIES[language]}:  {message.partition(chr(10))[0]}"
    event = event_on(LineReader(), line.encode())
    assert event.refusal.limit == limit
    assert event.at == "2026-11-03 10:15:23"


@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-03 10:15:23 UTC [7] app@shop STATEMENT:  select 'FATAL:  {SORRY}'",
        f"2026-11-03 10:15:23 UTC [7] app@shop LOG:  statement: -- FATAL:  {SORRY}",
        f"\t2026-11-03 10:15:23 UTC [7] app@shop FATAL:  {SORRY}",
        f"\tpsycopg.OperationalError: {SORRY}",
        "2026-11-03 10:15:23 UTC [7] FATAL:  terminating connection due to administrator command",
        "2026-11-03 10:15:23 UTC [7] app@shop ERROR:  too many connections for role in this text",
        "2026-11-03 10:15:23 UTC [7] LOG C-0x55: shop/app@10.0.0.7:1 closing because: client close request (age=0s)",
        f"2026-11-03 10:15:23 UTC [7] LOG S-0x55: shop/app@10.0.0.7:1 closing because: {SORRY} (age=0s)",
        f'{{"error_severity":"ERROR","message":"FATAL:  {SORRY}"}}',
        f'{{"error_severity":"LOG","state_code":"00000","statement":"\\"error_severity\\":\\"FATAL\\" {SORRY}"}}',
        '{"error_severity":"FATAL","message":',
        "{",
        "",
        f"2026-11-03 10:15:23 UTC [7] app@shop LOG:  got {json_line(0, SORRY)}",
    ],
)
def test_words_that_are_only_repeated_are_no_refusal(line: str) -> None:
    assert read(line) is None


def test_a_query_in_csvlog_that_looks_like_a_record_is_no_refusal() -> None:
    reader = LineReader("csvlog")
    forged = csv_line(0, SORRY)
    inside = forged.replace('"', '""')
    assert reader.read(forged.encode()) is not None
    for line in (inside, f"x{forged}", stderr_line(0, SORRY), forged.replace("FATAL", "ERROR"), f'"{forged}'):
        assert reader.read(line.encode()) is None


def test_a_record_of_csvlog_that_goes_on_is_read_by_its_first_line() -> None:
    whole = csv_line(0, 'too many connections for role "two\nlines"')
    event = event_on(LineReader("csvlog"), whole.partition("\n")[0].encode())
    assert event.refusal.limit == "role"


@pytest.mark.parametrize("line", [csv_line, json_line])
def test_the_function_that_raised_it_tells_silent_clients_from_slots(line: object) -> None:
    verbose = csv_line(0, SORRY).replace(',,,,,,,,,"",', ',,,,,,,,"BackendInitialize, backend_startup.c:1","web",')
    event = event_on(LineReader("csvlog"), verbose.encode())
    assert event.refusal.limit == "children"
    assert event.who.application == "web"
    object_line = json_line(0, SORRY).replace("}", ',"func_name":"BackendInitialize"}')
    reported = event_on(LineReader(), object_line.encode())
    assert reported.refusal.limit == "children"


@pytest.mark.parametrize(
    ("place", "host"),
    [("10.0.0.7:5", "10.0.0.7"), ("[2001:db8::7]:5", "2001:db8::7"), ("unix(7):6432", "local"), ("unix:6432", "local")],
)
def test_the_client_of_a_pooler_is_named(place: str, host: str) -> None:
    line = f"2026-11-03 10:15:23.1 UTC [7] WARNING C-0x55: my/db/a b@{place} pooler error: query_wait_timeout"
    event = event_on(LineReader(), line.encode())
    assert event.who == Who("a b", "my/db", host)
    assert event.refusal.limit == "pooler_queue"


@pytest.mark.parametrize(
    ("head", "host"),
    [
        ("[local]", "local"),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:db8::7(5432)", "2001:db8::7"),
        ("2026-11-03 10:15:20 UTC", None),
        ("web", None),
    ],
)
def test_only_an_address_is_taken_for_one(head: str, host: str | None) -> None:
    event = event_on(LineReader(), f"2026-11-03 10:15:23 UTC [7] app@shop {head} FATAL:  {SORRY}".encode())
    assert event.who.host == host


def test_a_name_that_is_no_utf8_is_shown_by_its_bytes() -> None:
    event = event_on(LineReader(), stderr_line(0, SORRY, user="caf\xe9").encode("latin-1"))
    assert event.who.user == "caf\\xe9"


@pytest.mark.parametrize("message", FREQUENT)
def test_what_is_read_without_the_pattern_of_all_texts_is_read_the_same(message: str) -> None:
    reported = read_text(f"FATAL:  {message}")
    assert (reported.limit, reported.source, reported.message) == (FREQUENT[message], "postgresql", message)
