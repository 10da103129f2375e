"""Lines of JSON in a file that grows: each is written whole or taken back, and says what it is and in which version."""

import contextlib
import os
from typing import Any, BinaryIO

import msgspec


class Newer(Exception):
    """What was read was written in a version that this pgconn does not know."""

    def __init__(self, version: int) -> None:
        super().__init__(f"written by a newer pgconn, as version {version}")
        self.version = version


class _Head(msgspec.Struct, frozen=True):
    kind: str
    version: int


def append(file: BinaryIO, data: bytes, *, sync: bool = False) -> None:
    """Write at the end of an unbuffered file, all or nothing; with `sync` it is on the disk then.

    Whatever interrupts it, an OSError or a signal, keeps the file as long as it was and is raised.
    """
    end = file.seek(0, os.SEEK_END)
    try:
        written = 0
        while written < len(data):
            written += file.write(data[written:]) or 0
        if sync:
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to report
            file.truncate(end)
        raise


def decode(data: bytes, kind: Any, *, tags: tuple[str, ...], newest: int) -> Any:
    """The value of type `kind`; raises Newer where its head names one of the tags in a version above the newest.

    Raises msgspec.DecodeError or UnicodeDecodeError for what is no such value.
    """
    head = msgspec.json.decode(data, type=_Head)
    if head.kind in tags and head.version > newest:
        raise Newer(head.version)
    return msgspec.json.decode(data, type=kind)


def decode_line(line: bytes, kind: Any, *, tags: tuple[str, ...], newest: int) -> Any:
    """The same for a line of a file, which is whole only with its line break."""
    if not line.endswith(b"\n"):
        raise msgspec.DecodeError("the line is cut short")
    return decode(line, kind, tags=tags, newest=newest)
