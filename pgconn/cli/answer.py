"""The answer of a command, written to stdout in the format that was asked for."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from pgconn.cli.options.connection import Output
from pgconn.errors import PartlyDone
from pgconn.model.value import Value
from pgconn.render.page import Page, Step
from pgconn.text.quoting import shell_command

_DRAWN: Final = str.maketrans("█░…", "#-~")
"""What we draw with ourselves, and what stands for it where stdout cannot encode it."""


def answer(
    document: Value,
    page: Callable[[], Page],
    output: Output,
    *,
    rows: int | None = None,
    again: Sequence[str] = (),
) -> None:
    """Write the document; `rows` a section at most (0 for all), `again` the options that lead to the same server.

    Raises PartlyDone when stdout takes no more, but not when its reader went away, who has seen enough.
    """
    text = _written(document, page, output, rows, again)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise PartlyDone(f"cannot write the answer: {error.strerror}", hint="make room where stdout goes") from None


def in_json(document: Value) -> str:
    """The document as JSON, in ASCII where stdout's encoding lacks one of its characters."""
    from pgconn.render.formats.json import write_json

    written = write_json(document)
    return written if _is_encoded(written) else write_json(document, ascii_only=True)


def _written(document: Value, page: Callable[[], Page], output: Output, rows: int | None, again: Sequence[str]) -> str:
    match output.format:
        case "json":
            return in_json(document)
        case "csv":
            from pgconn.render.formats.csv import write_csv

            return write_csv(document)
        case "plain":
            from pgconn.render.formats.plain import write_plain

            return write_plain(_again(page(), again).cut(rows))
        case "markdown":
            from pgconn.render.formats.markdown import write_markdown

            return write_markdown(_again(page(), again).cut(rows))
        case "table":
            return _table(_again(page(), again), rows)


def _table(page: Page, rows: int | None) -> str:
    from pgconn.render.formats.text import screen, write_text

    width, height = screen()
    terminal = sys.stdout.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = write_text(page.cut(rows), width=width, height=height if terminal and rows is None else None, color=color)
    return text if _is_encoded("".join(map(chr, _DRAWN))) else text.translate(_DRAWN)


def _is_encoded(text: str) -> bool:
    """Whether stdout's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _again(page: Page, options: Sequence[str]) -> Page:
    """The page with commands that lead to the same server when they are typed as they stand."""
    words = shell_command(*options)
    steps = tuple(
        Step(command=f"{step.command} {words}", why=step.why) if words and step.command.startswith("pgconn ") else step
        for step in page.steps
    )
    return msgspec.structs.replace(page, steps=steps)
