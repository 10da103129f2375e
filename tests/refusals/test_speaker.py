"""Who spoke is told by the fields of an error and by its prefix."""

import pytest

from pgconn.model.refusal import Limit
from pgconn.refusals import EMPTY, advice, read_fields, read_text
from pgconn.refusals.explaining import explain

pytestmark = pytest.mark.offline

OWN = {"S": "FATAL", "V": "FATAL", "F": "proc.c", "L": "412", "R": "InitProcess"}
RUSSIAN = "извините, уже слишком много клиентов"
AT = 'connection to server at "10.0.0.7", port 9999 failed:'
GERMAN = "zu viele Verbindungen von Rolle »kasse«"


@pytest.mark.parametrize(
    ("limit", "speaker", "fields"),
    [
        # all fields: the server, in any language, whoever hands it on
        ("slots", "postgresql", OWN | {"C": "53300", "M": RUSSIAN}),
        ("role", "postgresql", OWN | {"C": "53300", "M": GERMAN, "R": "InitializeSessionUserId"}),
        ("login", "postgresql", OWN | {"C": "28P01", "R": "auth_failed", "F": "auth.c", "M": "?"}),
        # S, C and M alone: PgBouncer, which handed on what the server said
        ("slots", "pgbouncer", {"S": "FATAL", "C": "53300", "M": RUSSIAN}),
        ("role", "pgbouncer", {"S": "ВАЖНО", "C": "08P01", "M": GERMAN}),
        ("starting_up", "pgbouncer", {"S": "FATAL", "C": "08P01", "M": "система баз данных запускается"}),
        ("not_a_limit", "pgbouncer", {"S": "FATAL", "C": "08P01", "M": "transaction timeout"}),
        # its own password for the server is wrong, which in the text alone reads as the client's
        ("pooler_login", "pgbouncer", {"S": "FATAL", "C": "28P01", "M": 'password authentication failed for user "x"'}),
        (
            "pooler_login",
            "pgbouncer",
            {"S": "FATAL", "C": "08P01", "M": "Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen"},
        ),
        # F and L without V and R: Pgpool-II
        ("login", "pgpool", {"S": "ERROR", "C": "XX000", "F": "a.c", "L": "9", "M": "SCRAM authentication failed"}),
        ("login", "pgpool", {"S": "ERROR", "C": "XX000", "F": "a.c", "L": "9", "M": "authentication failed"}),
        (
            "pooler_login",
            "pgpool",
            {
                "S": "ERROR",
                "C": "XX000",
                "F": "a.c",
                "L": "9",
                "M": "backend authentication failed",
                "D": "backend response with kind 'E' when expecting 'R'",
            },
        ),
        # V without F and L: pgagroal, which alone gives this routine without a file
        ("login", "pgagroal", {"S": "FATAL", "V": "FATAL", "C": "28P01", "R": "auth_failed", "M": "password ..."}),
        ("pooler_queue", "pgagroal", {"S": "FATAL", "V": "FATAL", "C": "53300", "M": "connection pool is full"}),
        ("pooler_login", "pgagroal", {"S": "FATAL", "V": "FATAL", "C": "53300", "M": "connection refused"}),
        ("pooler_clients", "pooler", {"S": "FATAL", "V": "FATAL", "C": "53300", "M": "come back later"}),
        # the prefix: Odyssey, also for what the server said
        (
            "database",
            "odyssey",
            {"S": "FATAL", "C": "53300", "M": 'odyssey: c00ff: too many connections for database "d"'},
        ),
        ("slots", "odyssey", {"S": "FATAL", "C": "53300", "M": f"odyssey: cabcdef012345: {RUSSIAN}"}),
        (
            "login",
            "odyssey",
            {"S": "FATAL", "C": "28000", "M": 'odyssey: c1: password authentication failed for user "x"'},
        ),
        ("pooler_clients", "odyssey", {"S": "FATAL", "C": "53300", "M": "odyssey: c1: come back later"}),
        ("unknown", "odyssey", {"S": "FATAL", "C": "08006", "M": "odyssey: c1: something new"}),
        # part of an error, as a log or a dump has it: nothing contradicts the server
        ("slots", "postgresql", {"V": "FATAL", "C": "53300", "M": "?"}),
        ("slots", "postgresql", {"C": "53300"}),
    ],
)
def test_the_fields_tell_who_spoke(limit: Limit, speaker: str, fields: dict[str, str]) -> None:
    refusal = read_fields(fields)
    assert (refusal.limit, refusal.source) == (limit, speaker)
    assert "odyssey: " not in refusal.message


def test_a_routine_that_is_no_function_of_the_server_is_not_reported() -> None:
    refusal = read_fields({"S": "FATAL", "V": "FATAL", "C": "28P01", "M": "?", "R": "auth_failed"})
    assert refusal.routine is None


@pytest.mark.parametrize("number", ["c0", "c3d9e1f40ab2", "s77"])
@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("login", 'password authentication failed for user "kasse"'),
        ("slots", "sorry, too many clients already"),
        ("starting_up", "das Datenbanksystem startet"),
        ("pooler_login", "failed to connect to remote server s9e8d7c6b5a40"),
        ("pooler_clients", "too many client tcp connections (client_max for user lager.kasse 40)"),
        ("pooler_queue", "too many active clients for user (pool_size for user lager.kasse reached 12)"),
    ],
)
def test_the_prefix_of_odyssey_is_used_and_not_shown(number: str, limit: Limit, text: str) -> None:
    for severity in ("FATAL", "ERROR"):
        refusal = read_text(f'connection to server at "h", port 1 failed: {severity}:  odyssey: {number}: {text}')
        assert (refusal.limit, refusal.source, refusal.message) == (limit, "odyssey", text)
    assert read_text(f"odyssey: {number}: a text of tomorrow").source == "odyssey"


@pytest.mark.parametrize(
    "text",
    [
        f"{AT} ",
        'psql: error: connection to server at "db" (10.0.0.7), port 9999 failed:\n',
        'connection to server on socket "/run/pgpool/.s.PGSQL.9999" failed: ',
        f"connection failed: {AT} \n{AT} ",
        f'connection to server at "::1", port 9999 failed: Connection refused\n{AT} ',
        "Verbindung zum Server auf »db« (10.0.0.7), Port 9999 fehlgeschlagen: ",
        'подключиться к серверу "db" (10.0.0.7), порту 9999 не удалось: ',
        '"db"(10.0.0.7)、ポート9999のサーバーへの接続に失敗しました: ',
        '连接到服务器 "db" 的端口 9999 失败: ',
    ],
)
def test_an_error_without_a_text_is_a_server_that_refused_behind_pgpool(text: str) -> None:
    refusal = read_text(text)
    assert refusal == EMPTY
    assert refusal.wants_slot
    assert "full, starting or stopping" in advice(refusal)
    assert "full, starting or stopping" in explain(refusal).title


def test_an_error_of_the_old_protocol_without_a_text_is_pgpools_too() -> None:
    assert read_fields({"M": ""}) == EMPTY
    assert read_fields({}).source == "postgresql"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "failed:",
        'connection to server at "10.0.0.7", port 9999 failed: Connection refused',
        'connection to server at "10.0.0.7", port 9999 failed: something that nobody knows',
        'connection to server at "10.0.0.7", port 9999 failed: FATAL:  sorry, too many clients already',
    ],
)
def test_a_reason_or_no_connection_at_all_is_no_empty_error(text: str) -> None:
    assert read_text(text).source != "pgpool"


@pytest.mark.parametrize(
    ("limit", "speaker", "text"),
    [
        ("pooler_clients", "pooler", "server sent an error response during SSL exchange"),
        ("pooler_clients", "pooler", "server sent an error response during GSS encryption exchange"),
        ("pooler_queue", "pgagroal", "received invalid error message"),
        ("no_listener", "network", "Connection refused"),
    ],
)
def test_what_libpq_makes_of_a_poolers_packet_is_known(limit: Limit, speaker: str, text: str) -> None:
    refusal = read_text(f'psql: error: connection to server at "127.0.0.1", port 6432 failed: {text}')
    assert (refusal.limit, refusal.source) == (limit, speaker)


@pytest.mark.parametrize(
    "text",
    [
        "WARNING: Connection pool is full, discarding connection: example.org. Connection pool size: 10",
        "the JDBC query timeout was set to 30 s",
        "User login failed 3 times",
        "operation not allowed in this mode",
        "dial tcp 10.0.0.5:5432: connect: connection refused",
        "FATAL:  terminating connection due to transaction timeout",
    ],
)
def test_common_words_are_a_poolers_only_as_the_whole_message(text: str) -> None:
    assert read_text(text).source not in ("pgbouncer", "pgagroal", "pgpool")


@pytest.mark.parametrize("name", ["replication"])
@pytest.mark.parametrize(
    "wrapped", ["FATAL:  {}", 'psql: error: connection to server at "h", port 1 failed: FATAL:  {}']
)
def test_replication_is_never_advised_into_ignore_startup_parameters(name: str, wrapped: str) -> None:
    refusal = read_text(wrapped.format(f"unsupported startup parameter: {name}"))
    assert refusal.limit == "not_a_limit"
    assert "ignore_startup_parameters" not in advice(refusal)
    assert "ignore_startup_parameters" in advice(read_text("FATAL:  unsupported startup parameter: search_path"))
