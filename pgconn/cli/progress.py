"""How far something long is, on stderr and only where that is a terminal."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Final

_WORTH_IT: Final = 2**25  # bytes
_MANY: Final = 50  # sessions


@contextlib.contextmanager
def progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to tell how many bytes were read; it draws nothing where nobody looks or it is soon over."""
    if not sys.stderr.isatty() or (total is not None and total < _WORTH_IT):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


@contextlib.contextmanager
def counting(verb: str, total: int) -> Iterator[Callable[[int], None]]:
    """A function to tell how many sessions are done with; it draws nothing where nobody looks or they are few."""
    if not sys.stderr.isatty() or total < _MANY:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(verb), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)
