"""Messages on stderr, one plain line each; they hold up no work: what stderr does not take is lost.

This module is loaded by every run, `--help` among them, so it knows of no value of the model.
"""

import io
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from pgconn.text.harmless import harmless


def info(line: str) -> None:
    """One line."""
    print(f"pgconn: {harmless(line)}", file=sys.stderr, flush=True)


def info_all(lines: Iterable[str]) -> None:
    """Many lines at once, so that thousands take no time."""
    if text := "".join(f"pgconn: {harmless(line)}\n" for line in lines):
        sys.stderr.write(text)
        sys.stderr.flush()


def error(message: str, hint: str | None = None) -> None:
    """What went wrong, and what to do about it."""
    info(message)
    if hint:
        print(f"hint: {harmless(hint)}", file=sys.stderr, flush=True)


class _Forgiving(io.RawIOBase):
    """The raw stream below a text; bytes that a full disk or a closed pipe does not take are dropped."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream  # which would close the file if nothing held it
        buffer: Any = stream.buffer
        self._raw: io.RawIOBase = getattr(buffer, "raw", buffer)  # which python -u does not have

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        """How many bytes are done with."""
        try:
            return self._raw.write(data) or 0  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def forgiving(stream: TextIO) -> io.TextIOWrapper:
    """The same stream, a line at a time, that never raises an OSError."""
    raw = io.BufferedWriter(_Forgiving(stream))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors="backslashreplace", line_buffering=True)
