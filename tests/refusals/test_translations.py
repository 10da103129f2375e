"""Every translation of every refusal is understood, bare, from libpq and in a log."""

import pytest

from pgconn.model.refusal import Limit
from pgconn.refusals import read_fields, read_text
from tests.refusals.spoken import SPOKEN

pytestmark = pytest.mark.offline

LANGUAGES = {"de", "es", "fr", "id", "it", "ja", "ka", "ko", "pl", "pt_BR", "ru", "sv", "tr", "uk", "zh_CN"}
ALL = [(limit, language, text) for limit, texts in SPOKEN.items() for language, text in texts]
IDS = [f"{limit}-{language}-{number}" for number, (limit, language, _) in enumerate(ALL)]


@pytest.mark.parametrize(("limit", "language", "text"), ALL, ids=IDS)
def test_a_translation_means_its_limit(limit: Limit, language: str, text: str) -> None:
    line = " ".join(text.split())
    for words in (
        text,
        f'connection failed: connection to server at "db.example", port 54321 failed: FATAL:  {text}',
        f'подключиться к серверу "db.example", порту 5432 не удалось: ВАЖНО:  {text}',
        f"2026-11-20 10:31:04.123 UTC [4711] app@shop 致命错误:  {text}",
        f"FATAL:  53300: {text}",
    ):
        refusal = read_text(words)
        assert (refusal.limit, refusal.message) == (limit, line)
        assert refusal.source == "postgresql"


@pytest.mark.parametrize(("limit", "language", "text"), ALL, ids=IDS)
def test_a_translation_in_an_error_response_means_its_limit(limit: Limit, language: str, text: str) -> None:
    assert read_fields({"S": "FATAL", "V": "FATAL", "M": text}).limit == limit
    assert read_fields({"S": "FATAL", "M": text}).limit == limit


@pytest.mark.parametrize("limit", sorted({"slots", "role", "database", "login", "no_such_database", "starting_up"}))
def test_each_of_fifteen_languages_is_there(limit: Limit) -> None:
    assert {language for language, _ in SPOKEN[limit]} == LANGUAGES


def test_the_spanish_for_ready_is_no_refusal_in_a_log() -> None:
    """In 14 the Spanish catalogue has "is ready to accept connections" for "is not yet accepting" them."""
    words = "el sistema de bases de datos está listo para aceptar conexiones"
    assert read_text(f"FATAL:  {words}").limit == "starting_up"
    assert read_text(f"2026-11-20 10:31:04 CET [1] LOG:  {words}").limit == "unknown"
