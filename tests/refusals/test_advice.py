"""Every refusal ends in advice that fits the message."""

from typing import get_args

import pytest

from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals import advice, read_text, who_can_enter

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
