"""Each framework has its parameters by their names, its default, and a configuration that can be read."""

import ast
import configparser
import json
import re
from typing import Final

import pytest

from pgconn.data import framework as data, reading
from pgconn.documents.pool import Pool
from pgconn.emit.pools import UNNAMED, frameworks, pool
from pgconn.errors import WrongUsage
from tests.emit.languages import BRACKETS, bare, names

pytestmark = pytest.mark.offline

NAMES: Final = list(data.names())

# What the sources of each framework say: the parameter of the size and its default, what a process opens by default,
# and the names for idle, waiting and lifetime (or what stands for them), which the configuration must hold.
TABLE: Final[dict[str, tuple[str, str, int | None, tuple[str, ...]]]] = {
    "node-postgres": (
        "max", "10", 10,
        ("min", "idleTimeoutMillis", "connectionTimeoutMillis", "maxLifetimeSeconds", "application_name"),
    ),
    "postgres.js": ("max", "10", 10, ("idle_timeout", "connect_timeout", "max_lifetime", "application_name")),
    "knex": (
        "pool.max", "10", 10,
        ("min", "idleTimeoutMillis", "acquireConnectionTimeout", "maxConnectionLifetimeMillis",
         "maxConnectionLifetimeJitterMillis", "application_name"),
    ),
    "prisma": ("max", "10", 10, ("idleTimeoutMillis", "connectionTimeoutMillis", "maxLifetimeSeconds", "PrismaPg")),
    "prisma-6": (
        "connection_limit", "2 x CPUs + 1", None,
        ("pool_timeout", "connect_timeout", "max_idle_connection_lifetime", "max_connection_lifetime"),
    ),
    "sequelize": ("pool.max", "5", 5, ("min", "idle", "acquire", "maxUses", "dialectOptions", "application_name")),
    "typeorm": (
        "poolSize", "10 (pg)", 10,
        ("connectTimeoutMS", "extra", "idleTimeoutMillis", "maxLifetimeSeconds", "applicationName"),
    ),
    "sqlalchemy": (
        "pool_size + max_overflow", "5 + 10", 15,
        ("max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping", "pool_use_lifo", "application_name"),
    ),
    "psycopg_pool": ("max_size", "4 (min_size)", 4, ("min_size", "timeout", "max_idle", "max_lifetime", "check")),
    "asyncpg": (
        "max_size", "10", 10,
        ("min_size", "max_inactive_connection_lifetime", "max_queries", "timeout", "server_settings"),
    ),
    "django": (
        "OPTIONS.pool.max_size", "4 (min_size)", 4,
        ("OPTIONS", "pool", "min_size", "timeout", "max_idle", "max_lifetime", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS"),
    ),
    "django-no-pool": ("threads x workers", "CONN_MAX_AGE 0", 1, ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "workers")),
    "hikaricp": (
        "maximumPoolSize", "10", 10,
        ("setMaximumPoolSize", "setMinimumIdle", "setConnectionTimeout", "setIdleTimeout", "setMaxLifetime",
         "maximum-pool-size", "minimum-idle", "connection-timeout", "idle-timeout", "max-lifetime", "ApplicationName"),
    ),
    "database-sql": (
        "SetMaxOpenConns", "0 (no limit)", None,
        ("SetMaxIdleConns", "SetConnMaxIdleTime", "SetConnMaxLifetime", "application_name"),
    ),
    "pgxpool": (
        "MaxConns", "max(4, CPUs)", None,
        ("MinConns", "MaxConnIdleTime", "MaxConnLifetime", "MaxConnLifetimeJitter", "ConnectTimeout"),
    ),
    "rails": (
        "max_connections", "5", 5,
        ("min_connections", "checkout_timeout", "idle_timeout", "max_age", "pool_jitter", "application_name"),
    ),
    "rails-8.0": ("pool", "5", 5, ("checkout_timeout", "idle_timeout", "reaping_frequency", "application_name")),
    "php-pdo": (
        "pm.max_children", "1 a worker", 1,
        ("pm.max_requests", "PDO::ATTR_PERSISTENT", "PDO::ATTR_TIMEOUT", "PGAPPNAME", "application_name"),
    ),
    "npgsql": (
        "Maximum Pool Size", "100", 100,
        ("MaxPoolSize", "Minimum Pool Size", "Timeout", "Connection Idle Lifetime", "Connection Lifetime",
         "ConnectionIdleLifetime", "ConnectionLifetime", "Application Name"),
    ),
    "sqlx": (
        "max_connections", "10", 10,
        ("min_connections", "acquire_timeout", "idle_timeout", "max_lifetime", "application_name"),
    ),
    "deadpool": ("max_size", "2 x CPUs", None, ("PoolConfig", "wait", "create", "recycle", "application_name")),
    "ecto": (
        "pool_size", "10", 10,
        ("pool_count", "queue_target", "queue_interval", "max_lifetime", "parameters"),
    ),
}  # fmt: skip

# What keeps each of them from preparing statements behind a pooler; the others prepare none by themselves.
UNPREPARED: Final = {
    "postgres.js": "prepare: false",
    "prisma-6": "pgbouncer: true",
    "sqlalchemy": '"prepare_threshold": None',
    "psycopg_pool": '"prepare_threshold": None',
    "asyncpg": "statement_cache_size=0",
    "django": "DISABLE_SERVER_SIDE_CURSORS",
    "django-no-pool": "DISABLE_SERVER_SIDE_CURSORS",
    "hikaricp": '"prepareThreshold", "0"',
    "database-sql": "config.DefaultQueryExecMode = pgx.QueryExecModeExec",
    "pgxpool": "config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec",
    "rails": "prepared_statements: false",
    "rails-8.0": "prepared_statements: false",
    "php-pdo": "ATTR_DISABLE_PREPARES => true",
    "npgsql": "MaxAutoPrepare = 0",
    "sqlx": "statement_cache_capacity(0)",
    "ecto": "prepare: :unnamed",
}


def made(name: str, most: int = 8, app: str = "web", *, pooled: bool = False) -> Pool:
    return pool(name, most=most, app=app, transaction_pooling=pooled)


def texts(name: str, *, pooled: bool = False, most: int = 8) -> list[str]:
    document = made(name, most, pooled=pooled)
    return [snippet.text for snippet in (*document.snippets, document.give_back)]


def test_they_are_the_22_of_the_table() -> None:
    assert list(TABLE) == NAMES
    assert len(TABLE) == 22


@pytest.mark.parametrize("name", NAMES)
def test_parameter_default_and_peak_are_those_of_the_table(name: str) -> None:
    framework = made(name).framework
    assert (framework.parameter, framework.default, framework.peak) == TABLE[name][:3]


@pytest.mark.parametrize("name", NAMES)
def test_the_configuration_sets_what_the_table_names(name: str) -> None:
    whole = "\n".join(texts(name))
    for word in TABLE[name][3]:
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", whole), word
    for parameter in re.split(r" \+ | x ", TABLE[name][0]):
        assert _lean(parameter.rpartition(".")[2]) in _lean(whole), parameter


def _lean(text: str) -> str:
    return re.sub(r"[ _]", "", text.lower())


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_number_and_the_service_are_in_it_and_nothing_else_changes_with_them(name: str, pooled: bool) -> None:
    one = made(name, 7351, "zzz", pooled=pooled)
    other = made(name, pooled=pooled)
    for mine, yours in zip(one.snippets, other.snippets, strict=True):
        assert mine.text.replace("7351", "8").replace("zzz", "web") == yours.text
    whole = "".join(snippet.text for snippet in one.snippets)
    assert "7351" in whole
    assert "zzz" in whole


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_line_fits_80_columns_and_shows(name: str, pooled: bool) -> None:
    for text in texts(name, pooled=pooled):
        for line in text.splitlines():
            assert len(line) <= 80 or '"Default":' in line, line
            assert line.isprintable()
            assert not re.search("PGCONN_|pgconn:|1001", line)
        assert text.endswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_trap_a_comment_and_a_way_to_release_a_connection(name: str) -> None:
    document = made(name)
    assert document.traps
    assert document.give_back.text.strip()
    assert any(re.search(r"(//|#|;) \w", snippet.text) for snippet in document.snippets)


@pytest.mark.parametrize("name", NAMES)
def test_behind_a_pooler_nothing_is_prepared_and_the_notes_say_what_else_changes(name: str) -> None:
    plain, pooled = "".join(texts(name)), "".join(texts(name, pooled=True))
    if name in UNPREPARED:
        assert UNPREPARED[name] in pooled
        assert UNPREPARED[name] not in plain
    else:
        assert plain == pooled
    notes = "\n".join(made(name, pooled=True).notes)
    assert all(word in notes for word in ("SET", "LISTEN", "advisory locks", "ignore_startup_parameters"))
    assert made(name).notes == ()


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_what_python_can_parse_parses(name: str, pooled: bool) -> None:
    document = made(name, pooled=pooled)
    for snippet in (*document.snippets, document.give_back):
        match snippet.format:
            case "python":
                ast.parse(snippet.text)
            case "json":
                json.loads(snippet.text)
            case "ini":
                parsed = configparser.ConfigParser()
                parsed.read_string(f"[www]\n{snippet.text}")
                assert parsed["www"]["pm.max_children"] == "8"
            case "properties":
                read = names(snippet.text)
                assert read["spring.datasource.hikari.maximum-pool-size"] == "8"
                assert read["spring.datasource.hikari.data-source-properties.ApplicationName"] == "web@${HOSTNAME:host}"
            case "yaml":
                lines = [line for line in snippet.text.splitlines()[1:] if not line.lstrip().startswith("#")]
                assert all(re.fullmatch(r"  \w+: \S.*", line) for line in lines)
            case _:
                code = bare(snippet.text, snippet.format)
                for opening, closing in BRACKETS:
                    assert code.count(opening) == code.count(closing), (snippet.title, opening)


def test_other_versions_lead_to_one_another() -> None:
    others = {one.name: one.other for one in frameworks().frameworks if one.other is not None}
    assert others == {other: name for name, other in others.items()}
    assert set(others) == {"prisma", "prisma-6", "django", "django-no-pool", "rails", "rails-8.0"}


def test_no_two_share_a_name() -> None:
    meant: dict[str, set[str]] = {}
    for one in frameworks().frameworks:
        for word in (one.name, *one.aliases):
            meant.setdefault(re.sub("[^a-z0-9#]", "", word), set()).add(one.name)
    assert {word: found for word, found in meant.items() if len(found) > 1 or not word} == {}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("hikari", "hikaricp"), ("HikariCP", "hikaricp"), ("spring", "hikaricp"), ("Spring Boot", "hikaricp"),
        ("pg", "node-postgres"), ("postgres.js", "postgres.js"), ("pgx", "pgxpool"), ("database/sql", "database-sql"),
        ("go", "database-sql"), ("rails", "rails"), ("rails>=8.1", "rails"), ("rails<=8.0", "rails-8.0"),
        ("prisma<=6", "prisma-6"), ("prisma>=7", "prisma"), ("laravel", "php-pdo"), ("c#", "npgsql"),
        ("EF Core", "npgsql"), ("psycopg-pool", "psycopg_pool"), ("deadpool_postgres", "deadpool"), ("phoenix", "ecto"),
    ],
)  # fmt: skip
def test_a_framework_is_found_by_what_people_call_it(typed: str, found: str) -> None:
    assert made(typed).framework.name == found


@pytest.mark.parametrize(
    ("typed", "nearest"), [("sequlize", "sequelize"), ("railz", "rails"), ("sqlalchmy", "sqlalchemy"), ("knx", "knex")]
)
def test_a_name_that_is_spelled_wrong_gets_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        made(typed)
    assert nearest in str(refused.value.hint)
    assert typed in refused.value.message


@pytest.mark.parametrize("app", ["", "  ", "caf\udce9", "a\0b"])
def test_a_name_that_no_server_could_show_is_refused(app: str) -> None:
    with pytest.raises(WrongUsage):
        made("pg", app=app)


@pytest.mark.parametrize(
    ("app", "said"),
    [("x" * 63, ""), ("x" * 64, "63 bytes"), ("café", "ASCII"), ("two\nlines", "ASCII"), (UNNAMED, "--app")],
)
def test_a_name_that_the_server_changes_is_remarked_on(app: str, said: str) -> None:
    notes = " ".join(made("pg", app=app).notes)
    assert said in notes
    assert bool(notes) == bool(said)


def test_a_pool_reads_its_own_files_and_the_list_of_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = reading.text

    def text(path: str) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(reading, "text", text)
    made("hikari")
    assert [path.removeprefix("frameworks/") for path in read] == [
        "frameworks.toml",
        "hikaricp/spec.toml",
        "hikaricp/application.properties",
        "hikaricp/Database.java",
        "hikaricp/Release.java",
    ]
