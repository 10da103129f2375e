"""A question to the person at the keyboard, and what holds where there is none."""

import sys

import typer

from pgconn.errors import NotConfirmed
from pgconn.text.harmless import harmless


def confirm(question: str, *, yes: bool, option: str = "--yes", otherwise: str = "nothing was changed") -> None:
    """Go on only where somebody says yes or the option that stands for it was given; raises NotConfirmed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed(f"{otherwise}: there is no terminal to ask on", hint=f"{option} does it without asking")
    try:
        agreed = typer.confirm(harmless(question), err=True)
    except typer.Abort:  # Ctrl-C or the end of the input, which leaves the question's line open
        print(file=sys.stderr)
        raise
    if not agreed:
        raise NotConfirmed(otherwise)
