"""The man page: what `--help` says of each command, written as roff."""

import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from typer import Context

import pgconn
from pgconn.cli.app import COMMANDS, program

SHARED: Final = "SHARED OPTIONS"
OWN: Final = ("Arguments", "Options")
"""The groups that belong to one command."""

_ROFF: Final = {
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    '"': r"\(dq",
}
"""How roff writes the characters that it would read as its own, or print as marks that a shell does not know."""


class Help:
    """What a command writes into the formatter of its help, kept in parts instead of drawn in columns."""

    current_indent = 0

    def __init__(self) -> None:
        self.usage = ""
        self.texts: list[str] = []
        self.options: dict[str, list[tuple[str, str]]] = {}
        self.lines: list[str] = []
        self._title = ""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.usage = f"{prog} {args}".strip()

    def write_text(self, text: str) -> None:
        self.texts += text.split("\n\n")

    def write_dl(self, rows: list[tuple[str, str]]) -> None:
        self.options.setdefault(self._title, []).extend(rows)

    def write(self, line: str) -> None:
        self.lines.append(line.strip())

    def write_paragraph(self) -> None:
        pass

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        self._title = name
        yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        yield


def manual() -> str:
    """The whole page of section 1."""
    group = program()
    top = Context(group, info_name="pgconn")
    root = _help(group, top)
    commands = {
        name: _help(one := group.get_command(None, name), Context(one, info_name=name, parent=top))
        for names in COMMANDS.values()
        for name in names
    }
    shared = _shared(commands.values())
    lines = [
        r".\" Generated from the code by `python -m tests.docs.generate`; a test compares.",
        f'.TH PGCONN 1 "" "pgconn {pgconn.__version__}" "User Commands"',
        ".SH NAME",
        rf"pgconn \- {escaped(_what_it_is())}",
        ".SH SYNOPSIS",
        escaped(root.usage),
        ".SH DESCRIPTION",
        *list(_paragraphs([*root.texts, " ".join(root.lines)]))[1:],
        ".SH OPTIONS",
        *_rows(root.options.pop("Options")),
        ".SH COMMANDS",
        *(line for title, rows in root.options.items() for line in (_heading("SS", title), *_rows(rows))),
        *(line for name, one in commands.items() for line in _command(name, one, shared)),
        _heading("SH", SHARED),
        *(line for title, rows in shared.items() for line in (_heading("SS", title), *_rows(rows))),
        ".SH SEE ALSO",
        ".BR psql (1),",
        ".BR pgbouncer (1)",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """A text that roff prints as it is, wherever in a line it stands."""
    plain = "".join(_ROFF.get(sign, sign if sign.isascii() else rf"\[u{ord(sign):04X}]") for sign in text)
    return rf"\&{plain}" if plain.startswith(".") else plain


def _help(command: Any, context: Context) -> Help:
    page = Help()
    command.format_help(context, page)
    return page


def _what_it_is() -> str:
    text = (pgconn.__doc__ or "").partition(": ")[2]
    return text.strip().removesuffix(".")


def _shared(pages: Any) -> dict[str, list[tuple[str, str]]]:
    """The groups of options that several commands have, each in its most frequent form."""
    seen = Counter((title, tuple(rows)) for page in pages for title, rows in page.options.items() if title not in OWN)
    shared: dict[str, list[tuple[str, str]]] = {}
    for (title, rows), times in seen.most_common():
        if times > 1:
            shared.setdefault(title, list(rows))
    return shared


def _command(name: str, page: Help, shared: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    yield _heading("SH", f"pgconn {name}")
    yield escaped(page.usage)
    yield from _paragraphs(page.texts)
    elsewhere = [title for title, rows in page.options.items() if shared.get(title) == rows]
    for title, rows in page.options.items():
        if title not in elsewhere:
            yield _heading("SS", title)
            yield from _rows(rows)
    if elsewhere:
        named = ", ".join(title.partition(" (")[0] for title in elsewhere)
        yield from _paragraphs([f"See {SHARED} for: {named}."])
    yield _heading("SS", "Examples")
    yield from (".EX", *map(escaped, page.lines), ".EE")


def _heading(macro: str, title: str) -> str:
    return f'.{macro} "{escaped(title)}"'


def _paragraphs(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (".PP", *_filled(text))


def _filled(text: str) -> Iterator[str]:
    """Lines of at most 80 characters before they are escaped, so that a change shows where it is."""
    yield from map(escaped, textwrap.wrap(text, 76, break_long_words=False, break_on_hyphens=False))


def _rows(rows: list[tuple[str, str]]) -> Iterator[str]:
    """Each option or command with what it does."""
    for term, what in rows:
        yield from (".TP", _term(term), *_filled(what))


def _term(term: str) -> str:
    """Options in bold and what stands for a value in italics, as man pages have it."""
    return " ".join(f"{_font(word)}{escaped(word)}\\fR" for word in term.split())


def _font(word: str) -> str:
    if word.isupper() and not word.startswith("-"):
        return r"\fI"
    return r"\fB" if any(map(str.isalpha, word)) else r"\fR"
