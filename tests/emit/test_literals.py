"""A name is itself in every language, whatever it holds, and nothing of it takes effect."""

import ast
import json
import re
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.data import framework
from pgconn.demo.incidents.names import HOSTILE
from pgconn.emit import literals
from pgconn.emit.pools import pool
from pgconn.text.harmless import harmless, is_visible
from tests.emit.languages import names, unescaped

pytestmark = pytest.mark.offline

AWKWARD: Final = (
    *HOSTILE.values(), "${HOME}", "#{1 + 1}", "#$0 #@x", "<%= 1 %>", "%>", "?>", "$x {$x} ${x}", "`id` $(id)",
    "\\", "\\\\", "\\u0041", "\\x41", "\\101", "it's", 'say "hi"', "*/ // # -- ;",
    "«max» «app»", "PGCONN_APPLICATION 1001 PGCONN_APPLICATION", "x\n// pgconn: end transaction pooling\n",
    "pgconn: begin snippet", "\\1\\g<0>", "{0} %s %d {name}", " x ", "a=b;c=d",
    "Application Name=x;Password=y", "x\n#!y", "\u2028\u2029\x85", "$${a}${b", "\t", "0\x011", "𝒳\u202e",
)  # fmt: skip
TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)

# How a literal of each language may look: its quotes, and what may not stand in it unescaped.
LITERALS: Final[dict[str, tuple[Callable[[str], str], str]]] = {
    "javascript": (literals.javascript, r"'(?:[^'\\]|\\['\\]|\\u\{[0-9a-f]+\})*'"),
    "java": (literals.java, r'"(?:[^"\\]|\\["\\]|\\[0-3][0-7]{2}|\\u[0-9a-f]{4})*"'),
    "python, go, csharp": (
        literals.double_quoted, r'"(?:[^"\\]|\\["\\]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"',
    ),
    "rust": (literals.rust, r'"(?:[^"\\]|\\["\\]|\\u\{[0-9a-f]+\})*"'),
    "php": (literals.php, r'"(?:[^"\\$]|\\["\\$]|\\u\{[0-9a-f]+\})*"'),
    "elixir": (literals.elixir, r'"(?:[^"\\#]|\\["\\#]|\\u\{[0-9a-f]+\})*"'),
    "yaml": (literals.yaml_in_erb, r'"(?:[^"\\%]|\\["\\]|\\x25|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"'),
}  # fmt: skip


every_text = given(text=st.one_of(st.sampled_from(AWKWARD), TEXTS))


@pytest.mark.parametrize("language", LITERALS)
@every_text
def test_a_literal_means_the_text_and_shows_whole(language: str, text: str) -> None:
    escape, shape = LITERALS[language]
    literal = shape[0] + escape(text) + shape[-1]
    assert re.fullmatch(shape, literal)
    assert is_visible(literal)
    assert unescaped(literal[1:-1]) == text


@every_text
def test_a_literal_of_python_means_the_text(text: str) -> None:
    literal = f'"{literals.double_quoted(text)}"'
    assert ast.literal_eval(literal) == text
    assert is_visible(literal)


@every_text
def test_a_property_of_spring_means_the_text_and_refers_to_nothing(text: str) -> None:
    written = literals.spring_property(text)
    assert written.isascii()
    assert is_visible(written)
    assert set(re.findall(r"\$\{[^}]*\}?", written)) <= {"${dollar:$}"}
    assert names(f"x={written}")["x"].replace("${dollar:$}", "$") == text


@every_text
def test_a_connection_string_in_json_means_the_text(text: str) -> None:
    app = text if text.strip() else "x"
    made = pool("npgsql", most=8, app=app)
    string = json.loads(made.snippets[1].text)["ConnectionStrings"]["Default"]
    found = re.fullmatch(r'.*;Application Name="((?:[^"]|"")*)"', string, re.DOTALL)
    assert found is not None
    assert found[1].replace('""', '"') == app


@pytest.mark.parametrize("name", framework.names())
def test_no_line_of_a_snippet_is_changed_by_the_printing(name: str) -> None:
    usual = pool(name, most=8, app="web", transaction_pooling=True).snippets
    for app in (*filter(str.strip, AWKWARD), "\tx"):
        made = pool(name, most=8, app=app, transaction_pooling=True).snippets
        for mine, plain in zip(made, usual, strict=True):
            assert len(mine.text.splitlines()) == len(plain.text.splitlines())
            assert all(harmless(line) == line for line in mine.text.splitlines())
