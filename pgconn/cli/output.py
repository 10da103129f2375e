"""The answer of a command, written to stdout in the format that was asked for."""

import os
import shutil
import sys
from typing import Annotated, Final, Literal, TextIO

import msgspec

from pgconn.cli.options import panel
from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model import Value
from pgconn.render.formats import FORMATS, Screen
from pgconn.render.views import ViewOptions

_option = panel("Output")

Format = Literal["table", "plain", "json", "csv", "markdown"]


class Output(Value, frozen=True, kw_only=True):
    """How the answer is written."""

    output: Annotated[
        Format | None,
        _option(
            "-o",
            "--output",
            metavar="FORMAT",
            help="table, plain, json, csv or markdown. Default: table on a terminal, else plain.",
        ),
    ] = None
    json: Annotated[bool, _option("--json", help="Short for -o json.")] = False

    def __post_init__(self) -> None:
        """Before any question is asked, say that no answer can be what both options want."""
        if self.json and self.output not in (None, "json"):
            raise WrongUsage(f"--json and -o {self.output} contradict each other", hint="omit one of them")

    @property
    def format(self) -> Format:
        """The format that was asked for, or that fits where the answer goes."""
        return "json" if self.json else self.output or ("table" if sys.stdout.isatty() else "plain")


USUAL: Final = ViewOptions()


def write(document: Value, output: Output, options: ViewOptions = USUAL) -> None:
    """Write the document as `output` asks, and its picture with these options.

    Raises PartlyDone when stdout takes no more, but not when its reader went away, who has seen enough.
    """
    screen = screen_of(sys.stdout)
    if options.rows is not None:  # rows that were asked for are given, however low the screen
        screen = msgspec.structs.replace(screen, height=None)
    text = FORMATS[output.format](document, options, screen)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise PartlyDone(f"cannot write the answer: {error.strerror}", hint="make room where stdout goes") from None


def in_json(document: Value) -> str:
    """The document as JSON, as stdout can encode it."""
    return FORMATS["json"](document, USUAL, screen_of(sys.stdout))


def screen_of(stream: TextIO) -> Screen:
    """Where text for this stream goes: what COLUMNS, LINES or the terminal say, and whether colours are welcome."""
    width, height = shutil.get_terminal_size((80, 24))
    terminal = stream.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(width=width, height=height if terminal else None, color=color, encoding=stream.encoding or "ascii")
