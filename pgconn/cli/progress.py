"""How far something long is: bars and lines on stderr, and the signals that stop it."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, Final, Self

import typer

from pgconn.cli.messages import error, info, info_all
from pgconn.model.result import Listener, Message, Result
from pgconn.model.termination import Outcome, Victim

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """While it is entered, a signal ends nothing and is remembered, so that what was done is always known."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._remember) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt in the block as Ctrl-C does.

    After the first one all three are ignored until the block has ended, so that nothing interrupts the clearing up.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for every in _SIGNALS:
            signal.signal(every, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_WORTH_IT: Final = 2**25  # bytes; less is read before a bar could be seen
_MANY: Final = 50  # sessions
_BETWEEN_LINES: Final = 0.1  # seconds; lines go out together, so that thousands take no time


def show(message: Message) -> None:
    """One message with its hint."""
    error(message.text, message.hint)


def conclude(result: Result[Any]) -> None:
    """Show the messages that follow the document, and end the program where its exit code is not 0."""
    for message in result.messages:
        show(message)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


class Lines(Listener):
    """A listener that writes each message and outcome to stderr at once."""

    def on_message(self, message: Message) -> None:
        show(message)

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:  # noqa: ARG002
        info(f"{outcome.pid}: {outcome.result}{f' ({outcome.detail})' if outcome.detail else ''}")


class Terminal(Lines):
    """A listener for many sessions: lines in batches, a bar on a terminal, and an ear for Ctrl-C.

    Within its block an interrupt ends nothing; the action hears of it from `wants_stop`.
    """

    def __init__(self, verb: str = "") -> None:
        self._verb = verb
        self._lines: list[str] = []
        self._flushed = time.monotonic()
        self._interrupts = Interrupts()
        self._bar = contextlib.ExitStack()
        self._draw: Callable[[int], None] | None = None

    def __enter__(self) -> Self:
        self._interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._bar.close()
        self._interrupts.__exit__(kind, error, trace)

    @property
    def wants_stop(self) -> bool:
        return self._interrupts.came

    def on_message(self, message: Message) -> None:
        self._flush()
        super().on_message(message)

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        where = f"{victim.user or '?'}@{victim.database or '?'} {victim.client_addr or '?'}"
        client = f"{where} {victim.application_name or ''}".rstrip()
        detail = f": {outcome.detail}" if outcome.detail else ""
        self._lines.append(f"{victim.pid} ({client}) {outcome.result}{detail}")
        if time.monotonic() - self._flushed > _BETWEEN_LINES:
            self._flush()

    def on_progress(self, done: int, total: int) -> None:
        if self._draw is None:
            self._draw = self._bar.enter_context(_counting(self._verb, total))
        self._draw(done)
        if done == total:
            self._bar.close()

    def _flush(self) -> None:
        info_all(self._lines)
        self._lines, self._flushed = [], time.monotonic()


@contextlib.contextmanager
def reading(total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to report how many bytes were read; it draws nothing without a terminal or where it is soon over."""
    if not sys.stderr.isatty() or (total is not None and total < _WORTH_IT):
        yield lambda _: None
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn  # Rich takes 50 ms to load

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with _bar(columns, total) as draw:
        yield draw


@contextlib.contextmanager
def _counting(verb: str, total: int) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty() or total < _MANY:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # as above

    with _bar((TextColumn(verb), BarColumn(), MofNCompleteColumn()), total) as draw:
        yield draw


@contextlib.contextmanager
def _bar(columns: tuple[Any, ...], total: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # as above
    from rich.progress import Progress

    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        drawn = bar.add_task("", total=total)
        yield lambda done: bar.update(drawn, completed=done)
