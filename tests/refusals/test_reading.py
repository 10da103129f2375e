"""A refused connection is read as the limit that refused it."""

import pytest
from hypothesis import given, strategies as st

from pgconn.model.refusal import Limit, Refusal
from pgconn.refusals import read_fields, read_text

pytestmark = pytest.mark.offline

AT = 'connection to server at "127.0.0.1", port 5432 failed: '
ON = 'connection to server on socket "/tmp/.s.PGSQL.5432" failed: '
RESERVED = "remaining connection slots are reserved for "

TEXTS: list[tuple[Limit, str, str]] = [
    ("slots", "postgresql", "sorry, too many clients already"),
    ("superuser_reserve", "postgresql", f"{RESERVED}non-replication superuser connections"),
    ("superuser_reserve", "postgresql", f"{RESERVED}non-replication superuser and rds_superuser connections"),
    ("superuser_reserve", "postgresql", f"{RESERVED}roles with the SUPERUSER attribute"),
    ("reserved_role", "postgresql", f'{RESERVED}roles with privileges of the "pg_use_reserved_connections" role'),
    ("reserved_role", "postgresql", f'{RESERVED}roles with privileges of the "rds_reserved" role'),
    ("reserved_role", "postgresql", f"{RESERVED}azure replication users"),
    ("role", "postgresql", 'too many connections for role "app"'),
    ("database", "postgresql", 'too many connections for database "shop"'),
    ("walsenders", "postgresql", "number of requested standby connections exceeds max_wal_senders (currently 5)"),
    ("walsenders", "postgresql", 'number of requested standby connections exceeds "max_wal_senders" (currently 5)'),
    ("pooler_clients", "pgbouncer", "no more connections allowed (max_client_conn)"),
    ("pooler_clients", "pgbouncer", "client connections exceeded (max_db_client_connections)"),
    ("pooler_clients", "pgbouncer", "client connections exceeded (max_user_client_connections)"),
    ("pooler_queue", "pgbouncer", "query_wait_timeout"),
    ("pooler_login", "pgbouncer", "server login has been failing, try again later (server_login_retry)"),
    ("pooler_login", "pgbouncer", "server login has been failing, cached error: connect failed (server_login_retry)"),
    ("pooler_login", "pgbouncer", "client_login_timeout (server down)"),
    ("pooler_login", "pgbouncer", "pgbouncer cannot connect to server"),
    ("no_such_database", "pgbouncer", "no such database: shop"),
    ("login", "pgbouncer", 'database "shop" is disabled'),
    ("login", "pgbouncer", "no such user"),
    ("login", "pgbouncer", "SASL authentication failed"),
    ("login", "pgbouncer", '"trust" authentication failed'),
    ("login", "pgbouncer", "password authentication failed"),
    ("shutting_down", "pgbouncer", "pooler is shutting down"),
    ("not_a_limit", "pgbouncer", "unsupported startup parameter: options"),
    ("pooler_clients", "pgpool", "Sorry, too many clients already"),
    ("pooler_clients", "supavisor", "(EMAXCONN) max client connections reached, limit: 200"),
    ("pooler_clients", "supavisor", "Max client connections reached"),
    (
        "pooler_clients",
        "supavisor",
        "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
    ),
    (
        "pooler_clients",
        "supavisor",
        "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
    ),
    (
        "pooler_queue",
        "supavisor",
        "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Transaction mode",
    ),
    ("pooler_login", "supavisor", "Authentication query failed: connection not available and request was dropped"),
    ("pooler_clients", "neon", "Failed to acquire permit to connect to the database. Too many attempts"),
    ("pooler_queue", "supavisor", "Unable to check out connection from the pool due to timeout"),
    ("pooler_login", "supavisor", "(ECHECKOUTFAILED) sorry, too many clients already"),
    ("pooler_queue", "rds_proxy", "Timed-out waiting to acquire database connection."),
    ("pooler_clients", "rds_proxy", "The maximum number of client connections to the proxy exceeded 100."),
    ("pooler_clients", "rds_proxy", "Rate of connection to proxy exceeded 50."),
    ("pooler_login", "rds_proxy", "Request returned an error: sorry, too many clients already"),
    ("pooler_clients", "neon", "Too many connections to this endpoint. Please try again later."),
    ("pooler_clients", "neon", "Too many connections attempts"),
    ("pooler_clients", "odyssey", "odyssey: c3c1e2b6a8d0: too many connections"),
    ("pooler_queue", "pgcat", "could not get connection from the pool - AllServersDown"),
    ("starting_up", "postgresql", "the database system is starting up"),
    ("starting_up", "postgresql", "the database system is not yet accepting connections"),
    ("shutting_down", "postgresql", "the database system is shutting down"),
    ("recovery", "postgresql", "the database system is in recovery mode"),
    ("recovery", "postgresql", "the database system is not accepting connections"),
    ("fork", "postgresql", "could not fork new process for connection: Resource temporarily unavailable"),
    ("fork", "postgresql", "n'a pas pu lancer le nouveau processus fils pour la connexion : Mémoire insuffisante"),
    ("login", "postgresql", 'password authentication failed for user "app"'),
    ("login", "postgresql", 'Peer authentication failed for user "app"'),
    ("login", "postgresql", 'role "app" does not exist'),
    ("login", "postgresql", 'role "app" is not permitted to log in'),
    ("login", "postgresql", 'no pg_hba.conf entry for host "::1", user "app", database "shop", no encryption'),
    ("login", "postgresql", 'pg_hba.conf rejects connection for host "::1", user "app", database "shop", SSL off'),
    ("login", "postgresql", "kein pg_hba.conf-Eintrag für Host »::1«, Benutzer »app«, Datenbank »shop«, SSL an"),
    ("login", "postgresql", 'database "shop" is not currently accepting connections'),
    ("login", "postgresql", 'permission denied for database "shop"'),
    ("login", "postgresql", "permission denied to start WAL sender"),
    ("login", "postgresql", "connection requires a valid client certificate"),
    ("login", "client", "fe_sendauth: no password supplied"),
    ("login", "client", "server does not support SSL, but SSL was required"),
    ("login", "client", "SSL error: certificate verify failed: self-signed certificate"),
    ("login", "client", 'root certificate file "/root/.postgresql/root.crt" does not exist'),
    ("login", "client", 'server certificate for "db" does not match host name "127.0.0.1"'),
    ("login", "client", "channel binding required, but SSL not in use"),
    ("no_such_database", "postgresql", 'database "shop" does not exist'),
    ("no_listener", "network", "Connection refused"),
    ("no_listener", "network", "connect ECONNREFUSED 127.0.0.1:5432"),
    ("no_listener", "network", "Verbindungsaufbau abgelehnt"),
    ("no_listener", "network", "No route to host"),
    ("no_listener", "network", "connection timeout expired"),
    ("no_listener", "network", 'could not translate host name "db" to address: Name or service not known'),
    ("no_listener", "network", "failed to resolve host 'db': [Errno -2] Name or service not known"),
    ("no_listener", "network", "received invalid response to SSL negotiation: H"),
    ("no_listener", "network", "expected authentication request from server, but received S"),
    ("unknown", "network", "server closed the connection unexpectedly"),
    ("not_a_limit", "postgresql", "terminating connection due to administrator command"),
    ("not_a_limit", "postgresql", "terminating connection due to idle-session timeout"),
    ("not_a_limit", "postgresql", "canceling statement due to statement timeout"),
    ("not_a_limit", "postgresql", "terminating autovacuum process due to administrator command"),
    ("not_a_limit", "postgresql", 'database "shop" is being accessed by other users'),
    ("not_a_limit", "postgresql", "could not serialize access due to concurrent update"),
    ("not_a_limit", "postgresql", "cannot execute CREATE TABLE AS in a read-only transaction"),
    ("not_a_limit", "postgresql", 'prepared statement "S_1" does not exist'),
    ("not_a_limit", "client", "server is not in hot standby mode"),
    ("not_a_limit", "client", 'invalid port number: "99999"'),
    ("not_a_limit", "client", 'invalid channel_binding value: "nix"'),
    ("not_a_limit", "postgresql", 'parameter "max_connections" cannot be changed without restarting the server'),
]


@pytest.mark.parametrize(("limit", "speaker", "text"), TEXTS)
def test_a_text_means_its_limit_whatever_client_wraps_it(limit: Limit, speaker: str, text: str) -> None:
    for words in (text, f"connection failed: {AT}FATAL:  {text}\n", f"psql: error: {AT}{text}", f"pq: {text}"):
        refusal = read_text(words)
        assert (refusal.limit, refusal.source, refusal.message) == (limit, speaker, text)


POOLS = (
    "HikariPool-1 - Connection is not available, request timed out after 30001ms (total=10, active=10, idle=0)",
    "PoolExhaustedException: [exec-10] Timeout: Pool empty. Unable to fetch a connection in 30 seconds, none available",
    "java.sql.SQLException: Cannot get a connection, pool error Timeout waiting for idle object",
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
    "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",
    "Error: timeout exceeded when trying to connect",
    "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
    "TimeoutError: ResourceRequest timed out",
    "SequelizeConnectionAcquireTimeoutError [SequelizeConnectionAcquireTimeoutError]: Operation timeout",
    "Timed out fetching a new connection from the connection pool. (Current connection pool timeout: 10)",
    "could not obtain a connection from the pool within 5.000 seconds; all pooled connections were in use",
    "DBConnection.ConnectionError connection not available and request was dropped from queue after 2986ms.",
    "Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted, either raise 'Max Pool Size'",
    "pool timed out while waiting for an open connection",
)


@pytest.mark.parametrize("text", POOLS)
def test_an_empty_pool_of_an_application_is_no_limit_of_the_server(text: str) -> None:
    refusal = read_text(text)
    assert (refusal.limit, refusal.source) == ("not_a_limit", "application_pool")


@pytest.mark.parametrize("between", ["\n\tCaused by: FATAL: ", "; nested exception is PSQLException: FATAL: "])
@pytest.mark.parametrize("text", POOLS)
def test_what_the_server_reported_counts_for_more_than_what_the_pool_says(text: str, between: str) -> None:
    refusal = read_text(f"{text}{between}sorry, too many clients already")
    assert (refusal.limit, refusal.source) == ("slots", "postgresql")


SORRY = "sorry, too many clients already"


@pytest.mark.parametrize(
    "text",
    [
        f"error: {SORRY}\n  length: 85,\n  severity: 'FATAL',\n  code: '53300',\n  routine: 'ProcessStartupPacket'\n}}",
        f'&pgconn.PgError{{Severity:"FATAL", Code:"53300", Message:"{SORRY}", Line:1, Routine:"BackendInitialize"}}',
        f'DbError {{ code: SqlState(E53300), message: "{SORRY}", detail: None, routine: Some("BackendInitialize") }}',
        f"Npgsql.PostgresException (0x80004005): 53300: {SORRY}\n  Severity: FATAL\n  Routine: BackendInitialize",
        f"** (Postgrex.Error) FATAL 53300 (too_many_connections) {SORRY}\n    routine: BackendInitialize",
    ],
)
def test_the_fields_that_a_driver_dumps_are_read(text: str) -> None:
    refusal = read_text(text)
    assert (refusal.limit, refusal.sqlstate, refusal.message) == ("children", "53300", SORRY)


@pytest.mark.parametrize(
    "text",
    [
        "too many connections",
        "FATAL: Too many clients",
        "Too many database connections",
        "53300: too_many_connections",
        "asyncpg.exceptions.TooManyConnectionsError",
        "error code 53300",
    ],
)
def test_half_a_message_is_want_of_a_slot_of_an_unknown_kind(text: str) -> None:
    refusal = read_text(text)
    assert (refusal.limit, refusal.source) == ("slots", "unknown")
    assert read_text(f'{text} opened: FATAL: too many connections for role "app"').limit == "role"


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("no_listener", "PSQLException: Connection to localhost:5432 refused. Check that the hostname and port are"),
        ("no_listener", "Caused by: java.net.SocketTimeoutException: Connect timed out"),
        ("no_listener", "Caused by: java.net.UnknownHostException: db"),
        ("no_listener", "P1001: Can't reach database server at `db`:`5432`"),
        ("no_listener", "dial tcp 10.0.0.5:5432: i/o timeout"),
        ("no_listener", "OSError: [Errno 111] Connect call failed ('127.0.0.1', 5432)"),
        ("no_listener", "** (DBConnection.ConnectionError) tcp connect (db:5432): non-existing domain - :nxdomain"),
        ("unknown", "PSQLException: An I/O error occurred while sending to the backend."),
        ("unknown", "asyncpg.ConnectionDoesNotExistError: connection was closed in the middle of operation"),
        ("unknown", "Error: read ECONNRESET"),
        ("unknown", "driver: bad connection"),
    ],
)
def test_what_drivers_say_of_the_network_is_read(limit: Limit, text: str) -> None:
    refusal = read_text(text)
    assert (refusal.limit, refusal.source) == (limit, "network")


TWICE = f"{AT}FATAL:  sorry, too many clients already\n"
NO_TLS = 'no pg_hba.conf entry for host "127.0.0.1", user "app", database "shop", no encryption'
ALL_HOSTS = f"""connection failed: connection to server at "::1", port 5432 failed: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?
Multiple connection attempts failed. All failures were:
- host: 'localhost', port: '5432', hostaddr: '::1': connection failed: Connection refused
- host: 'localhost', port: '5432', hostaddr: '127.0.0.1': {AT}FATAL:  too many connections for role "app"
"""


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("slots", TWICE * 2),
        ("slots", f"{TWICE}{AT}FATAL:  {NO_TLS}"),
        ("role", ALL_HOSTS),
        ("starting_up", f"{AT}Connection refused\n{AT}FATAL:  the database system is starting up"),
        ("no_such_database", f'{AT}Connection refused\n{AT}FATAL:  database "x" does not exist'),
    ],
)
def test_of_several_attempts_the_most_telling_wins(limit: Limit, text: str) -> None:
    assert read_text(text).limit == limit


def test_of_two_refused_logins_the_one_with_tls_wins() -> None:
    password = 'password authentication failed for user "app"'
    for first, second in ((password, NO_TLS), (NO_TLS, password)):
        assert read_text(f"{AT}FATAL:  {first}\n{AT}FATAL:  {second}").message == password


@pytest.mark.parametrize(
    "text",
    [
        f"{ON}No such file or directory\n\tIs the server running locally and accepting connections on that socket?",
        f"{ON}Permission denied",
        "could not connect to server: No such file or directory\n\tIs the server running locally",
    ],
)
def test_a_socket_that_is_not_there_is_no_listener(text: str) -> None:
    assert read_text(text).limit == "no_listener"


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("login", 'password authentication failed for user "sorry, too many clients already"'),
        ("no_such_database", 'database "x: sorry, too many clients already" does not exist'),
        ("role", 'too many connections for role "query_wait_timeout"'),
        ("login", 'no pg_hba.conf entry for host "::1", user "role "x" does not exist", database "a", no encryption'),
    ],
)
def test_a_name_is_never_read_as_a_refusal(limit: Limit, text: str) -> None:
    refusal = read_text(f"{AT}FATAL:  {text}")
    assert (refusal.limit, refusal.message) == (limit, text)


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("not_a_limit", 'ERROR:  role "app" does not exist'),
        ("not_a_limit", '2026-11-20 10:31:04 UTC [7] ОШИБКА:  роль "app" не существует'),
        ("unknown", "2026-11-20 10:31:04 UTC [7] STATEMENT:  sorry, too many clients already"),
    ],
)
def test_what_a_session_says_is_no_refusal(limit: Limit, text: str) -> None:
    assert read_text(text).limit == limit


@pytest.mark.parametrize(
    ("limit", "routine", "location"),
    [
        ("slots", "InitProcess", "proc.c:359"),
        ("children", "BackendInitialize", "backend_startup.c:331"),
        ("children", "ProcessStartupPacket", "postmaster.c:2301"),
    ],
)
def test_a_verbose_text_tells_sqlstate_and_routine(limit: Limit, routine: str, location: str) -> None:
    refusal = read_text(f"{AT}FATAL:  53300: sorry, too many clients already\nLOCATION:  {routine}, {location}\n")
    assert (refusal.limit, refusal.sqlstate, refusal.routine) == (limit, "53300", routine)
    assert refusal.message == "sorry, too many clients already"


@pytest.mark.parametrize(
    ("sqlstate", "text"),
    [
        ("53300", "server error (FATAL: sorry, too many clients already (SQLSTATE 53300))"),
        (None, "SQLSTATE[08006] [7] FATAL:  sorry, too many clients already"),
        ("57P03", "FATAL:  57P03: something in a language that is not known"),
    ],
)
def test_the_sqlstate_is_the_servers_own(sqlstate: str | None, text: str) -> None:
    assert read_text(text).sqlstate == sqlstate


@pytest.mark.parametrize(("state", "limit"), [("53300", "slots"), ("57P03", "starting_up"), ("23505", "not_a_limit")])
def test_a_bare_sqlstate_is_enough(state: str, limit: Limit) -> None:
    assert read_text(f" {state}\n").limit == limit


@pytest.mark.parametrize(
    ("limit", "speaker", "fields"),
    [
        ("slots", "postgresql", {"C": "53300", "R": "InitProcess", "M": "?"}),
        ("walsenders", "postgresql", {"C": "53300", "R": "InitProcess", "M": "? max_wal_senders ?"}),
        ("children", "postgresql", {"C": "53300", "R": "ProcessStartupPacket", "M": "sorry, too many clients already"}),
        ("children", "postgresql", {"C": "53300", "R": "BackendInitialize", "M": "?"}),
        ("role", "postgresql", {"C": "53300", "R": "InitializeSessionUserId", "M": "?"}),
        ("database", "postgresql", {"C": "53300", "R": "CheckMyDatabase", "M": "?"}),
        ("superuser_reserve", "postgresql", {"C": "53300", "R": "InitPostgres", "M": "?"}),
        ("reserved_role", "postgresql", {"C": "53300", "R": "InitPostgres", "M": '? "pg_use_reserved_connections" ?'}),
        ("starting_up", "postgresql", {"C": "57P03", "R": "ProcessStartupPacket", "M": "?"}),
        (
            "recovery",
            "postgresql",
            {"C": "57P03", "V": "FATAL", "M": "databassystemet är återställningsläge"},
        ),
        ("login", "postgresql", {"C": "28P01", "R": "auth_failed", "M": "?"}),
        ("login", "postgresql", {"C": "28000", "R": "ClientAuthentication", "M": "?"}),
        ("no_such_database", "postgresql", {"C": "3D000", "R": "InitPostgres", "M": "?"}),
        ("not_a_limit", "postgresql", {"C": "57P05", "V": "FATAL", "M": "?"}),
        ("not_a_limit", "postgresql", {"C": "42501", "V": "ERROR", "M": "permission denied for table t"}),
        ("slots", "pgbouncer", {"S": "FATAL", "C": "08P01", "M": "sorry, too many clients already"}),
        ("slots", "pgbouncer", {"S": "FATAL", "C": "53300", "M": "sorry, too many clients already"}),
        ("pooler_queue", "pgbouncer", {"S": "FATAL", "C": "08P01", "M": "query_wait_timeout"}),
        (
            "pooler_clients",
            "pgpool",
            {"S": "FATAL", "C": "53300", "F": "child.c", "M": "Sorry, too many clients already"},
        ),
        ("pooler_clients", "supavisor", {"S": "FATAL", "C": "XX000", "M": "Max client connections reached"}),
        ("unknown", "postgresql", {"C": "XX000", "V": "FATAL", "M": "?"}),
        ("unknown", "postgresql", {}),
    ],
)
def test_the_codes_of_an_error_response_tell_the_limit(limit: Limit, speaker: str, fields: dict[str, str]) -> None:
    refusal = read_fields(fields)
    assert (refusal.limit, refusal.source, refusal.sqlstate) == (limit, speaker, fields.get("C"))


@pytest.mark.parametrize(
    ("text", "behind", "wants_slot"),
    [
        ("sorry, too many clients already", "slots", True),
        ("FATAL: tut mir leid, schon zu viele Verbindungen", "slots", True),
        ('too many connections for role "app"', "role", True),
        ('password authentication failed for user "app"', "login", False),
        ("connect failed", None, False),
    ],
)
def test_a_failing_pooler_hands_on_what_the_server_reported(text: str, behind: Limit | None, wants_slot: bool) -> None:
    refusal = read_text(f"FATAL:  server login has been failing, cached error: {text} (server_login_retry)")
    assert (refusal.limit, refusal.behind, refusal.wants_slot) == ("pooler_login", behind, wants_slot)


@pytest.mark.parametrize(("limit", "speaker", "text"), TEXTS)
def test_a_refusal_wants_a_slot_when_a_slot_would_have_cured_it(limit: Limit, speaker: str, text: str) -> None:
    refusal = read_text(text)
    no_slot = "slots superuser_reserve reserved_role role database walsenders children pooler_clients pooler_queue"
    assert refusal.wants_slot == (limit in no_slot.split() or refusal.behind == "slots")


def test_a_message_is_one_clean_line() -> None:
    assert read_text("FATAL:  something\x1b[31m new\nDETAIL:  more").message == "something [31m new"
    assert read_text('ВАЖНО:  что-то "новое"').message == 'что-то "новое"'
    assert len(read_text("x" * 100_000).message) <= 1000


WORDS = st.sampled_from(
    ["FATAL:  ", '"', "role ", "»", "\n", "connection to server at ", "sorry, too many clients already", "53300", ": "]
)


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=5))).map("".join)))
def test_any_text_is_read(text: str) -> None:
    refusal = read_text(text)
    assert isinstance(refusal, Refusal)
    assert refusal.message == " ".join(refusal.message.split())
    assert refusal.message.isprintable()


@given(st.dictionaries(st.sampled_from("SVCMDHRFL"), st.one_of(st.text(), st.sampled_from(["53300", "InitPostgres"]))))
def test_any_fields_are_read(fields: dict[str, str]) -> None:
    assert read_fields(fields).sqlstate == fields.get("C")
