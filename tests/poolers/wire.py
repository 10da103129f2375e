"""A client of the bare protocol: what a pooler answers to a login and a query, with every field of its errors."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pgconn.demo.clients import PATIENCE

_PROTOCOL: Final = 3 << 16
_TERMINATE: Final = struct.pack("!ci", b"X", 4)
_AFTER_FATAL: Final = 1.0  # seconds for what follows an error that ends a session; Pgpool then keeps the line open


@dataclass(slots=True, kw_only=True)
class Heard:
    """What came: the errors and notices by their fields, and how far the client got."""

    errors: list[dict[str, str]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    logged_in: bool = False
    served: bool = False
    asked: bool = False  # for a password
    old_error: bool = False  # an error of the protocol before 3, which has a text alone

    def says(self) -> str:
        """One line for a failed assertion."""
        texts = [f"{one.get('S')} {one.get('C')} {one.get('M')}" for one in self.errors]
        return "; ".join(texts) or ("served" if self.served else "silence")


class Client:
    """One connection; `ask` sends a query. Nothing here retries, so what is heard is what was sent."""

    def __init__(self, host: str, port: int, **parameters: str) -> None:
        self._socket = socket.create_connection((host, port), timeout=PATIENCE)
        self._deadline = time.monotonic() + PATIENCE
        words = [word for name, value in parameters.items() for word in (name, value)]
        body = b"".join(word.encode() + b"\0" for word in words) + b"\0"
        self._received = b""
        self._ended = False
        self.heard = Heard()
        self._send(struct.pack("!ii", len(body) + 8, _PROTOCOL) + body)

    def ask(self, query: str) -> None:
        """Send a query of the simple protocol."""
        body = query.encode() + b"\0"
        self.heard.served = False
        self._send(struct.pack("!ci", b"Q", len(body) + 4) + body)

    def listen(self, seconds: float = PATIENCE) -> Heard:
        """Read until it may go on, is asked for a password, or hears no more."""
        if self._ended:
            return self.heard
        self._deadline = time.monotonic() + seconds
        with contextlib.suppress(EOFError, TimeoutError, ConnectionError):
            while self._take_message():
                pass
        return self.heard

    def close(self) -> None:
        """Say good-bye, and wait until the other side has closed."""
        with contextlib.suppress(OSError):
            self._socket.sendall(_TERMINATE)
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(1.0)
            while self._socket.recv(65536):
                pass
        self._socket.close()

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # what was sent before the end is still to be read
            self._socket.sendall(data)

    def _take_message(self) -> bool:
        """Read one message; False at the one that ends a turn."""
        kind = self._take(1)
        head = self._take(4)
        length = int.from_bytes(head)
        if kind == b"E" and not 8 <= length <= 30000:
            self._received = head + self._received
            self._old_error()
            return True
        body = self._body(length - 4)
        if kind in b"EN":
            (self.heard.errors if kind == b"E" else self.heard.notices).append(_fields(body))
            if kind == b"E" and self.heard.errors[-1].get("S") != "ERROR":
                self._ended = True
                self._deadline = min(self._deadline, time.monotonic() + _AFTER_FATAL)
        elif kind == b"S":
            name, value = body.split(b"\0")[:2]
            self.heard.parameters[name.decode()] = value.decode()
        elif kind == b"R" and int.from_bytes(body[:4]):
            self.heard.asked = True
            return False
        elif kind == b"Z":
            self.heard.logged_in, self.heard.served = True, self.heard.logged_in
            return False
        return True

    def _old_error(self) -> None:
        """An error of the protocol before 3: a text alone, which ends with a zero, and may be empty."""
        self.heard.old_error = True
        text = b""
        while (character := self._take(1)) != b"\0":
            text += character
        self.heard.errors.append({"M": text.decode(errors="replace").strip()})

    def _body(self, length: int) -> bytes:
        """The rest of a message; what a pooler counts wrongly ends with the connection."""
        try:
            return self._take(length)
        except (EOFError, ConnectionError):
            body, self._received = self._received, b""
            return body

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._socket.settimeout(max(0.001, self._deadline - time.monotonic()))
            chunk = self._socket.recv(65536)
            if not chunk:
                raise EOFError
            self._received += chunk
        taken, self._received = self._received[:count], self._received[count:]
        return taken


def _fields(body: bytes) -> dict[str, str]:
    return {chr(part[0]): part[1:].decode(errors="replace") for part in body.split(b"\0") if part}


@contextlib.contextmanager
def client(host: str, port: int, **parameters: str) -> Iterator[Client]:
    """One connection for as long as the block lasts."""
    opened = Client(host, port, **parameters)
    try:
        yield opened
    finally:
        opened.close()
