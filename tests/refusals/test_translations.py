"""Every translation of every refusal is understood, bare, from libpq and in a log."""

from pathlib import Path
from typing import Final

import msgspec
import pytest

from pgconn.model import Value
from pgconn.model.refusal import Limit
from pgconn.refusals import advice, read_fields, read_text
from pgconn.refusals.explaining import explain
from pgconn.refusals.messages import messages
from tests.refusals.spoken import SPOKEN

pytestmark = pytest.mark.offline

OLDER = {"de", "es", "fr", "id", "it", "ja", "ka", "ko", "pl", "pt_BR", "ru", "sv", "tr", "uk", "zh_CN"}
LANGUAGES = OLDER | {"zh_TW"}


class Spoken(Value, frozen=True, kw_only=True):
    """What 19 reports in each language that has a text of its own for it."""

    english: str
    limit: Limit
    words: dict[str, str]


class Catalogues(Value, frozen=True, kw_only=True):
    """`spoken_19.toml`."""

    messages: tuple[Spoken, ...]


NEW: Final = msgspec.toml.decode(
    Path(__file__).with_name("spoken_19.toml").read_text(encoding="utf-8"), type=Catalogues
).messages
OLD: Final = [(limit, language, text) for limit, texts in SPOKEN.items() for language, text in texts]
ALL: Final = OLD + [(one.limit, language, text) for one in NEW for language, text in one.words.items()]
TOGETHER: Final = sorted({(limit, language) for limit, language, _ in ALL})
"""The texts of a limit in a language are one test: there are more than a thousand."""


def spoken(limit: Limit, language: str) -> list[str]:
    return [text for one, other, text in ALL if (one, other) == (limit, language)]


@pytest.mark.parametrize(("limit", "language"), TOGETHER)
def test_a_translation_means_its_limit(limit: Limit, language: str) -> None:
    for text in spoken(limit, language):
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


@pytest.mark.parametrize(("limit", "language"), TOGETHER)
def test_a_translation_in_an_error_response_means_its_limit(limit: Limit, language: str) -> None:
    for text in spoken(limit, language):
        assert read_fields({"S": "FATAL", "V": "FATAL", "M": text}).limit == limit, text
        assert read_fields({"S": "FATAL", "M": text}).limit == limit, text


@pytest.mark.parametrize("limit", sorted({"slots", "role", "database", "login", "no_such_database", "starting_up"}))
def test_each_of_sixteen_languages_is_there(limit: Limit) -> None:
    older, newer = (
        {language for language, _ in SPOKEN[limit]},
        {one for new in NEW if new.limit == limit for one in new.words},
    )
    assert (older, older | newer) == (OLDER, LANGUAGES)


@pytest.mark.parametrize("new", NEW, ids=[new.english for new in NEW])
def test_a_translation_is_answered_as_its_english_text_is(new: Spoken) -> None:
    """The advice depends on words, which are English."""
    in_english = read_text(f"FATAL:  {new.english}")
    assert in_english.limit == new.limit
    for text in new.words.values():
        translated = read_text(f"FATAL:  {text}")
        assert explain(translated).title == explain(in_english).title
        assert advice(translated) == advice(in_english)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_words_of_a_log_in_any_language_are_no_refusal(language: str) -> None:
    """A log repeats a refusal's words in its statements, and at severities that refuse nothing."""
    severities = messages().severities[language]
    for word in severities.talk:
        assert read_text(f"2026-11-20 10:31:04 UTC [7] {word}:  sorry, too many clients already").limit == "unknown"
    role = 'role "kunde" does not exist'
    assert read_text(f"2026-11-20 10:31:04 UTC [7] {severities.error}:  {role}").limit == "not_a_limit"
    assert read_text(f"2026-11-20 10:31:04 UTC [7] {severities.fatal}:  {role}").limit == "login"


def test_the_spanish_for_ready_is_no_refusal_in_a_log() -> None:
    """In 14 the Spanish catalogue has "is ready to accept connections" for "is not yet accepting" them."""
    words = "el sistema de bases de datos está listo para aceptar conexiones"
    assert read_text(f"FATAL:  {words}").limit == "starting_up"
    assert read_text(f"2026-11-20 10:31:04 CET [1] LOG:  {words}").limit == "unknown"
