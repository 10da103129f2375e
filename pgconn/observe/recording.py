"""A recording: one snapshot a line as JSON, compressed when the name ends in .gz.

Each line (in a compressed file, each member of the gzip stream) is written whole or taken back, so whatever ends the
recording, the file is readable up to the last line.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal, Self

import msgspec

from pgconn.errors import NoSlot, PartlyDone, Unavailable, WrongUsage
from pgconn.model import Value
from pgconn.model.result import Message
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation, ObservationListener
from pgconn.text.jsonl import Newer, append, decode_line
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command

VERSION: Final = 1

_CHUNK: Final = 65536  # bytes
_GZIP: Final = 31  # what zlib calls the format of gzip with its checks


class Recorded(Value, frozen=True, kw_only=True, tag_field="kind", tag="snapshot"):
    """One line of a recording."""

    version: Literal[1] = 1
    snapshot: Snapshot


class Recorder:
    """Appends snapshots to a file; one that holds anything but a recording is refused and left as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._compressed = path.suffix == ".gz"
        self.written = 0
        try:
            self._file: BinaryIO = self._open()
        except OSError as error:
            raise WrongUsage(
                f"cannot write {path}: {error.strerror}", hint="name a file in a folder that you may write to"
            ) from None

    def _open(self) -> BinaryIO:
        if self._path.exists() and not self._path.is_file():
            raise WrongUsage(f"{self._path} is not a file", hint="a recording grows, so it needs a file of its own")
        if self._path.exists() and self._path.stat().st_size:
            for _ in read(self._path):
                pass
        return self._path.open("ab", buffering=0)

    def write(self, snapshot: Snapshot) -> None:
        """Append one snapshot; a line that does not fit on the disk is taken back, and PartlyDone says so."""
        line = msgspec.json.encode(Recorded(snapshot=snapshot)) + b"\n"
        data = zlib.compress(line, level=9, wbits=_GZIP) if self._compressed else line
        try:
            append(self._file, data)
        except OSError as error:
            raise PartlyDone(
                f"cannot write to {self._path}: {error.strerror}; "
                f"{show_count(self.written, 'snapshot')} of this run kept",
                hint="make room, or record to another disk; what the file holds is readable",
            ) from None
        self.written += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Recording(ObservationListener):
    """Records what a sampler observes; the file is opened with the first observation, without which the run ends."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path, self._tell = path, tell
        self._recorder: Recorder | None = None

    def on_message(self, message: Message) -> None:
        """Hand it on."""
        self._tell(message.text)

    def on_observation(self, observation: Observation) -> None:
        """Append the newest snapshot."""
        self._recorder = self._recorder or Recorder(self._path)
        self._recorder.write(observation.now)

    def on_missed(self, error: NoSlot | Unavailable) -> None:
        """Go on where something was recorded already."""
        if self._recorder is None:
            raise error
        self._tell(f"no snapshot this time: {error.message}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._tell(f"{show_count(self._recorder.written, 'snapshot')} written to {self._path}")


def read(path: Path) -> Iterator[Snapshot]:
    """The snapshots of a recording, oldest first; raises WrongUsage with the line that is damaged, cut or newer."""
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_unpacked(file) if path.suffix == ".gz" else file, 1):
                yield _decode(line, path, number)
    except (EOFError, zlib.error) as error:
        raise _damaged(path, number + 1, f"the compressed data is damaged or cut ({error})") from None
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror or error}") from None
    if not number:
        raise WrongUsage(f"{path} is empty", hint="pgconn record FILE writes a recording")


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a gzip file, each before what follows it is looked at, so that damage hides no line before it."""
    line, member = b"", None
    for packed in iter(lambda: file.read(_CHUNK), b""):
        while packed:
            member = member or zlib.decompressobj(wbits=_GZIP)
            *whole, line = (line + member.decompress(packed)).split(b"\n")
            yield from (one + b"\n" for one in whole)
            packed, member = member.unused_data, None if member.eof else member
    if member is not None:
        raise EOFError("it ends too early")
    if line:
        yield line


def last(path: Path) -> Snapshot:
    """The newest snapshot of a recording."""
    *_, newest = read(path)
    return newest


def _decode(line: bytes, path: Path, number: int) -> Snapshot:
    try:
        recorded: Recorded = decode_line(line, Recorded, tags=("snapshot",), newest=VERSION)
    except Newer as error:
        raise WrongUsage(
            f"{path}, line {number}: {error} (known here: {VERSION})",
            hint="read it with the pgconn that wrote it, or a newer one",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(path, number, str(error)) from None
    return recorded.snapshot


def _damaged(path: Path, number: int, why: str) -> WrongUsage:
    lines = f"{'zcat' if path.suffix == '.gz' else 'cat'} {shell_command(str(path))} | head -n {number - 1}"
    before = f" The lines before are good: {lines} shows them" if number > 1 else ""
    return WrongUsage(f"{path}, line {number}: {why}", hint=f"is it a recording of pgconn?{before}")
