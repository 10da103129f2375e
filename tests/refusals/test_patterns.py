"""Each known message is found by its own pattern; translations are read for what is not English alone."""

import re

import pytest

from pgconn.data import reading
from pgconn.refusals import messages, patterns, read_text
from pgconn.refusals.messages import Texts, Translation, english, pattern_of, translations
from pgconn.refusals.patterns import found_in

pytestmark = pytest.mark.offline

EXAMPLES = [(row, pattern, example) for row in english() for pattern, example in row.examples()]
ASCII = [one for one in translations() if one.message.isascii()]
SORRY = "sorry, too many clients already"


@pytest.mark.parametrize(("row", "pattern", "example"), EXAMPLES, ids=[example for _, _, example in EXAMPLES])
def test_a_pattern_finds_its_example(row: Texts, pattern: str, example: str) -> None:
    assert re.search(pattern_of(pattern), example)
    refusal = read_text(example)
    assert (refusal.limit, refusal.source) == (row.limit, row.source)


@pytest.mark.parametrize("row", english(), ids=lambda row: f"{row.limit}-{row.source}")
def test_what_has_no_example_is_plain_text(row: Texts) -> None:
    for text in row.texts:
        assert not isinstance(text, str) or re.fullmatch(pattern_of(text), text)


def test_no_pattern_has_a_group_of_its_own() -> None:
    """A group more would shift those by which the row is known."""
    assert [pattern for _, pattern, _ in EXAMPLES if re.compile(pattern_of(pattern)).groups] == []


@pytest.mark.parametrize("number", range(0, len(translations()), 50))
def test_a_translation_is_found_with_names_in_it(number: int) -> None:
    for one in translations()[number : number + 50]:
        filled = one.message.replace("{}", "app")
        (found,) = found_in(f"FATAL:  {filled}")
        assert (found.limit, found.source, found.match[0]) == (one.limit, one.source, filled)


def test_no_english_pattern_begins_where_a_translation_does() -> None:
    """So that it does not matter which of the two counts first."""
    for one in translations():
        filled = one.message.replace("{}", "app")
        assert not any(re.match(pattern_of(pattern), filled) for _, pattern, _ in EXAMPLES)


def test_every_translation_has_a_part_long_enough_to_look_for() -> None:
    assert min(len(one.part) for one in translations() if not one.alone) > 2
    assert all(one.part in " ".join(one.message.split()) for one in translations())


@pytest.mark.parametrize(
    "text",
    [
        SORRY,
        f"FATAL:  {SORRY}\n",
        f'connection failed: connection to server at "127.0.0.1", port 5432 failed: FATAL:  {SORRY}',
        'psql: error: connection to server at "::1" (::1), port 5432 failed: Connection refused',
        'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory',
    ],
)
def test_an_english_text_reads_no_translations(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found_in(text)
    monkeypatch.setattr(patterns, "_translated", lambda _: pytest.fail("the translations were looked at"))
    assert found_in(text)


@pytest.mark.parametrize("one", ASCII, ids=[one.message for one in ASCII])
def test_a_translation_in_ascii_is_found_beside_english_text(one: Translation) -> None:
    """Without a blank it could pass for the name of a host."""
    assert " " in one.message
    filled = one.message.replace("{}", "app")
    limits = [found.limit for found in found_in(f"Connection refused\nconnection failed: {filled}")]
    assert limits == ["no_listener", one.limit]


def test_both_files_are_read_when_they_are_needed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = reading.text

    def text(path: str) -> str:
        asked.append(path)
        return original(path)

    monkeypatch.setattr(reading, "text", text)
    for function in (patterns._english, messages.messages, translations, patterns._in_ascii):
        function.cache_clear()
    read_text(f"FATAL:  {SORRY}")
    assert asked == ["refusals.toml"]
    read_text("FATAL:  tut mir leid, schon zu viele Verbindungen")
    assert asked == ["refusals.toml", "messages.toml"]
