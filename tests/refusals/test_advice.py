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
    """pgagroal hands on the server's own packet, which tells nothing of pgagroal."""
    full = read_fields(
        {"S": "FATAL", "V": "FATAL", "C": "53300", "M": "?", "F": "proc.c", "L": "1", "R": "InitProcess"}
    )
    assert full.source == "postgresql"
    assert "past any pooler" in advice(full)
    assert "past any pooler" in (who_can_enter(full) or "")
