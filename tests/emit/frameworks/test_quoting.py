"""A name is itself in every language, whatever it holds, and nothing of it takes effect."""

import ast
import json
import re
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.demo.incidents.names import HOSTILE
from pgconn.emit.frameworks import KNOWN, Asked, pool, quoting
from pgconn.emit.frameworks.known import Known
from pgconn.text.harmless import harmless, is_visible
from tests.emit.frameworks.reading import names, unescaped

pytestmark = pytest.mark.offline

AWKWARD: Final = (
    *HOSTILE.values(), "${HOME}", "#{1 + 1}", "#$0 #@x", "<%= 1 %>", "%>", "?>", "$x {$x} ${x}", "`id` $(id)",
    "\\", "\\\\", "\\u0041", "\\x41", "\\101", "it's", 'say "hi"', "*/ // # -- ;",
    "«max» «app»", "{0} %s %d {name}", " x ", "a=b;c=d",
    "Application Name=x;Password=y", "x\n#!y", "\u2028\u2029\x85", "$${a}${b", "\t", "0\x011", "𝒳\u202e",
)  # fmt: skip
TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)

# How a literal of each language may look: its quotes, and what may not stand in it unescaped.
LITERALS: Final[dict[str, tuple[Callable[[str], str], str]]] = {
    "javascript": (quoting.javascript, r"'(?:[^'\\]|\\['\\]|\\u\{[0-9a-f]+\})*'"),
    "java": (quoting.java, r'"(?:[^"\\]|\\["\\]|\\[0-3][0-7]{2}|\\u[0-9a-f]{4})*"'),
    "go": (quoting.go, r'"(?:[^"\\]|\\["\\]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"'),
    "csharp": (quoting.csharp, r'"(?:[^"\\]|\\["\\]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"'),
    "rust": (quoting.rust, r'"(?:[^"\\]|\\["\\]|\\u\{[0-9a-f]+\})*"'),
    "php": (quoting.php, r'"(?:[^"\\$]|\\["\\$]|\\u\{[0-9a-f]+\})*"'),
    "elixir": (quoting.elixir, r'"(?:[^"\\#]|\\["\\#]|\\u\{[0-9a-f]+\})*"'),
    "yaml": (
        lambda text: f'"{quoting.yaml_in_erb(text)}"',
        r'"(?:[^"\\%]|\\["\\]|\\x25|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"',
    ),
}


every_text = given(text=st.one_of(st.sampled_from(AWKWARD), TEXTS))


@pytest.mark.parametrize("language", LITERALS)
@every_text
def test_a_literal_means_the_text_and_shows_whole(language: str, text: str) -> None:
    quote, shape = LITERALS[language]
    literal = quote(text)
    assert re.fullmatch(shape, literal)
    assert is_visible(literal)
    assert unescaped(literal[1:-1]) == text


@every_text
def test_a_literal_of_python_means_the_text(text: str) -> None:
    assert ast.literal_eval(quoting.python(text)) == text
    assert is_visible(quoting.python(text))


@every_text
def test_a_property_of_spring_means_the_text_and_refers_to_nothing(text: str) -> None:
    written = quoting.spring_property(text)
    assert written.isascii()
    assert is_visible(written)
    assert set(re.findall(r"\$\{[^}]*\}?", written)) <= {"${dollar:$}"}
    assert names(f"x={written}")["x"].replace("${dollar:$}", "$") == text


@every_text
def test_a_connection_string_in_json_means_the_text(text: str) -> None:
    app = text if text.strip() else "x"
    made = pool("npgsql", Asked(max=8, app=app, transaction_pooling=False))
    string = json.loads(made.snippets[1].text)["ConnectionStrings"]["Default"]
    found = re.fullmatch(r'.*;Application Name="((?:[^"]|"")*)"', string, re.DOTALL)
    assert found is not None
    assert found[1].replace('""', '"') == app


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.framework.name)
def test_no_line_of_a_snippet_is_changed_by_the_printing(known: Known) -> None:
    usual = known.snippets(Asked(max=8, app="web", transaction_pooling=True))
    for app in AWKWARD:
        made = known.snippets(Asked(max=8, app=app, transaction_pooling=True))
        for mine, plain in zip(made, usual, strict=True):
            assert len(mine.text.splitlines()) == len(plain.text.splitlines())
            assert all(harmless(line) == line for line in mine.text.splitlines())
