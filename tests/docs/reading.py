"""What the documents hold: their texts, links, and the command lines that they show."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = tuple(sorted((*ROOT.glob("*.md"), ROOT / "tests" / "README.md", *(ROOT / "docs").rglob("*.md"))))
GUIDES: Final = tuple(path for path in DOCUMENTS if "reference" not in path.parts)
"""The documents that are written by hand."""

LOOKING: Final = ("status", "sessions", "record")
"""The commands that change nothing on a server."""

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"`(pgconn [^`\n]+ [^`\n]+)`")
_NAMED: Final = re.compile(r"`pgconn ([a-z]\S*)`")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SHELL: Final = ("sh", "bash", "console")
_BEFORE: Final = ("pgconn", "sudo")
_PLACE: Final = ("--pgdata", "-h", "--host", "-p", "--port", "-U", "--username", "-d", "--dbname", "--service")


def name_of(path: Path) -> str:
    """The path as one would write it in the repository."""
    return path.relative_to(ROOT).as_posix()


def shown(text: str) -> list[list[str]]:
    """Every `pgconn …` of a Markdown text as arguments: in its shell blocks, and in full in its sentences."""
    blocks = [body for language, body in _FENCE.findall(text) if language in _SHELL]
    lines = [line.removeprefix("$ ") for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    spans = _SPAN.findall(_FENCE.sub("", text))
    return [arguments for line in (*lines, *spans) for arguments in calls(line)]


def named(text: str) -> list[str]:
    """The commands that are named in a text, without anything after the name."""
    return _NAMED.findall(_FENCE.sub("", text))


def calls(line: str) -> Iterator[list[str]]:
    """The arguments of each call of pgconn in a line of shell, without pipes, redirections and comments."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    words.whitespace_split = True
    call: list[str] = []
    for word in (*words, ";"):
        if set(word) <= set("|&;<>"):
            if call[:1] and call[0] in _BEFORE and "pgconn" in call:
                yield call[call.index("pgconn") + 1 :]
            call = []
        else:
            call.append(word)


def without_connection(arguments: Sequence[str]) -> list[str]:
    """The arguments less those that say where the server is."""
    words = iter(arguments)
    kept = []
    for word in words:
        if word in _PLACE:
            next(words)
        elif word.partition("=")[0] not in _PLACE:
            kept.append(word)
    return kept


def statements(text: str) -> list[bytes]:
    """The statements of a Markdown text's blocks of SQL."""
    blocks = [body for language, body in _FENCE.findall(text) if language == "sql"]
    return [part.strip().encode() for body in blocks for part in body.split(";") if part.strip()]


def outputs(text: str) -> list[str]:
    """The lines of a Markdown text's blocks of output."""
    return [line for language, body in _FENCE.findall(text) if language == "text" for line in body.splitlines()]


def links(text: str) -> list[str]:
    """Where the links and pictures of a Markdown text lead."""
    return _LINK.findall(_FENCE.sub("", text))


def headings(text: str) -> set[str]:
    """The anchors of a Markdown text, as they are made from its headings."""
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
