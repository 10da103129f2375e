"""Queries without their literals."""

import re
import time

import pytest
from hypothesis import given, strategies as st

from pgconn.text.redaction import redact

pytestmark = pytest.mark.offline


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("select 1", "select ?"),
        ("select * from t where id = 4711 and name = 'ann'", "select * from t where id = ? and name = ?"),
        ("select 'it''s'", "select ?"),
        ("select ''", "select ?"),
        ("select E'it\\'s', e'\\\\'", "select ?, ?"),
        ("select $$secret$$, $x$ $$ $y$ $x$, $é$a$é$", "select ?, ?, ?"),
        ("select U&'\\0061', u&'b' uescape '!'", "select ?, ? uescape ?"),
        ("select B'1010', x'ff', N'n'", "select ?, ?, ?"),
        ('select u&"col\\0061" from t2', 'select u&"col\\0061" from t2'),
        ('select "a""b\'c1" from "T 1"', 'select "a""b\'c1" from "T 1"'),
        ("select * from t1, schema2.t3 where a$1 = $1", "select * from t1, schema2.t3 where a$1 = $1"),
        ("select 1.5, .5, 1., 1e10, 1.5e-3, 0xFF, 0b11, 1_000", "select ?, ?, ?, ?, ?, ?, ?, ?"),
        ("select -5, 3-1, x+1", "select -?, ?-?, x+?"),
        ("select array[1,2]", "select array[?,?]"),
        ("select date '2024-01-01', 'a'::text", "select date ?, ?::text"),
        ("select naïve1, été2 from größe", "select naïve1, été2 from größe"),
        ("select 1 -- for ann\n, 2", "select ? -- ?\n, ?"),
        ("select 1 -- for ann\r, 2", "select ? -- ?\r, ?"),
        ("select /* ann's */ 1", "select /* ? */ ?"),
        ("select /* a /* nested */ ann */ 1", "select /* ? */ ?"),
        ("select /* cut /* twice */ ann", "select /* ? */"),
        ("select '-- no comment', 1", "select ?, ?"),
        ("select '/* no comment', 1", "select ?, ?"),
        ("select a--b'c\n'd'", "select a-- ?\n?"),
        ("select 'cut in the midd", "select ?"),
        ("select E'cut after a backslash \\", "select ?"),
        ("select $tag$cut $ta", "select ?"),
        ('select "cut', 'select "cut'),
        ("select name'x'", "select name?"),
        ("copy t from stdin", "copy t from stdin"),
        ("", ""),
    ],
)
def test_a_question_mark_stands_for_each_literal_and_names_stay(query: str, shown: str) -> None:
    assert redact(query) == shown


@pytest.mark.parametrize("query", ["select 'it\\'s ann', 1", "select 'c:\\', ann", "select 'a\\\\\\' ann'"])
def test_where_a_backslash_makes_unclear_which_quote_ends_a_string_nothing_after_it_is_shown(query: str) -> None:
    assert redact(query) == "select ?"


def test_a_clear_backslash_hides_nothing_more() -> None:
    assert redact("select 'c:\\dir', 'a\\\\', b") == "select ?, ?, b"


SECRET = st.text(st.sampled_from("QZ"), min_size=6, max_size=10)
"""Letters that no keyword and no name of these queries holds."""


def _dollars(text: str, tag: str) -> str:
    return f"${tag}${text}${tag}$"


LITERALS = st.one_of(
    SECRET.map(lambda s: f"'{s}'"),
    SECRET.map(lambda s: f"'{s}''{s}'"),
    SECRET.map(lambda s: f"E'{s}\\'{s}\\\\'"),
    SECRET.map(lambda s: f"U&'{s}'"),
    st.builds(_dollars, SECRET, st.sampled_from(("", "a", "fn_1", "é"))),
    SECRET.map(lambda s: f"/* {s} /* ' {s} */ {s} */"),
    SECRET.map(lambda s: f"-- {s} ' $$\n"),
    SECRET.map(lambda s: f"'\n{s}\t--{s}'"),
)
NAMES = st.sampled_from(
    ("select", "from", "t1", '"a b"', "$1", "where x =", ",", "(", ")", "::text", "||", "e", "u", "b")
)


@given(parts=st.lists(st.one_of(LITERALS, NAMES), max_size=12), cut=st.integers(0, 400))
def test_no_literal_of_a_query_survives_whole_or_cut(parts: list[str], cut: int) -> None:
    query = " ".join(parts)
    assert not re.search("[QZ]", redact(query))
    assert not re.search("[QZ]", redact(query[:cut]))


@given(number=st.integers(0, 10**12), places=st.integers(0, 999))
def test_no_number_survives(number: int, places: int) -> None:
    assert redact(f"select a from t where b = {number}.{places} and c in ({number},{places})") == (
        "select a from t where b = ? and c in (?,?)"
    )


@given(query=st.text())
def test_any_text_can_be_redacted(query: str) -> None:
    redact(query)


@given(query=st.text(st.sampled_from("'\"$-*/\\eEuU&a1.\n "), max_size=60))
def test_what_is_redacted_once_holds_no_digit_outside_a_name(query: str) -> None:
    assert not re.search(r"(?<![\w$])\d", re.sub(r'"(?:[^"]|"")*("|\Z)', "", redact(query)))


@pytest.mark.parametrize(
    "piece",
    [
        "'",
        "''",
        "\\'",
        "E'\\",
        "$",
        "$a",
        "$a$",
        "$$",
        "/*",
        "/* */",
        "*/",
        "--",
        '"',
        "1",
        "1.",
        "1e",
        "a",
        "(",
        "-",
        "1_",
    ],
)
def test_a_hostile_query_takes_time_in_proportion_to_its_length(piece: str) -> None:
    def seconds(repeats: int) -> float:
        query = piece * repeats
        return min(_timed(query) for _ in range(3))

    seconds(100)
    assert seconds(80_000) < 16 * seconds(20_000) / 2 + 0.05


def _timed(query: str) -> float:
    start = time.process_time()
    redact(query)
    return time.process_time() - start
