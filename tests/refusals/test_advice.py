"""Every refusal ends in advice that fits the message."""

from typing import get_args

import pytest

from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals import advice, read_fields, read_text, who_can_enter
from pgconn.refusals.explaining import explain

pytestmark = pytest.mark.offline


@pytest.mark.parametrize("limit", get_args(Limit))
def test_every_limit_has_advice(limit: Limit) -> None:
    words = advice(Refusal(limit=limit, message="", source="postgresql"))
    assert words
    assert "\n" not in words
    assert not words.endswith(".")


@pytest.mark.parametrize("limit", sorted(WANT_OF_SLOT))
def test_every_want_of_a_slot_says_who_can_enter(limit: Limit) -> None:
    assert who_can_enter(Refusal(limit=limit, message="", source="postgresql"))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fe_sendauth: no password supplied", "PGPASSWORD"),
        ('password authentication failed for user "app"', "-W"),
        ('role "app" does not exist', "PGUSER"),
        ('no pg_hba.conf entry for host "::1", user "a", database "b", no encryption', "sslmode=require"),
        ('no pg_hba.conf entry for host "::1", user "a", database "b", SSL encryption', "pg_hba.conf"),
        ("server does not support SSL, but SSL was required", "sslmode=prefer"),
        ("SSL error: certificate verify failed: self-signed certificate", "sslrootcert"),
        ("SSL error: unexpected eof while reading", "PostgreSQL listens there"),
        ("server closed the connection unexpectedly", "that PostgreSQL listens there"),
        ('database "shop" does not exist', "PGDATABASE"),
        ("Connection refused", "PGPORT"),
        ("connection timeout expired", "firewall"),
        ("received invalid response to SSL negotiation: H", "something else"),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "host's name"),
        ("unsupported startup parameter: options", "ignore_startup_parameters"),
        ("no more connections allowed (max_client_conn)", "database pgbouncer"),
        ("sorry, too many clients already", "superusers cannot"),
        ("server login has been failing, cached error: sorry, too many clients already", "superusers cannot"),
    ],
)
def test_advice_fits_the_words(text: str, hint: str) -> None:
    assert hint in advice(read_text(text))


@pytest.mark.parametrize("speaker", ["pgbouncer", "odyssey", "pgpool", "pgagroal", "pooler"])
def test_a_full_server_behind_a_pooler_is_entered_past_it_alone(speaker: str) -> None:
    full = Refusal(limit="slots", sqlstate="53300", message="sorry, too many clients already", source=speaker)
    assert "go past " in advice(full)
    assert "past it" in (who_can_enter(full) or "")
    assert all("past" in one.action for one in explain(full).remedies if "walsender" in one.action)


def test_a_full_server_that_may_be_behind_a_pooler_is_entered_with_replication_past_it_alone() -> None:
    """The server's own packet is what pgagroal hands on, and nothing in it tells of pgagroal."""
    full = read_fields(
        {"S": "FATAL", "V": "FATAL", "C": "53300", "M": "?", "F": "proc.c", "L": "1", "R": "InitProcess"}
    )
    assert full.source == "postgresql"
    assert "past any pooler" in advice(full)
    assert "past any pooler" in (who_can_enter(full) or "")


@pytest.mark.parametrize(
    "text",
    [
        'FATAL:  database "application_name" does not exist',
        "FATAL:  Datenbank »application_name« existiert nicht",
        "FATAL:  la base de données « application_name » n'existe pas",
    ],
)
def test_a_database_called_application_name_is_pgagroals_reading_of_replication(text: str) -> None:
    refusal = read_text(text)
    assert refusal.limit == "no_such_database"
    assert "pgagroal" in advice(refusal)
    assert "replication=database" in advice(refusal)
    assert any("pgagroal" in one.action for one in explain(refusal).remedies)


def test_a_database_that_the_server_lacks_is_not_missing_in_the_configuration_of_pgbouncer() -> None:
    own = read_fields({"S": "FATAL", "C": "08P01", "M": "no such database: nodb"})
    assert own.source == "pgbouncer"
    assert "add a line to [databases]" in advice(own)
    for state in ("3D000", "08P01"):
        for words in ('database "nodb" does not exist', "Datenbank »nodb« existiert nicht"):
            handed_on = read_fields({"S": "FATAL", "C": state, "M": words})
            assert (handed_on.limit, handed_on.source) == ("no_such_database", "pgbouncer")
            assert "add a line" not in advice(handed_on)
            assert "the server" in advice(handed_on)
            assert "pgagroal" not in advice(handed_on)


def test_a_server_that_odyssey_cannot_log_in_to_may_be_full_starting_or_down() -> None:
    assert "full, starting or down" in advice(read_text("FATAL:  odyssey: c1f: failed to connect to remote server s2e"))


def test_a_simple_query_that_pgbouncer_forbids_names_its_setting() -> None:
    for refusal in (
        read_fields({"S": "FATAL", "C": "08P01", "M": "PQexec disallowed"}),
        read_text('connection to server at "h", port 6432 failed: FATAL:  PQexec disallowed'),
        read_text("PQexec disallowed"),
    ):
        assert (refusal.limit, refusal.source) == ("not_a_limit", "pgbouncer")
        assert "disable_pqexec" in advice(refusal)
        assert "simple protocol" in explain(refusal).meaning


NO_REPLICATION = (
    "must be superuser or replication role to start walsender",
    "permission denied to start WAL sender",
    "nur Superuser und Replikationsrollen können WAL-Sender starten",
    "для запуска процесса walsender требуется роль репликации или права суперпользователя",
    "只有超级用户或者拥有复制角色的用户才能启动 walsender",
)


@pytest.mark.parametrize("text", NO_REPLICATION)
def test_a_role_without_replication_is_advised_so_in_every_version_and_language(text: str) -> None:
    fields = {"S": "FATAL", "V": "FATAL", "C": "42501", "F": "postinit.c", "L": "9", "R": "InitPostgres", "M": text}
    for refusal in (read_text(text), read_text(f"FATAL:  {text}"), read_fields(fields)):
        assert refusal.limit == "login"
        assert "has no REPLICATION" in advice(refusal)
