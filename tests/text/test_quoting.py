"""Names in commands and statements that can be pasted."""

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings, strategies as st

from pgconn.demo.clients import Target, scalar
from pgconn.demo.incidents.names import HOSTILE
from pgconn.errors import WrongUsage
from pgconn.text.harmless import is_visible
from pgconn.text.quoting import list_items, list_text, shell_command, sql_identifier, sql_list

WORDS = [*HOSTILE.values(), "", "x; rm -rf ~", "-d", "--help", "~root", "$(id)", "`id`", "!!", "a\\b'c\nd", "\udcff"]


@pytest.mark.offline
@pytest.mark.parametrize("word", ["web", "10.0.0.0/8", "--user=app", "it's", "x; rm -rf ~", "a b"])
def test_a_word_that_shows_is_quoted_as_usual(word: str) -> None:
    assert shell_command("pgconn", word) == f"pgconn {shlex.quote(word)}"


@pytest.mark.offline
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_hands_on_every_word_as_it_was() -> None:
    script = shell_command("printf", "%s\\0", *WORDS)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert ran.stdout.decode(errors="surrogateescape").split("\0")[:-1] == WORDS
    assert not ran.stderr


@pytest.mark.offline
@given(words=st.lists(st.text(), max_size=5))
@settings(max_examples=200)
def test_a_command_is_one_line_in_which_everything_shows(words: list[str]) -> None:
    assert is_visible(shell_command(*words))


@pytest.mark.offline
@given(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_an_identifier_is_one_line_in_which_everything_shows(name: str) -> None:
    shown = sql_identifier(name)
    assert is_visible(shown)
    assert shown.endswith('"')


def test_the_server_reads_an_identifier_as_the_name_that_it_was_made_from(cluster: Target) -> None:
    with cluster.connect() as connection:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            pytest.skip("an SQL_ASCII server takes no names by their numbers")
        for name in HOSTILE.values():
            statement = f"select * from (select 1 as {sql_identifier(name)}) as named".encode()
            described = connection.execute(statement).description
            assert described is not None
            assert described[0].name == name
        assert scalar(connection, "select 1") == 1


@pytest.mark.offline
@pytest.mark.parametrize(
    "text", ["a\x1b", "\x9b", "\u200b", "\u202e", "\u3164", "\u2800", "\ufe0f", "\xa0", "\ue000", "\ud800"]
)
def test_what_moves_hides_or_shows_nothing_is_not_visible(text: str) -> None:
    assert not is_visible(text)


@pytest.mark.offline
@pytest.mark.parametrize("text", ["", " ", "plain ~!@", "naïve", "数据库", "🐘", "e\u0301", "עברית"])
def test_the_writing_of_people_is_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.offline
@given(items=st.lists(st.text(min_size=1)))
def test_a_list_is_read_as_the_items_that_it_was_made_from(items: list[str]) -> None:
    assert list_items(list_text(items)) == items


@pytest.mark.offline
@pytest.mark.parametrize("text", ["a,", ",a", 'a"b', '"a', '"a" b', "a,,b"])
def test_what_is_no_list_is_refused(text: str) -> None:
    try:
        assert list_items(text) == [text]  # a quote within a name is part of it
    except WrongUsage:
        assert text != 'a"b'


def test_the_server_reads_a_list_as_its_items(cluster: Target) -> None:
    items = ["b", "a", "$user", "With Space", 'quo"te', "com,ma", "select"]
    with cluster.connect() as connection:
        connection.execute(f"set search_path to {sql_list(list_text(items))}".encode())
        assert list_items(str(scalar(connection, "show search_path"))) == items
