"""The bytes of a log in blocks of constant size, from a file, a compressed one or a pipe."""

import codecs
import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from pgconn.errors import WrongUsage

SIZE: Final = 2**20
_GZIP: Final = b"\x1f\x8b"
_PACKED: Final = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_UNPACKERS: Final = {"zip": "unzip -p"}
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Blocks:
    """The blocks of a file, or of what is piped in where there is no path; what gzip compressed is unpacked.

    A text in UTF-16, as Windows writes what a command prints, comes in UTF-8. What others compressed is refused.

    `read` counts the bytes of the file itself, and `tell` is called with it after each block.
    """

    def __init__(self, path: Path | None, tell: Callable[[int], None] = lambda _: None) -> None:
        self.name = "the input" if path is None else str(path)
        self.read = 0
        self._path, self._tell = path, tell
        self._back = b""

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._path is None:
                yield from self._readable(self._unpacked(sys.stdin.buffer))
            else:
                with self._path.open("rb", buffering=0) as file:
                    yield from self._readable(self._unpacked(cast("BinaryIO", file)))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            hint = "unpack what is left of it with gzip -dc, and pipe it in"
            raise WrongUsage(f"{self.name} is damaged: {error}", hint=hint) from None
        except OSError as error:
            hint = "name a log that you may read, or pipe it in"
            raise WrongUsage(f"cannot read {self.name}: {error.strerror}", hint=hint) from None

    def _readable(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        first = next(blocks, b"")
        packed = next((name for magic, name in _PACKED.items() if first.startswith(magic)), None)
        if packed is not None:
            hint = f"unpack it and pipe it in: {_UNPACKERS.get(packed, f'{packed} -dc')} FILE | pgconn explain"
            raise WrongUsage(f"{self.name} is compressed with {packed}, which pgconn does not read", hint=hint)
        if first.startswith(_UTF_16):
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
            yield from (decoder.decode(block).encode("utf-8", "replace") for block in chain((first,), blocks))
        elif first:
            yield first
            yield from blocks

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        block = self._block(file)
        if block.startswith(_GZIP):
            self._back = block
            with gzip.GzipFile(fileobj=cast("BinaryIO", _Packed(self, file))) as unpacked:
                while block := _full(unpacked.read, SIZE):
                    yield block
        while block:
            yield block
            block = self._block(file)

    def _block(self, file: BinaryIO) -> bytes:
        block = _full(file.read, SIZE)
        self.read += len(block)
        self._tell(self.read)
        return block

    def packed(self, file: BinaryIO, size: int) -> bytes:
        """So many bytes as they are in the file."""
        if not self._back:
            self._back = self._block(file)
        given, self._back = self._back[:size], self._back[size:]
        return given


class _Packed:
    """What the gzip module reads from."""

    def __init__(self, blocks: Blocks, file: BinaryIO) -> None:
        self._blocks, self._file = blocks, file

    def read(self, size: int) -> bytes:
        return self._blocks.packed(self._file, size)


def _full(read: Callable[[int], bytes | None], size: int) -> bytes:
    """What `read` gives, asked again until there is enough or no more."""
    block = read(size) or b""
    while 0 < len(block) < size and (more := read(size - len(block))):
        block += more
    return block
