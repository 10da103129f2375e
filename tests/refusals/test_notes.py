"""A message that says more than its SQLSTATE, or that shares one with others, has an explanation of its own."""

import pytest

from pgconn.refusals import advice, read_fields, read_text
from pgconn.refusals.explaining import explain

pytestmark = pytest.mark.offline

OWN = {"S": "FATAL", "V": "FATAL", "F": "postgres.c", "L": "3000", "R": "ProcessInterrupts"}


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("canceling authentication due to timeout", "57014", ["a login that did not finish", "slot is free"]),
        ("terminating walsender process due to replication shutdown timeout", "01000", ["wal_sender_shutdown_timeout"]),
        (
            "timed out while waiting for target LSN 1A/2B3C4D50 to be replayed; current standby_replay LSN 1A/2B000000",
            "57014",
            ["WAIT FOR LSN", "no request to cancel came"],
        ),
        ("authenticated with an MD5-encrypted password", "01000", ["md5_password_warnings", "succeeded"]),
        ("role password will expire soon", "01000", ["VALID UNTIL", "succeeded"]),
        ("unsupported frontend protocol 9.1: server supports 3.0 to 3.2", "0A000", ["protocol"]),
        ("terminating connection due to immediate shutdown command", "57P01", ["immediate"]),
        ("terminating connection due to unexpected postmaster exit", "57P01", ["postmaster died"]),
    ],
)
def test_a_message_has_its_own_explanation_with_its_code_and_without(text: str, state: str, words: list[str]) -> None:
    by_fields = explain(read_fields(OWN | {"C": state, "M": text}))
    for explained in (
        by_fields,
        explain(read_text(f"FATAL:  {text}")),
        explain(read_text(f"WARNING:  {state}: {text}")),
    ):
        assert explained.limit == "not_a_limit"
        said = f"{explained.title} {explained.meaning}"
        assert "no lack of slots" in explained.title
        assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("canceling statement due to statement timeout", "57014 query_canceled"),
        ("terminating connection due to administrator command", "57P01 admin_shutdown"),
        ("annulation de la requête à cause du délai écoulé pour l'obtention des verrous", "55P03 lock_not_available"),
        ("由於交易逾時，正在終止連線", "25P04 transaction_timeout"),
        ("закрытие подключения из-за конфликта с процессом восстановления", "40001 serialization_failure"),
    ],
)
def test_others_with_the_code_keep_their_explanation(text: str, title: str) -> None:
    assert explain(read_text(f"FATAL:  {text}")).title.startswith(title)


@pytest.mark.parametrize("timeout", ["query timeout", "idle transaction timeout", "transaction timeout"])
def test_a_timeout_of_pgbouncer_is_not_taken_for_the_servers(timeout: str) -> None:
    explained = explain(read_fields({"S": "FATAL", "C": "08P01", "M": timeout}))
    assert (explained.limit, explained.source) == ("not_a_limit", "pgbouncer")
    assert "timeout of PgBouncer" in explained.title


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SSL error: ssl/tls alert handshake failure", "host name, not by its address"),
        ("SSL error: sslv3 alert handshake failure", "host name, not by its address"),
        ("SSL-Fehler: ssl/tls alert handshake failure", "host name, not by its address"),
        ("no hostname provided in callback, and no fallback configured", "host name, not by its address"),
        ("SSL error: certificate verify failed: self-signed certificate", "sslrootcert"),
        ('cannot connect to invalid database "lager"', "DROP DATABASE"),
        ("no PostgreSQL user name specified in startup packet", "PGUSER"),
        ('роль "касса" не существует', "PGUSER"),
        ("rôle « caisse »", "server's log"),
    ],
)
def test_advice_fits_the_words_in_any_language(text: str, words: str) -> None:
    assert words in advice(read_text(text))


def test_the_servers_own_line_about_a_missing_host_name_is_read_in_its_log() -> None:
    message = "no hostname provided in callback, and no fallback configured"
    assert read_text(f"2026-11-28 09:12:01.123 UTC [771] [unknown]@[unknown] LOG:  {message}").limit == "login"
