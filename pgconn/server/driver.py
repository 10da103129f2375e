"""The driver behind a session: psycopg, its connection with a time limit, and its errors as errors of ours.

Of the library only `server` knows psycopg, and only `Server.connect` loads this module: what needs no server starts
without the driver, which takes longer to load than all the rest of a run.

Text comes over the wire unconverted (client_encoding SQL_ASCII), because a database in SQL_ASCII may hold names in any
encoding and a server that has to convert one of them answers with an error instead.
"""

import codecs
import contextlib
import os
import socket
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import psycopg
from psycopg.pq import DiagnosticField

from pgconn.errors import PgconnError, PrivilegeMissing, Unanswered, Unavailable
from pgconn.model.instance import Address, Target
from pgconn.model.refusal import Refusal
from pgconn.server import timeouts
from pgconn.server.between import OwnEnd, who_answers
from pgconn.server.connection import Connection, disconnect
from pgconn.server.login import LoginFailed, log_in, readable
from pgconn.server.parameters import connection_parameters, malformed, probe_address, where, without_secrets
from pgconn.server.refused import ProbeAddress, Refused, queued, read_refused, refused
from pgconn.sql import Parameter

_GRANT_IT: Final = "grant it to the role that you log in as; what a look needs is PUBLIC's, unless it was revoked"
_NOT_DONE: Final = ("25", "55", "F0")
"""Classes of SQLSTATE that refuse a statement and do not harm the session: a wrong state, a lock, a broken file."""

Row = dict[str, object]


class Driver:
    """One connection of psycopg: bytes of SQL in, rows with text out, and no error but ours."""

    def __init__(self, connection: Connection, probe: ProbeAddress | None, began: float) -> None:
        info = connection.info
        self._connection = connection
        self._has_answered = False
        self.began = began
        self.probe = probe
        self._codec = _codec(info.parameter_status("server_encoding"))
        self.major = info.server_version // 10000
        self.address = Address(host=info.host, port=info.port, database=info.dbname)
        self.announced_pid = info.backend_pid

    def send(self, query: bytes, parameters: Mapping[str, Parameter]) -> list[list[Row]]:
        """Send one message of the simple protocol, which walsenders and poolers understand as well; its row sets.

        Raises RefusedSlot where a pooler lets the first one wait.
        """
        try:
            cursor = self._connection.cursor()
            cursor.execute(query, parameters)
        except psycopg.Error as error:
            raise self._failed(error) from None
        except Unanswered:
            if self._has_answered or (waiting := self._queued()) is None:
                raise
            raise waiting from None
        self._has_answered = True
        return list(self._rows(cursor))

    @contextlib.contextmanager
    def patient(self, seconds: float, on_silence: Callable[[], None] | None) -> Generator[None]:
        """Within this block, wait for an answer for so long, if that is longer than usual."""
        with self._connection.limited(max(seconds, timeouts.ANSWER_TIMEOUT), on_silence):
            yield

    def _queued(self) -> Refused | None:
        """The error for a session without a connection to the server; None where the server itself is silent."""
        if who_answers(self.probe) != "pooler":
            return None
        return queued(str(self.address), self.probe, time.monotonic() - self.began)

    def alone(self, statement: str, seconds: float) -> None:
        """Send a statement by itself and cancel it when its time is over; raises Unanswered then."""
        try:
            with self._connection.limited(seconds):
                self._connection.cursor().execute(self.encoded(statement))
        except psycopg.Error as error:
            raise self._failed(error) from None
        except Unanswered:
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=seconds)
            raise Unanswered(
                f"the server did not answer within {seconds:g} s and was asked to stop",
                hint="whether it was done is not known: look again before you repeat it",
            ) from None

    def encoded(self, statement: str) -> bytes:
        """A statement in the server's encoding."""
        return statement.rstrip("; ").encode("utf-8" if self._codec == "ascii" else self._codec)

    def scram_verifier(self, role: str, password: str) -> str:
        """What the server keeps of a password and what may be in its log: a SCRAM verifier, made on our side."""
        made = self._connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        return made.decode()

    def own_end(self) -> OwnEnd:
        """Our end of the connection, with what the other one says of itself."""
        info = self._connection.info
        own: Any = None
        path = ""
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
            own, path = line.getsockname(), str(line.getpeername())
        is_tcp = None if own is None else isinstance(own, tuple)
        number = path.rpartition(".")[2]
        return OwnEnd(
            announced_pid=self.announced_pid,
            is_tcp=is_tcp,
            port=own[1] if is_tcp else None,
            path_port=int(number) if not is_tcp and number.isdecimal() else None,
            client_encoding=info.parameter_status("client_encoding"),
            application_name=info.parameter_status("application_name"),
            pgbouncer=info.parameter_status("pgbouncer.version"),
        )

    def is_pgpool(self) -> bool:
        """Whether Pgpool-II answers, as it alone does to this."""
        try:
            return bool(self.send(b"show pool_version", {}))
        except PgconnError:
            return False

    def close(self) -> None:
        """Close the connection, so that its slot is free when this returns."""
        disconnect(self._connection)

    def _rows(self, cursor: psycopg.Cursor[Any]) -> Generator[list[Row]]:
        more: bool | None = True
        while more:
            if cursor.description:
                names = [column.name for column in cursor.description]
                yield [dict(zip(names, map(self._readable, row), strict=True)) for row in cursor]
            more = cursor.nextset()

    def _readable(self, value: object) -> object:
        if isinstance(value, list):
            return [self._readable(one) for one in value]
        if not isinstance(value, bytes):
            return value
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode(self._codec, "backslashreplace")

    def _failed(self, error: psycopg.Error) -> PgconnError:
        message = (
            str(self._readable(error.pgresult.error_field(DiagnosticField.MESSAGE_PRIMARY) or b""))
            if error.pgresult
            else ""
        )
        message = message or str(error).partition("\n")[0]
        if isinstance(error, psycopg.errors.QueryCanceled):
            return Unanswered(
                f"the server did not answer within {timeouts.STATEMENT_TIMEOUT / 1000:g} s ({message})",
                hint="it may be overloaded or out of memory: look at its load before you ask again",
            )
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return PrivilegeMissing(message, hint=_GRANT_IT)
        if error.sqlstate and error.sqlstate[:2] in _NOT_DONE:
            return PgconnError(f"the server did not do it: {message}", hint="nothing was changed")
        if isinstance(error, (psycopg.errors.OperationalError, psycopg.errors.InternalError)):
            return self._refused(error)
        return PgconnError(f"the server did not do it: {message}", hint="nothing was changed")

    def _refused(self, error: psycopg.Error) -> Refused:
        """The error for a session that was ended, by the codes of what ended it, else by libpq's bytes."""
        from pgconn.refusals import read_fields  # its patterns are needed only after a refusal

        result, place = error.pgresult, str(self.address)
        if result is not None and (fields := {field: result.error_field(ord(field)) for field in _FIELDS})["C"]:
            readings = {field: str(self._readable(value)) for field, value in fields.items() if value is not None}
            return refused(read_fields(readings), place)
        return read_refused(readable(self._connection.pgconn.error_message) or str(error), place)


_FIELDS: Final = "SVCMDHFLR"
"""The fields of an error that tell who sent it and why."""


def connect(
    target: Target, *, walsender: bool = False, patience: float = 0.0, on_silence: Callable[[], None] | None = None
) -> tuple[Driver, bool]:
    """A connection as asked, and whether replication was asked for.

    A peer that has taken the connection may be silent for `patience` seconds, if that is longer than connect_timeout;
    `on_silence` is called when it has been silent for that time. Raises Refused when turned away, WrongUsage when the
    target makes no sense.
    """
    parameters = connection_parameters(target)
    if walsender:
        parameters |= {"replication": "database"}
    began = time.monotonic()
    try:
        line = log_in(parameters, patience, on_silence)
    except psycopg.ProgrammingError as error:
        raise malformed(str(error)) from None
    except LoginFailed as failed:
        raise _turned_away(failed, target, parameters, time.monotonic() - began) from None
    except (psycopg.Error, UnicodeError) as error:
        raise _turned_away(LoginFailed(str(error), ("", "")), target, parameters, 0.0) from None
    place = line.host, line.port
    connection = Connection(line)
    connection.autocommit, connection.prepare_threshold = True, None
    connection.cursor_factory = psycopg.ClientCursor
    _understood(connection)
    return Driver(connection, probe_address(parameters, *map(readable, place)), began), "replication" in parameters


def _turned_away(failed: LoginFailed, target: Target, parameters: dict[str, Any], seconds: float) -> PgconnError:
    """The error for a login that failed."""
    place, probe = where(parameters), probe_address(parameters, *failed.place)
    if failed.silence == "queued":
        return queued(place, probe, seconds)
    silent_for = seconds if failed.silence == "mute" else 0.0
    turned_away = read_refused(without_secrets(failed.text, parameters), place, probe, silent_for=silent_for)
    if turned_away.refusal.limit == "not_a_limit" and _is_complaint(turned_away.refusal):
        return malformed(turned_away.refusal.message, target.port, target.service)
    return turned_away


def _is_complaint(refusal: Refusal) -> bool:
    """Whether libpq complains of its parameters, not of a server other than target_session_attrs asks for."""
    message = refusal.english or refusal.message
    return refusal.source == "client" and not message.startswith(("server is ", "session is "))


_FIRST_OF_PROTOCOL_3: Final = 70400


def _understood(connection: Connection) -> None:
    """Close again where our questions make no sense: a pooler's console, or a server before PostgreSQL 13."""
    version, number = connection.info.parameter_status("server_version") or "nothing", connection.info.server_version
    if number >= 130000:
        return
    connection.close()
    if "bouncer" in version:
        raise Unavailable(
            f"this is the console of PgBouncer ({version}), not a database", hint="name a database behind it: -d app"
        )
    if number < _FIRST_OF_PROTOCOL_3:
        raise Unavailable(
            f"this is the console of a pooler that calls itself version {version}, such as Odyssey, not a database",
            hint="name a database behind it: -d app",
        )
    raise Unavailable(f"the server calls itself version {version}", hint="pgconn asks PostgreSQL 13 and later")


def _codec(server_encoding: str | None) -> str:
    """Python's name of PostgreSQL's encoding, or ascii where it has none."""
    try:
        return codecs.lookup((server_encoding or "").replace("WIN", "cp")).name
    except LookupError:
        return "ascii"
