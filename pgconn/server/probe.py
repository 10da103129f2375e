"""A startup packet by hand: what answers at an address, and with which codes it refuses.

A driver hides the SQLSTATE and the routine of a refused connect; the bytes do not. Nothing here authenticates.
"""

import contextlib
import struct
import time
from typing import Final

import msgspec

from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.refusal import Refusal
from pgconn.refusals import EMPTY, read_fields, read_text
from pgconn.server.line import Kind, Line, NoAnswer, connect, encrypt, is_socket, tls_words

__all__ = ["Answer", "Kind", "probe"]

_PROTOCOL: Final = 3 << 16
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
_TERMINATE: Final = struct.pack("!ci", b"X", 4)
# libpq's own bound on an error, and far more than any other message before the login is done.
_LONGEST: Final = 30000
_MOST_MESSAGES: Final = 200
_LONGEST_OLD_ERROR: Final = 2000
_METHODS: Final = {3: "password", 5: "md5", 7: "gss", 9: "sspi", 10: "sasl"}
# The attempts of each sslmode, with TLS and without, first to last; libpq does the same.
_ATTEMPTS: Final = {
    "disable": (False,),
    "allow": (False, True),
    "prefer": (True, False),
    "require": (True,),
    "verify-ca": (True,),
    "verify-full": (True,),
}


class Answer(Value, frozen=True, kw_only=True):
    """What came back.

    asked: authentication was asked for, so a slot was free; `method` tells which.
    entered: no authentication was needed, and the session was there.
    refused: an error came, with `fields` by their letters, or in the old protocol with `text` alone.
    silent, closed, foreign, unreachable, tls_failed: PostgreSQL gave no answer; `text` says it in libpq's words.
    `behind` is true where a pooler handed on that the server behind it had refused before it asked for a password, and
    not why.
    """

    kind: Kind
    text: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    method: str | None = None
    encrypted: bool = False
    behind: bool = False

    @property
    def slot_was_free(self) -> bool:
        """Whether the server had a slot; it tests its reserves and limits only after the login."""
        return self.kind in ("asked", "entered")

    @property
    def refusal(self) -> Refusal | None:
        """The refusal that this answer is, or None where there was a slot."""
        if self.slot_was_free:
            return None
        if self.behind:
            return EMPTY
        return read_fields(self.fields) if self.fields else read_text(self.text)

    @property
    def is_postgresql(self) -> bool:
        """Whether an error has the fields that PostgreSQL always sends, and each pooler omits some of."""
        return all(field in self.fields for field in "VFLR")

    @property
    def product(self) -> str | None:
        """The pooler that this error comes from, where its fields or its words tell."""
        refusal = self.refusal if self.fields and not self.is_postgresql else None
        return refusal.source if refusal and refusal.source not in ("pooler", "postgresql", "unknown") else None


def probe(
    host: str,
    port: int,
    user: str,
    database: str,
    *,
    sslmode: str = "prefer",
    timeout: float = 5.0,
    replication: str | None = None,
    sslrootcert: str | None = None,
    server_name: str | None = None,
) -> Answer:
    """Connect to a server, read its first answer, and close without logging in; the slot is then free again.

    A host that begins with / or @ is the directory of a Unix socket, where there is no TLS. `timeout` is in
    seconds and covers everything but the look-up of the name. `sslrootcert` is a file, `system`, or None for
    ~/.postgresql/root.crt; `server_name` is the name of the host for TLS, where `host` is an address.
    WrongUsage for an unknown sslmode, an impossible port, or a name with a zero byte.
    """
    if sslmode not in _ATTEMPTS:
        raise WrongUsage(f"{sslmode!r} is not an sslmode", hint=f"one of {', '.join(_ATTEMPTS)}")
    if not 0 < port < 65536:
        raise WrongUsage(f"{port} is not a port", hint="a port is a number from 1 to 65535")
    packet, deadline = _startup(user, database, replication), time.monotonic() + timeout
    attempts = (False,) if is_socket(host) else _ATTEMPTS[sslmode]
    modes = [sslmode if tls else "disable" for tls in attempts]
    place = (host, port, server_name or host)
    first = _attempt(place, packet, deadline, modes[0], sslrootcert)
    denied = first.fields.get("C") == "28000"
    if len(modes) == 1 or not (denied or first.kind in ("tls_failed", "closed")):
        return first
    second = _attempt(place, packet, deadline, modes[1], sslrootcert)
    refusal = second.refusal
    return second if not denied or refusal is None or refusal.wants_slot else first


def nameless(
    host: str, port: int, *, sslmode: str = "prefer", timeout: float = 2.0, server_name: str | None = None
) -> Answer:
    """What answers to a startup packet that names no user, which no program can pass on to a server of its choice.

    It takes no slot, and PostgreSQL refuses it before anything else, however full it is.
    """
    packet, deadline = _packet({"application_name": "pgconn"}), time.monotonic() + timeout
    attempts = (False,) if is_socket(host) else _ATTEMPTS.get(sslmode, (True, False))
    mode = _without_verification(sslmode) if attempts[0] else "disable"
    return _attempt((host, port, server_name or host), packet, deadline, mode, None)


def _without_verification(sslmode: str) -> str:
    """The mode that encrypts alike: who answers is asked here, not whether it may be trusted with anything."""
    return "require" if sslmode.startswith("verify") else sslmode


def _attempt(place: tuple[str, int, str], packet: bytes, deadline: float, sslmode: str, rootcert: str | None) -> Answer:
    """One connection to a host, port and name, with TLS unless sslmode is `disable`, or `prefer` and there is none."""
    encrypted, (host, port, name) = False, place
    try:
        with contextlib.ExitStack() as stack:
            line = Line(stack.enter_context(connect(host, port, deadline)), deadline)
            if sslmode != "disable":
                line.say(_SSL_REQUEST)
                received = line.take(1)
                if received == b"E":
                    return _error(line, encrypted)
                if received not in (b"S", b"N"):
                    raise line.foreign(received)
                encrypted = received == b"S"
                if encrypted:
                    line.sock = stack.enter_context(encrypt(line, name, sslmode, rootcert))
                elif sslmode != "prefer":
                    raise NoAnswer("tls_failed", "server does not support SSL, but SSL was required")
            line.say(packet)
            answer = _listen(line, encrypted)
            line.close()
            return answer
    except NoAnswer as error:
        return Answer(kind=error.kind, text=error.text)
    except (EOFError, OSError) as error:
        return _broken(error, encrypted)


def _listen(line: Line, encrypted: bool) -> Answer:
    """The first message that decides, after whatever comes before it."""
    for _ in range(_MOST_MESSAGES):
        kind = line.take(1)
        if kind == b"E":
            return _error(line, encrypted)
        if kind not in b"RSKNvZ":
            raise line.foreign(kind)
        head = line.take(4)
        length = int.from_bytes(head)
        if not 4 <= length <= _LONGEST:
            raise line.foreign(kind + head)
        body = line.take(length - 4)
        if kind == b"Z":
            with contextlib.suppress(OSError):
                line.send(_TERMINATE)
            return Answer(kind="entered", encrypted=encrypted)
        # AuthenticationOk is no answer yet: the limits of role and database are tested after it.
        if kind == b"R" and (method := int.from_bytes(body[:4])):
            if method not in _METHODS:
                raise line.foreign(kind + head + body)
            return Answer(kind="asked", method=_METHODS[method], encrypted=encrypted)
    raise line.foreign(b"")


def _error(line: Line, encrypted: bool, begun: bytes = b"") -> Answer:
    """The error whose first byte was read: with fields, or of the old protocol a text that ends with a zero.

    The postmaster speaks the old one when it cannot fork, and up to 13 before it has read the startup packet. Pgpool-II
    sends one without a text before the real one, where the server behind it refused before it asked for a password.
    """
    head = begun + line.take(4 - len(begun))
    if head.startswith(b"\0E"):
        return msgspec.structs.replace(_error(line, encrypted, head[2:]), behind=True)
    length = int.from_bytes(head)
    if 8 <= length <= _LONGEST:
        fields = _fields(line, length - 4)
        return Answer(kind="refused", text=fields.get("M", ""), fields=fields, encrypted=encrypted)
    received = bytearray(head)
    with contextlib.suppress(EOFError):
        while not received.endswith(b"\0") and len(received) < _LONGEST_OLD_ERROR:
            received += line.take(1)
    text = received.rstrip(b"\0\n").decode("utf-8", "replace")
    if not text.replace("\n", "").isprintable():
        raise line.foreign(b"E" + received)
    return Answer(kind="refused", text=text, encrypted=encrypted)


def _fields(line: Line, length: int) -> dict[str, str]:
    """The fields by their letters; those of pgagroal are one byte longer than it says."""
    body = line.take(length)
    return {chr(part[0]): part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part[:1].isalpha()}


def _broken(error: Exception, encrypted: bool) -> Answer:
    """What a connection that ended midway says."""
    if isinstance(error, TimeoutError):
        text = "timeout expired: the connection was taken, and then there was no answer"
        return Answer(kind="silent", text=text, encrypted=encrypted)
    # An alert that comes after the handshake; the attribute is that of an ssl.SSLError, which need not be loaded.
    if (reason := getattr(error, "reason", None)) and "EOF" not in str(reason):
        return Answer(kind="tls_failed", text=tls_words(reason), encrypted=encrypted)
    return Answer(kind="closed", text="server closed the connection unexpectedly", encrypted=encrypted)


def _startup(user: str, database: str, replication: str | None) -> bytes:
    """The startup packet of a login."""
    return _packet({"user": user, "database": database, "replication": replication, "application_name": "pgconn"})


def _packet(wanted: dict[str, str | None]) -> bytes:
    """A startup packet of protocol 3.0."""
    words = [word for name, value in wanted.items() if value is not None for word in (name, value)]
    if any("\0" in word for word in words):
        raise WrongUsage("a user or a database has no zero byte in its name")
    body = b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words) + b"\0"
    return struct.pack("!ii", len(body) + 8, _PROTOCOL) + body
