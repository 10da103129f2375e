"""One polite session with a server: a single connection, short timeouts, no lock, and nothing left behind."""

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import msgspec

from pgconn import sql
from pgconn.model import Value
from pgconn.model.instance import Backend, Rung, Target
from pgconn.server import timeouts
from pgconn.sql import Parameter

if TYPE_CHECKING:
    from pgconn.server.between import Between
    from pgconn.server.driver import Driver, Row

T = TypeVar("T", bound=Value)

_UNASKED: Final[dict[str, Parameter]] = {
    "most_waiting": timeouts.MOST_WAITING,
    "with_queries": False,
    "with_blockers": False,
    "with_locks": False,
}
_PARAMETER: Final = re.compile(rb"%\((\w+)\)s")
_LOOK_ANEW: Final = b"select pg_catalog.pg_stat_clear_snapshot()"  # which a transaction takes but once by itself


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

    def __init__(self, driver: "Driver", rung: Rung = "slot") -> None:
        self._driver = driver
        self._between: Between | None = None
        self.rung = rung
        self.major = driver.major
        self.address = driver.address
        self.announced_pid = driver.announced_pid

    @classmethod
    def connect(
        cls,
        target: Target,
        rung: Rung = "slot",
        *,
        patience: float = 0.0,
        on_silence: Callable[[], None] | None = None,
    ) -> Self:
        """Log in as asked, in a slot or in a walsender's place, and believe that place only when the server shows it.

        A silent peer is given `patience` seconds, if that is longer than usual, to the first answer of the server: a
        pooler lets clients in for which it has no connection yet. Raises Refused when turned away, WrongUsage when the
        target makes no sense.
        """
        from pgconn.server import driver  # psycopg, which takes longer to load than the rest of a run

        deadline = time.monotonic() + patience
        connection, replicates = driver.connect(
            target, walsender=rung == "walsender", patience=patience, on_silence=on_silence
        )
        server = cls(connection)
        if replicates or patience > 0:
            try:
                with connection.patient(deadline - time.monotonic(), on_silence):
                    server.recognise(server.ask(Backend).one(Backend))
            except BaseException:
                server.close()
                raise
        return server

    def recognise(self, backend: Backend) -> "Between":
        """What is between us and the server, told from the first backend that answers; its kind is our rung."""
        from pgconn.server.between import between  # with the driver, which uses it as well

        self.rung = "walsender" if backend.backend_type == "walsender" else "slot"
        if self._between is None:
            seconds = time.monotonic() - self._driver.began
            self._between = between(self._driver.own_end(), backend, seconds, self._driver.is_pgpool)
        return self._between

    @property
    def through_pooler(self) -> bool:
        """Whether a pooler is in between, once that was looked at."""
        return self._between is not None and self._between.pooler

    def ask(self, *kinds: type[Value], **parameters: Parameter) -> Answers:
        """Put the questions that fill these values as one message, in one round trip."""
        questions = [sql.question(kind.__name__, self.major) for kind in kinds]
        rows = deque(self._send(questions, _UNASKED | parameters))
        return Answers((kind, msgspec.convert(rows.popleft(), list[kind], strict=False)) for kind in kinds)  # type: ignore[valid-type]

    def ask_each(self, kind: type[T], given: Sequence[Mapping[str, Parameter]]) -> list[T]:
        """Put one question once for each of these parameters, as one message; each looks at the sessions anew."""
        question = sql.question(kind.__name__, self.major)
        texts: list[bytes] = []
        parameters: dict[str, Parameter] = {}
        for number, one in enumerate(given):
            texts += [_LOOK_ANEW, _PARAMETER.sub(rb"%%(\1_%d)s" % number, question)]
            parameters |= {f"{name}_{number}": value for name, value in one.items()}
        answers = self._send(texts, parameters)
        return msgspec.convert([row for rows in answers[1::2] for row in rows], list[kind], strict=False)  # type: ignore[valid-type]

    def execute(self, *statements: str) -> None:
        """Run statements that change something, all of them or none, as one message."""
        self._send([self._driver.encoded(statement).replace(b"%", b"%%") for statement in statements], {})

    def alone(self, statement: str) -> None:
        """Run a statement by itself, for those that PostgreSQL takes beside no other, such as ALTER SYSTEM.

        Our timeouts cannot go with it: SET LOCAL would be another statement, and SET would stay behind in a pooler's
        connection. So the time is kept here, and the statement is cancelled when it is over. Raises Unanswered then.
        """
        self._driver.alone(statement, timeouts.STATEMENT_TIMEOUT / 1000)

    def scram_verifier(self, role: str, password: str) -> str:
        """What the server keeps of a password and what may be in its log: a SCRAM verifier, made on our side."""
        return self._driver.scram_verifier(role, password)

    def close(self) -> None:
        """Close the session; its slot is free when this returns."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, texts: list[bytes], parameters: Mapping[str, Parameter]) -> "list[list[Row]]":
        """One message that begins with our timeouts."""
        limits: dict[str, Parameter] = {
            "statement_timeout": timeouts.STATEMENT_TIMEOUT,
            "lock_timeout": timeouts.LOCK_TIMEOUT,
        }
        return self._driver.send(
            b";\n".join((sql.question(sql.SESSION_DEFAULTS, self.major), *texts)), limits | dict(parameters)
        )
