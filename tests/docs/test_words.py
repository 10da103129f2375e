"""Plain words: what a user can read, and the names in the code, use PostgreSQL's own vocabulary and no second one.

`AVOIDED` holds each word with what to write instead. An exception is a pattern with its reason.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reading import ROOT, name_of

pytestmark = pytest.mark.offline

AVOIDED: Final = {
    r"errands?": "change, run",
    r"tasks?": "request, change",
    r"orders?": "request; a sequence may be an order",
    r"wish(?:es|ed)?": "request, option",
    r"told": "given, reported, known",
    r"said": "reported, stated",
    r"knock(?:s|ed|ing)?": "connection attempt",
    r"nests?": "temporary folder",
    r"keepers?": "reaper, owner",
    r"leave|leaves|leaving": "disconnect, end; omit; keep",
    r"asked to leave|(?:has|have|had) left": "ended, disconnected",
    r"condemn(?:s|ed)?": "chosen",
    r"untouched": "default, by default",
    r"whom": "which session, which role",
    r"whoever": "sessions that, any client that",
    r"nobody": "no session, no role, no client",
    r"somebody|anybody": "another client, any session",
    r"(?:the |a )?bad hour": "an incident",
    r"three in the morning": "an incident",
    r"illness(?:es)?": "incident",
    r"(?:give|gives|gave|given|giving) back": "release, free",
    r"in peace": "not ended",
    r"lets? (?:nobody|somebody) in": "accepts (no) connections",
}
_AVOIDED: Final = re.compile(rf"\b(?:{'|'.join(AVOIDED)})\b", re.IGNORECASE)

EXCEPTIONS: Final = {
    r"\bleaves? (?:it |--\S* ?)?out\b|\bleaves? (?=no|each|every|queries|a server|\d|$)": "an omission, a remainder",
    r"\b(?:in|in the|in this|which) order\b|\border by\b": "a sequence",
    r"(?:--user|\\-\\-user|table|from|products,) orders\b|\borders-\w+": "a role, a table, clients of a shop",
    r"^nobody$|`nobody`": "an account of Unix",
}
_EXCEPTIONS: Final = re.compile("|".join(EXCEPTIONS), re.IGNORECASE)

UNREAD: Final = {
    "docs/changelog.md": "tells the past in its own words",
}

NAMES: Final = frozenset({"courtesy", "farewell", "onlooker"})
"""Words that only names in the code have had; those of `AVOIDED` are avoided in names too."""


def _is_read(path: Path) -> bool:
    return not name_of(path).startswith(tuple(UNREAD))


def _avoided(text: str) -> list[str]:
    return [found.group() for found in _AVOIDED.finditer(_EXCEPTIONS.sub("", text))]


def _files(*patterns: str) -> list[Path]:
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts and _is_read(path))


PAGES: Final = _files("*.md", "docs/**/*.md", "docs/*.1", "tests/README.md", "pgconn/data/*.toml", "pgconn/data/*/**/*")
"""The guides, the pages that are generated from the help, the man page, and the data."""

MODULES: Final = _files("pgconn/**/*.py")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                yield first.value


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module, by line, without docstrings: the pages hold those of commands and rules."""
    tree = _tree(path)
    docstrings = set(_docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value


def _names(path: Path) -> Iterator[tuple[int, str]]:
    """The functions, classes, parameters, variables and attributes that a module makes, by line."""
    for node in ast.walk(_tree(path)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr


def _is_avoided(name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    return any(word in NAMES or _AVOIDED.fullmatch(word) for word in words)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_is_in_plain_words(path: Path) -> None:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    assert [f"{number}: {word}" for number, line in lines for word in _avoided(line)] == []


def test_a_text_in_the_code_is_in_plain_words() -> None:
    """Messages, hints, help and what the views print."""
    found = [(path, line, word) for path in MODULES for line, text in _texts(path) for word in _avoided(text)]
    assert [f"{name_of(path)}:{line}: {word}" for path, line, word in found] == []


def test_a_name_in_the_code_is_in_plain_words() -> None:
    found = [(path, line, name) for path in MODULES for line, name in _names(path) if _is_avoided(name)]
    assert [f"{name_of(path)}:{line}: {name}" for path, line, name in found] == []


@pytest.mark.parametrize(
    "text", ["nobody was ended", "whom it blocks", "an order of a user", "10 untouched", "had left already"]
)
def test_a_word_to_avoid_is_found(text: str) -> None:
    assert _avoided(text) != []


def test_a_sequence_may_be_an_order() -> None:
    assert _avoided("in the order in which they were made, order by pid; --user orders") == []
