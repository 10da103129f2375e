"""One login by libpq, step by step: a refusal with all of its codes, and how far a login came before it fell silent.

libpq keeps the SQLSTATE and the routine of a refused login to itself unless it is asked to be verbose, which psycopg
does not offer: the function is called in the library that psycopg has loaded. Where that cannot be done (Windows),
there is the text alone, in the language of the server. psycopg would decode it by client_encoding, which is SQL_ASCII
here, so its bytes are read instead.
"""

import contextlib
import ctypes
import sys
import time
from collections.abc import Callable, Generator
from functools import cache
from typing import Any, Final, Literal

import psycopg
from psycopg import conninfo, waiting
from psycopg._conninfo_attempts import conninfo_attempts
from psycopg.pq import ConnStatus, PGconn, PollingStatus
from psycopg.pq.abc import PGconn as Line

_DEFAULT: Final = 1  # PQERRORS_DEFAULT
_VERBOSE: Final = 2  # PQERRORS_VERBOSE
_PULSE: Final = 0.1  # seconds between looks at the clock
_MODULES: Final = {"binary": "psycopg_binary._psycopg", "c": "psycopg_c._psycopg"}

Silence = Literal["unreached", "mute", "queued"]
"""How far a login came that got no answer in time: no connection; one on which nothing tells that it is read; one
on which a password was asked for or accepted, and then nothing more came."""
Place = tuple[str, str]


class LoginFailed(Exception):
    """No session: what libpq says of each host, where the last one is, and the silence that it ended with."""

    def __init__(self, text: str, place: Place, silence: Silence | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.place = place
        self.silence = silence


class Patience:
    """How long one login may take: `reach` seconds until a peer has taken the connection, `answer` seconds in all.

    `on_silence` is called once, where a peer that has taken the connection says nothing for `reach` seconds.
    """

    def __init__(self, reach: float, answer: float, on_silence: Callable[[], None] | None) -> None:
        self._began = time.monotonic()
        self._reach = reach
        self._answer = max(reach, answer)
        self._on_silence = on_silence

    def test(self, line: Line) -> None:
        """Raises LoginFailed where the time is over."""
        seconds = time.monotonic() - self._began
        if seconds < self._reach:
            return
        silence = _silence(line)
        if silence == "unreached":
            raise LoginFailed("timeout expired", _place(line), silence)
        if seconds >= self._answer:
            words = f"timeout expired: the connection was taken, and nothing came for {seconds:.0f} s"
            raise LoginFailed(words, _place(line), silence)
        if self._on_silence is not None:
            self._on_silence()
            self._on_silence = None


def log_in(parameters: dict[str, Any], patience: float = 0.0, on_silence: Callable[[], None] | None = None) -> Line:
    """The connection, by the first host that lets us in; raises LoginFailed when none does.

    connect_timeout holds for each host; one that has taken the connection may be silent for `patience` seconds, if that
    is longer.
    """
    reach = float(conninfo.timeout_from_conninfo(parameters))
    failures: list[LoginFailed] = []
    for attempt in conninfo_attempts(parameters):
        steps = _steps(conninfo.make_conninfo("", **attempt), Patience(reach, patience, on_silence))
        try:
            return waiting.wait_conn(steps, interval=_PULSE)
        except LoginFailed as failed:
            failures.append(failed)
    silence = next((failed.silence for failed in reversed(failures) if failed.silence), None)
    raise LoginFailed("\n".join(failed.text for failed in failures), failures[-1].place, silence)


def _steps(described: str, patience: Patience) -> Generator[Any, Any, Line]:
    """The steps of a login, each taken when the socket is ready; the connection."""
    line: Line = PGconn.connect_start(described.encode())
    try:
        _speak(line, _VERBOSE)
        while line.status != ConnStatus.BAD and (step := line.connect_poll()) != PollingStatus.FAILED:
            if step == PollingStatus.OK:
                _speak(line, _DEFAULT)
                line.nonblocking = 1
                return line
            wait = waiting.Wait.R if step == PollingStatus.READING else waiting.Wait.W
            while not (yield line.socket, wait):
                patience.test(line)
        raise LoginFailed(readable(line.error_message).strip(), _place(line))
    except BaseException:
        line.finish()
        raise


def _silence(line: Line) -> Silence:
    if line.status in (ConnStatus.STARTED, ConnStatus.NEEDED):
        return "unreached"
    return "queued" if line.used_password or line.status == ConnStatus.AUTH_OK else "mute"


def _place(line: Line) -> Place:
    """The host and the port that were tried last, as libpq knows them."""
    with contextlib.suppress(psycopg.Error):
        return readable(line.host), readable(line.port)
    return "", ""


def readable(text: bytes) -> str:
    """The words of a peer whose encoding is not known yet: UTF-8, or else one in which most bytes are a character."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "backslashreplace")


def _speak(line: Line, verbosity: int) -> None:
    """Have libpq say more or less in its errors, where it is within reach."""
    set_verbosity, pointer = _set_verbosity(), getattr(line, "pgconn_ptr", None)
    if set_verbosity is not None and pointer:
        set_verbosity(pointer, verbosity)


@cache
def _set_verbosity() -> Callable[[int, int], int] | None:
    """`PQsetErrorVerbosity` of the library that psycopg uses; None where it is out of reach."""
    module = sys.modules.get(_MODULES.get(psycopg.pq.__impl__, ""))
    name = module.__file__ if module else psycopg.pq.misc.find_libpq_full_path()
    try:
        function = ctypes.CDLL(name).PQsetErrorVerbosity if name else None
    except (OSError, AttributeError):
        return None
    if function is not None:
        function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_int), ctypes.c_int
    return function
