"""One polite session with a server: a single connection, short timeouts, no lock, and nothing left behind.

psycopg is known here alone. Text comes over the wire unconverted (client_encoding SQL_ASCII), because a database in
SQL_ASCII may hold names in any encoding and a server that has to convert one of them answers with an error instead.
"""

import codecs
import contextlib
import re
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec
import psycopg
from psycopg import conninfo

from pgconn import sql
from pgconn.config import policy
from pgconn.errors import PgconnError, PrivilegeMissing, Unanswered, Unavailable
from pgconn.model.instance import Address, Rung
from pgconn.model.refusal import Refusal
from pgconn.model.target import Target
from pgconn.model.value import Value
from pgconn.server.disconnect import leave
from pgconn.server.parameters import connection_parameters, malformed, probe_address, where, without_secrets
from pgconn.server.refused import read_refused

T = TypeVar("T", bound=Value)

Parameter = bool | int | list[int] | list[str | None]

_UNASKED: Final[dict[str, Parameter]] = {
    "most_waiting": policy.MOST_WAITING,
    "with_queries": False,
    "with_blockers": False,
    "with_locks": False,
}
_PARAMETER: Final = re.compile(rb"%\((\w+)\)s")
_LOOK_ANEW: Final = b"select pg_catalog.pg_stat_clear_snapshot()"  # which a transaction takes but once by itself
_GRANT_IT: Final = "grant it to the role that you log in as; what a look needs is PUBLIC's, unless somebody revoked it"
_NOT_DONE: Final = ("25", "55", "F0")
"""Classes of SQLSTATE that refuse a statement and leave the session well: a wrong state, a lock, a broken file."""


class Answers:
    """What came back for the questions of one message, taken in the order in which they were asked."""

    def __init__(self, answers: Iterable[tuple[type[Value], list[Any]]]) -> None:
        self._answers = deque(answers)

    def take(self, kind: type[T]) -> list[T]:
        """All the values of the next answer."""
        asked, values = self._answers.popleft()
        if asked is not kind:
            raise TypeError(f"the next answer is of {asked.__name__}, not of {kind.__name__}")
        return values

    def one(self, kind: type[T]) -> T:
        """The single value of the next answer."""
        (value,) = self.take(kind)
        return value


class Server:
    """A session on a PostgreSQL server, reached directly or through a pooler."""

    def __init__(self, connection: "_Connection", rung: Rung = "slot") -> None:
        self._connection = connection
        self.rung = rung
        info = connection.info
        self.major = info.server_version // 10000
        self.address = Address(host=info.host, port=info.port, database=info.dbname)
        self.announced_pid = info.backend_pid
        self._codec = _codec(info.parameter_status("server_encoding"))

    @classmethod
    def connect(cls, target: Target, rung: Rung = "slot") -> Self:
        """Log in as asked, in a slot or in a walsender's place.

        Raises Refused when turned away, WrongUsage when the target makes no sense.
        """
        parameters = connection_parameters(target)
        if rung == "walsender":
            parameters |= {"replication": "database"}
        try:
            connection = _Connection.connect(
                conninfo.make_conninfo("", **parameters),
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=psycopg.ClientCursor,
            )
        except psycopg.ProgrammingError as error:
            raise malformed(str(error)) from None
        except (psycopg.Error, UnicodeError) as error:
            text = without_secrets(str(error), parameters)
            turned_away = read_refused(text, where(parameters), probe_address(parameters))
            if turned_away.refusal.limit == "not_a_limit" and _is_complaint(turned_away.refusal):
                raise malformed(turned_away.refusal.message, target.port, target.service) from None
            raise turned_away from None
        _understood(connection)
        return cls(connection, "walsender" if parameters.get("replication") else rung)

    def ask(self, *kinds: type[Value], **parameters: Parameter) -> Answers:
        """Put the questions that fill these values as one message, in one round trip."""
        questions = [sql.question(kind.__name__, self.major) for kind in kinds]
        given = _UNASKED | parameters
        rows = deque(self._rows(self._send(questions, given)))
        return Answers((kind, msgspec.convert(rows.popleft(), list[kind], strict=False)) for kind in kinds)  # type: ignore[valid-type]

    def ask_each(self, kind: type[T], given: Sequence[Mapping[str, Parameter]]) -> list[T]:
        """Put one question once for each of these parameters, as one message; each looks at the sessions anew."""
        question = sql.question(kind.__name__, self.major)
        texts: list[bytes] = []
        parameters: dict[str, Parameter] = {}
        for number, one in enumerate(given):
            texts += [_LOOK_ANEW, _PARAMETER.sub(rb"%%(\1_%d)s" % number, question)]
            parameters |= {f"{name}_{number}": value for name, value in one.items()}
        answers = list(self._rows(self._send(texts, parameters)))
        return msgspec.convert([row for rows in answers[1::2] for row in rows], list[kind], strict=False)  # type: ignore[valid-type]

    def execute(self, *statements: str) -> None:
        """Run statements that change something, all of them or none, as one message."""
        self._send([self._encoded(statement).replace(b"%", b"%%") for statement in statements], {})

    def alone(self, statement: str) -> None:
        """Run a statement by itself, for those that PostgreSQL takes beside no other, such as ALTER SYSTEM.

        Our timeouts cannot go with it: SET LOCAL would be another statement, and SET would stay behind in a pooler's
        connection. So the time is kept here, and the statement is cancelled when it is over. Raises Unanswered then.
        """
        seconds = policy.STATEMENT_TIMEOUT / 1000
        try:
            with self._connection.patient(seconds):
                self._connection.cursor().execute(self._encoded(statement))
        except psycopg.Error as error:
            raise self._failed(error) from None
        except Unanswered:
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=seconds)
            raise Unanswered(
                f"the server did not answer within {seconds:g} s and was asked to stop",
                hint="whether it was done is not known: look again before you repeat it",
            ) from None

    def _encoded(self, statement: str) -> bytes:
        return statement.rstrip("; ").encode("utf-8" if self._codec == "ascii" else self._codec)

    def _send(self, texts: list[bytes], parameters: Mapping[str, Parameter]) -> psycopg.Cursor[Any]:
        """One message of the simple protocol, which walsenders and poolers understand as well."""
        timeouts: dict[str, Parameter] = {
            "statement_timeout": policy.STATEMENT_TIMEOUT,
            "lock_timeout": policy.LOCK_TIMEOUT,
        }
        try:
            cursor = self._connection.cursor()
            cursor.execute(b";\n".join((sql.question(sql.COURTESY, self.major), *texts)), timeouts | dict(parameters))
        except psycopg.Error as error:
            raise self._failed(error) from None
        return cursor

    def scram_verifier(self, role: str, password: str) -> str:
        """What the server keeps of a password and what may be in its log: a SCRAM verifier, made on our side."""
        made = self._connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        return made.decode()

    def close(self) -> None:
        """Give the slot back: whoever comes after us finds it free."""
        leave(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, cursor: psycopg.Cursor[Any]) -> Generator[list[dict[str, object]]]:
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
        message = str(self._readable(error.pgresult.error_field(77) or b"")) if error.pgresult else ""
        message = message or str(error).partition("\n")[0]
        if isinstance(error, psycopg.errors.QueryCanceled):
            return Unanswered(
                f"the server did not answer within {policy.STATEMENT_TIMEOUT / 1000:g} s ({message})",
                hint="it may be overloaded or out of memory: look at its load before you ask again",
            )
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return PrivilegeMissing(message, hint=_GRANT_IT)
        if error.sqlstate and error.sqlstate[:2] in _NOT_DONE:
            return PgconnError(f"the server did not do it: {message}", hint="nothing was changed")
        if isinstance(error, (psycopg.errors.OperationalError, psycopg.errors.InternalError)):
            return read_refused(str(error), str(self.address))
        return PgconnError(f"the server did not do it: {message}", hint="nothing was changed")


class _Connection(psycopg.Connection[Any]):
    """A connection that gives an answer up after a while, because a frozen server enforces no timeout of its own."""

    _patience: float | None = None

    @contextlib.contextmanager
    def patient(self, seconds: float) -> Generator[None]:
        """Wait for so long at most within this block."""
        self._patience = seconds
        try:
            yield
        finally:
            self._patience = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        return super().wait(_until(time.monotonic() + (self._patience or policy.ANSWER_TIMEOUT), gen), *args, **options)


def _until(deadline: float, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """The same steps; raises Unanswered when the socket is still silent at the deadline."""
    try:
        step = next(steps)
        while True:
            ready = yield step
            if not ready and time.monotonic() > deadline:
                raise Unanswered(
                    f"the server took the connection and then said nothing for {policy.ANSWER_TIMEOUT:g} s",
                    hint="is it stopped, swapping, or a pooler whose server is full or gone?",
                )
            step = steps.send(ready)
    except StopIteration as end:
        return end.value


def _is_complaint(refusal: Refusal) -> bool:
    """Whether libpq complains of what it was told, not of a server other than target_session_attrs asks for."""
    return refusal.source == "client" and not refusal.message.startswith(("server is ", "session is "))


def _understood(connection: _Connection) -> None:
    """Leave again where our questions make no sense: a pooler's console, or a server before PostgreSQL 13."""
    version = connection.info.parameter_status("server_version") or "nothing"
    if connection.info.server_version >= 130000:
        return
    connection.close()
    if "bouncer" in version:
        raise Unavailable(
            f"this is the console of PgBouncer ({version}), not a database",
            hint="name a database behind it: -d app",
        )
    raise Unavailable(f"the server calls itself version {version}", hint="pgconn asks PostgreSQL 13 and later")


def _codec(server_encoding: str | None) -> str:
    """Python's name of PostgreSQL's encoding, or ascii where it has none."""
    try:
        return codecs.lookup((server_encoding or "").replace("WIN", "cp")).name
    except LookupError:
        return "ascii"
