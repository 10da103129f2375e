"""Whether it is this very server that answers at an address, and not a tunnel, a proxy or a neighbour."""

import contextlib
import socket
import struct
import time
from pathlib import Path
from typing import Any, Final

import psutil

from pgconn.model.process import Postmaster

_ANSWERED_WITHIN: Final = 2.0  # seconds in which a server takes a new connection
_PAUSE: Final = 0.01
_OVERLAP: Final = 2.0  # seconds by which the start of a process may seem too early
_CREDENTIALS: Final = struct.Struct("3i")


def serves(postmaster: Postmaster, client: socket.socket) -> bool:
    """Whether the other end of a new connection is a child of this postmaster, or its own listening socket.

    Each child is looked at once and the newest first: in a storm of logins there are many, and a look is not cheap.
    """
    if client.family == getattr(socket, "AF_UNIX", None):
        return _listens(postmaster, client)
    port, since = client.getsockname()[1], time.time() - _OVERLAP
    deadline = time.monotonic() + _ANSWERED_WITHIN
    others: set[psutil.Process] = set()
    while True:
        last = time.monotonic() >= deadline  # decided before the scan, which may take long
        for child in _children_since(postmaster, since):
            if child in others:
                continue
            ports = _remote_ports(child)
            if port in ports:
                return True
            if ports:
                others.add(child)
        if last:
            return False
        time.sleep(_PAUSE)


def _listens(postmaster: Postmaster, client: socket.socket) -> bool:
    """Whether the postmaster made the Unix socket; Linux tells who did, elsewhere its lock file does."""
    if hasattr(socket, "SO_PEERCRED"):
        peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return bool(_CREDENTIALS.unpack(peer)[0] == postmaster.pid)
    with contextlib.suppress(OSError):
        lock = Path(f"{client.getpeername()}.lock")
        return lock.read_text().partition("\n")[0].strip() == str(postmaster.pid)
    return False


def _children_since(postmaster: Postmaster, since: float) -> list[psutil.Process]:
    """The children that began since then, the newest first."""
    begun: list[tuple[float, int, psutil.Process]] = []
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(postmaster.pid).children():
            with contextlib.suppress(psutil.Error):  # gone meanwhile
                begun.append((child.create_time(), child.pid, child))
    return [child for at, _, child in sorted(begun, key=lambda one: one[:2], reverse=True) if at >= since]


def _remote_ports(process: psutil.Process) -> set[int]:
    ask: Any = getattr(process, "net_connections", None) or getattr(process, "connections")  # noqa: B009 - before psutil 6
    with contextlib.suppress(psutil.Error):
        return {connection.raddr.port for connection in ask("inet") if connection.raddr}
    return set()
