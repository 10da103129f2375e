"""Text that attacks the program that prints it comes out harmless and recognisable, in all five formats."""

import csv
import io
import json
import re
import unicodedata

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pgconn.demo.incidents.names import HOSTILE
from pgconn.documents.sessions import Sessions
from pgconn.text.harmless import harmless, harmless_csv, harmless_json, harmless_markdown, harmless_name, is_visible
from tests.model.making import session, shop, snapshot
from tests.render.pages import FORMATS, renamed, sessions_of, status_of, table

pytestmark = pytest.mark.offline

NASTY = {
    **HOSTILE,
    "c1": "\x90\x9b31m\x9c\x85",
    "bell": "\x07\x08\x7f\x00",
    "markup-close": "[/b][/][@click=app.quit]x[/]",
    "equals": "=cmd",
    "plus": "+1",
    "minus": "-1+2",
    "at": "@SUM(A1)",
    "spaced formula": "  =1+1",
    "tab formula": "\t=1+1",
    "crlf": "a\r\nb\u2028c\u2029d\x0be\x0cf",
    "rtl": "a\u202eb\u2066c\u2069\u200f",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "fillers": "\u3164\u2800\u115f\uffa0\ufe0f\u034f",
    "surrogate": "a\ud800b\udcff",
    "private": "\ue000\U000f0000\U0010ffff",
    "tags": "\U000e0041\U000e0042",
    "backticks": "``` `a` ``",
    "pipes": "a|b||\\|",
    "link": "[a](http://x) <http://x> ![i](y) www.x.org a@b.org mailto:a@b.org",
    "html": "<script>alert(1)</script><!-- x --><img src=x onerror=y>&lt;&#60;",
    "list": "1. a",
    "heading": "# a",
    "setext": "===",
    "quote": "> a",
    "rule": "---",
    "emphasis": "*a* _b_ **c** __d__ ~~e~~ $x$ a_b_c",
    "footnote": "[^1]: x",
    "emoji code": ":smile:",
    "cjk": "漢" * 21,
    "marks": "a" + "\u0301" * 31,
    "space": " ",
    "spaces": "  x  ",
    "percent": "%s %(x)s {0} {x!r}",
    "ansi in words": "\\x1b[31m",
}

ANY = st.one_of(st.sampled_from(list(NASTY.values())), st.text(st.characters(), max_size=30))


@given(text=ANY)
@settings(max_examples=40, deadline=None)
def test_no_control_format_or_blank_character_reaches_any_output(text: str) -> None:
    seen = renamed(shop(), text)
    for name, write in FORMATS.items():
        for document in (status_of(seen), status_of(seen, ("application_name", "user")), sessions_of(seen)):
            for line in write(document).split("\n"):
                assert is_visible(line), name
                assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in line)


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_a_terminal_shows_the_text_and_obeys_nothing_in_it(text: str) -> None:
    seen = snapshot(session(7, user=text, application_name="web", query=text))
    wide = table(sessions_of(seen), 400)
    (line,) = [line for line in wide.splitlines() if line.startswith("  7  ")]
    assert harmless_name(text) in line
    assert line.endswith(harmless(" ".join(text.split())).rstrip())


def test_colour_is_all_that_a_terminal_adds() -> None:
    for text in NASTY.values():
        colored = table(sessions_of(renamed(shop(), text)), color=True)
        assert is_visible(re.sub(r"\x1b\[[0-9;]*m|\n", "", colored))
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == table(sessions_of(renamed(shop(), text)))


@given(text=ANY)
def test_what_was_harmless_before_is_not_changed(text: str) -> None:
    once = harmless(text)
    assert harmless(once) == once
    if is_visible(text):
        assert once == text


@given(text=st.one_of(ANY, st.text(" \t\nx")))
def test_a_name_of_spaces_can_be_seen(text: str) -> None:
    shown = harmless_name(text)
    assert shown == shown.strip(" ")
    assert bool(shown) == bool(text)
    if text.strip(" ") == text:
        assert shown == harmless(text)
    if text and not text.strip(" "):
        assert shown == "\\x20" * len(text)


@given(text=ANY)
@example(text="=1")
@example(text="\n=1")
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str) -> None:
    for document in (status_of(renamed(shop(), text)), sessions_of(renamed(shop(), text))):
        written = FORMATS["csv"](document)
        rows = list(csv.reader(io.StringIO(written)))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell
            assert not cell.startswith(("\t", "\r"))


@given(text=ANY)
def test_a_cell_of_a_spreadsheet_is_the_text_with_a_quote_at_most(text: str) -> None:
    assert harmless_csv(text) in (harmless(text), "'" + harmless(text))


@given(text=ANY)
def test_json_gives_every_character_back(text: str) -> None:
    seen = renamed(shop(), text)
    for document in (status_of(seen), sessions_of(seen)):
        decoded = json.loads(FORMATS["json"](document))
        assert decoded["server"]["cluster_name"] == text
        assert decoded == json.loads(json.dumps(msgspec.to_builtins(document)))
        if isinstance(document, Sessions):
            assert {row["user"] for row in decoded["sessions"]} == {text}


@given(value=st.recursive(st.none() | ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner), max_leaves=8))
def test_json_that_was_made_harmless_means_the_same(value: object) -> None:
    encoded = json.dumps(value, ensure_ascii=False)
    assert json.loads(harmless_json(encoded)) == value
    assert is_visible(harmless_json(encoded))


READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
OURS = {"strong_open", "strong_close", "code_inline", "text", "text_special"}


def inline(written: str) -> list[Token]:
    """Each piece of running text in a Markdown document."""
    return [token for token in READER.parse(written) if token.type == "inline"]


def plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


@given(text=ANY)
@settings(max_examples=40, deadline=None)
def test_markdown_renders_neither_html_nor_links_nor_any_mark_of_others(text: str) -> None:
    for document in (status_of(renamed(shop(), text)), sessions_of(renamed(shop(), text))):
        written = FORMATS["markdown"](document)
        blocks = {token.type for token in READER.parse(written)}
        assert not blocks & {"html_block", "heading_open", "blockquote_open", "fence", "code_block", "hr"}
        assert "ordered_list_open" not in blocks
        for token in inline(written):
            kinds = {child.type for child in token.children or ()}
            assert kinds <= OURS, token.content


@given(text=ANY)
@settings(max_examples=40, deadline=None)
def test_a_cell_of_a_markdown_table_reads_as_the_text(text: str) -> None:
    seen = snapshot(session(7, user=text, database="shop", application_name="web"))
    cells = [plain(token) for token in inline(FORMATS["markdown"](sessions_of(seen)))[-13:]]
    assert cells[0] == "7"
    assert cells[1] == (harmless_name(text) or cells[1])
    assert cells[2] == "shop"


@given(text=ANY)
def test_markdown_of_any_text_reads_as_that_text(text: str) -> None:
    written = READER.parse("x " + harmless_markdown(text))
    (paragraph,) = [token for token in written if token.type == "inline"]
    assert plain(paragraph) == ("x " + harmless(text)).rstrip(" ")


@pytest.mark.parametrize("text", ["www.x.org", "http://x", "a@b.org", "MAILTO:a@b.org", "ftp://x"])
def test_what_github_would_make_a_link_by_itself_is_broken_up(text: str) -> None:
    assert not re.search(r"www\.|[a-z]:|\w@", harmless_markdown(text), re.IGNORECASE)


@pytest.mark.parametrize("text", ["10.0.0.7", "pg_use_reserved_connections", "checkout-api", "f(x) #1 +2"])
def test_markdown_of_what_is_no_markdown_is_easy_to_read_raw(text: str) -> None:
    assert harmless_markdown(text) == text


@pytest.mark.parametrize("name", ["csv", "plain", "markdown", "table"])
def test_a_text_never_breaks_a_row_in_two(name: str) -> None:
    rows = {
        len(FORMATS[name](sessions_of(renamed(shop(), text))).splitlines())
        for text in ("x", "two\nlines\r\n", "\x85\u2028")
    }
    assert len(rows) == 1
