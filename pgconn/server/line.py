"""The socket under a startup packet: connected, encrypted, read to the exact byte, and all by one deadline."""

import contextlib
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import ssl

_GOODBYE = 1.0  # seconds that a peer may take to close; a server needs a millisecond

Kind: TypeAlias = Literal["asked", "entered", "refused", "silent", "closed", "foreign", "unreachable", "tls_failed"]


class NoAnswer(Exception):
    """PostgreSQL gave no answer: of which kind, and in libpq's words."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Line:
    """A socket that is read to the exact byte, with one deadline for everything."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline

    def send(self, data: bytes) -> None:
        """All of it; TimeoutError at the deadline."""
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def say(self, data: bytes) -> None:
        """All of it, to a peer that may have hung up: what it said before can still be read."""
        with contextlib.suppress(ConnectionError):
            self.send(data)

    def take(self, count: int) -> bytes:
        """Exactly so many bytes; EOFError when the peer closes before, TimeoutError at the deadline."""
        taken = bytearray()
        while len(taken) < count:
            self.sock.settimeout(_left(self.deadline))
            chunk = self.sock.recv(count - len(taken))
            if not chunk:
                raise EOFError
            taken += chunk
        return bytes(taken)

    def close(self) -> None:
        """Say that nothing more comes, and wait a moment until the peer has gone, and with it our place in a server."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            until = min(self.deadline, time.monotonic() + _GOODBYE)
            while True:
                self.sock.settimeout(_left(until))
                if not self.sock.recv(4096):
                    return

    def foreign(self, received: bytes) -> NoAnswer:
        """The error for a peer that is no PostgreSQL, with a little more of what it says."""
        with contextlib.suppress(OSError):
            self.sock.settimeout(min(0.2, _left(self.deadline)))
            received += self.sock.recv(60)
        words = received[:60].decode("ascii", "replace")
        return NoAnswer("foreign", f"expected authentication request from server, but received {words!r}")


def connect(host: str, port: int, deadline: float) -> socket.socket:
    """A connected socket; several addresses of a host share the time that is left."""
    if is_socket(host):
        return _connect_socket(f"{host}/.s.PGSQL.{port}", deadline)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("unreachable", f'could not translate host name "{host}" to address: {_reason(error)}') from error
    why = "no address"
    for left, (family, *_, address) in zip(range(len(found), 0, -1), found, strict=True):
        try:
            return _open(family, address, _left(deadline) / left)
        except ConnectionResetError as error:
            raise NoAnswer("closed", "server closed the connection unexpectedly") from error
        except OSError as error:
            why = _reason(error)
    raise NoAnswer("unreachable", why)


def _open(family: int, address: Any, seconds: float) -> socket.socket:
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        sock.settimeout(seconds)
        sock.connect(address)
        stack.pop_all()
        return sock


def _connect_socket(path: str, deadline: float) -> socket.socket:
    """A Unix socket; a leading @ means Linux's abstract names. A full queue is tried again until the deadline."""
    address = "\0" + path[1:] if path.startswith("@") else path
    while True:
        try:
            return _open(socket.AF_UNIX, address, _left(deadline))
        except BlockingIOError:
            time.sleep(0.05)
        except OSError as error:
            raise NoAnswer(
                "unreachable", f'connection to server on socket "{path}" failed: {_reason(error)}'
            ) from error


def encrypt(line: Line, host: str, sslmode: str, rootcert: str | None) -> "ssl.SSLSocket":
    """The line's socket with TLS on it; the certificate is tested by verify-ca and verify-full alone."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = sslmode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if sslmode.startswith("verify") else ssl.CERT_NONE
    if context.verify_mode == ssl.CERT_REQUIRED:
        _trust(context, rootcert)
    line.sock.settimeout(_left(line.deadline))
    try:
        return context.wrap_socket(line.sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer("tls_failed", f"SSL error: certificate verify failed: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise NoAnswer("tls_failed", tls_words(error.reason or error)) from error


def _trust(context: "ssl.SSLContext", rootcert: str | None) -> None:
    """Which certificates to trust, as libpq decides it."""
    if rootcert == "system":
        context.load_default_certs()
        return
    path = Path(rootcert).expanduser() if rootcert else Path.home() / ".postgresql" / "root.crt"
    try:
        context.load_verify_locations(path)
    except FileNotFoundError as error:
        raise NoAnswer("tls_failed", f'root certificate file "{path}" does not exist') from error
    except OSError as error:
        raise NoAnswer("tls_failed", f'could not read root certificate file "{path}": {_reason(error)}') from error


def is_socket(host: str) -> bool:
    return host.startswith(("/", "@"))


def tls_words(reason: object) -> str:
    return f"SSL error: {str(reason).replace('_', ' ').lower()}"


def _left(deadline: float) -> float:
    """Seconds until the deadline; TimeoutError when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timeout expired")
    return seconds


def _reason(error: Exception) -> str:
    """The system's words for an error, in libpq's for a timeout."""
    if isinstance(error, TimeoutError):
        return "timeout expired"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
