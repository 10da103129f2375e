"""stderr that holds up no work: what it does not take is lost, because the deed and its report count for more."""

import io
from typing import Protocol


class _Stream(Protocol):
    @property
    def encoding(self) -> str: ...

    def fileno(self) -> int: ...


class _Forgiving(io.FileIO):
    """The raw stream; bytes that a full disk or a reader who left does not take are dropped."""

    def write(self, data: object, /) -> int:
        """So many bytes are done with."""
        try:
            return super().write(data) or 0  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def forgiving(stream: _Stream) -> io.TextIOWrapper:
    """The same stream, for text, a line at a time, that never raises an OSError."""
    raw = _Forgiving(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=stream.encoding, errors="backslashreplace", line_buffering=True
    )
