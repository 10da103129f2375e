"""How the answer is written."""

import sys
from typing import Annotated, Literal

from pgconn.cli.options import panel
from pgconn.errors import WrongUsage
from pgconn.model import Value

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
