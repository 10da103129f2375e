"""stderr that holds up no work: what it does not take is lost, because the deed and its report count for more."""

import io
from typing import Any, TextIO


class _Forgiving(io.RawIOBase):
    """The raw stream below a text; bytes that a full disk or a reader who left does not take are dropped."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream  # which would close the file if nobody held it
        buffer: Any = stream.buffer
        self._raw: io.RawIOBase = getattr(buffer, "raw", buffer)  # which python -u leaves out

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        """So many bytes are done with."""
        try:
            return self._raw.write(data) or 0  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def forgiving(stream: TextIO) -> io.TextIOWrapper:
    """The same stream, a line at a time, that never raises an OSError."""
    raw = io.BufferedWriter(_Forgiving(stream))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors="backslashreplace", line_buffering=True)
