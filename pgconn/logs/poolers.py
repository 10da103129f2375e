"""Lines of the logs of PgBouncer, Pgpool-II and pgagroal; Odyssey's have a module of their own."""

import re
from typing import Final

from msgspec.structs import replace

from pgconn.logs.event import Event, NodeDown, Who, host_of, name_of, stamp_of, who_of
from pgconn.logs.meanings import Meanings
from pgconn.model.refusal import Refusal

_CLIENT: Final = r" ([CS]-0x[0-9a-f]+): (.*)/(.*)@(\S+) (pooler error|closing because): (.*)$"
_AGE: Final = r" \(age=\d+s?\)$"
_LOGIN: Final = r"(?: S-0x[0-9a-f]+: (.*)/(.*)@\S+)? server login failed: (?:FATAL|ERROR):? (.*)$"


class PgBouncerReader:
    """Reads PgBouncer's lines."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    @staticmethod
    def owns(line: str) -> bool:
        """Whether a line is PgBouncer's own."""
        return re.search(_LOGIN, line) is not None or re.search(_CLIENT, line) is not None

    def read(self, line: str) -> Event | None:
        """What a line of PgBouncer's tells; None for one that tells nothing."""
        if (login := re.search(_LOGIN, line)) is not None:
            return self._of_login(line[: login.start()], login)
        client = re.search(_CLIENT, line)
        return None if client is None else self._of_client(line[: client.start()], client)

    def _of_login(self, head: str, found: re.Match[str]) -> Event | None:
        """The server turned the pooler itself away: 1.18 does not say its role, and a place is the server's own."""
        database, user, message = found.groups()
        refusal = self._meanings.of_text(message)
        at, zone, _ = stamp_of(head)
        who = Who(name_of(user), name_of(database))
        return None if refusal is None else Event(refusal, at, zone, who, login=True)

    def _of_client(self, head: str, found: re.Match[str]) -> Event | None:
        client, database, user, place, verb, words = found.groups()
        message = re.sub(_AGE, "", words)
        refusal = self._meanings.of_text(message) if client.startswith("C") else None
        if refusal is None:
            return None
        if refusal.source == "postgresql" and refusal.limit == "login":
            refusal = replace(refusal, source="pgbouncer")
        at, zone, _ = stamp_of(head)
        who = Who(name_of(user), name_of(database), host_of(place, with_port=True))
        return Event(refusal, at, zone, who, pooler_line=(client, message, verb))


_SEVERITY: Final = r"(LOG|WARNING|ERROR|FATAL|DETAIL|HINT|PANIC|NOTICE|INFO|DEBUG\d?):  (.*)$"
_PGPOOL: Final = rf"^([^\n]*?\bpid \d+: ){_SEVERITY}"
_ANY_PREFIX: Final = rf"^([^\n]*?)(?<!\w){_SEVERITY}"
_PGPOOL_ALONE: Final = r"pgpool-II successfully started|Pgpool-II parent process|backend throws an error message"
_HANDED_ON: Final = "backend throws an error message"
_REFUSED_EARLY: Final = "backend response with kind 'E' when expecting 'R'"
_NODE_DOWN: Final = "=== Starting degeneration. shutdown host "
_NO_NODE: Final = "all backend nodes are down"
_UNREACHABLE: Final = "failed to create a backend"


def is_pgpool(line: str) -> bool:
    """Whether a line is one of Pgpool-II's, whatever its log_line_prefix."""
    return re.match(_PGPOOL, line) is not None or (":  " in line and re.search(_PGPOOL_ALONE, line) is not None)


class PgpoolReader:
    """Reads Pgpool-II's lines, which look like PostgreSQL's: a refusal has the severity ERROR or is a detail.

    `alone` says that all lines are Pgpool-II's, so that any log_line_prefix will do.
    """

    def __init__(self, meanings: Meanings, *, alone: bool = False) -> None:
        self._meanings = meanings
        self._line = _ANY_PREFIX if alone else _PGPOOL

    def read(self, line: str, below: str = "") -> Event | NodeDown | None:
        """What a line tells, with the one below it; None for one that tells nothing or is not Pgpool-II's."""
        found = re.match(self._line, line)
        if found is None:
            return None
        head, severity, message = found.groups()
        if severity == "LOG":
            return self._of_talk(head, message, below)
        return self._of_error(head, severity, message)

    def _of_talk(self, head: str, message: str, below: str) -> Event | NodeDown | None:
        if message.startswith(_NODE_DOWN):
            return NodeDown(message[len(_NODE_DOWN) :].rstrip(" ="))
        detail = re.match(self._line, below) if message == _HANDED_ON else None
        if detail is None or detail[2] != "DETAIL":
            return None
        refusal = self._meanings.of_text(detail[3])
        return None if refusal is None else _event(refusal, head)

    def _of_error(self, head: str, severity: str, message: str) -> Event | None:
        """An error of Pgpool-II's own, or the detail that says why."""
        if severity == "DETAIL":
            if message.startswith(_REFUSED_EARLY):
                return _event(replace(_login(message), behind="unknown"), head)
            return _event(_login(message), head) if message.startswith(_NO_NODE) else None
        if severity not in ("ERROR", "FATAL"):
            return None
        if message.startswith(_UNREACHABLE):
            return _event(_login(message), head)
        refusal = self._meanings.of_text(message)
        return _event(refusal, head) if refusal is not None and refusal.source == "pgpool" else None


def _login(message: str) -> Refusal:
    return Refusal(limit="pooler_login", message=message, source="pgpool")


def _event(refusal: Refusal, head: str) -> Event:
    at, zone, rest = stamp_of(head)
    return Event(refusal, at, zone, who_of(rest))


_PGAGROAL: Final = r"^(.{0,80}?)(?:\x1b\[\d+m)?\w*\.c:\d+(?:\x1b\[0m)? authenticate: pool is full\s*$"
_POOL_IS_FULL: Final = Refusal(limit="pooler_queue", message="connection pool is full", source="pgagroal")


def read_pgagroal(line: str) -> Event | None:
    """The refusal of a client, which pgagroal writes down at log_level debug alone; None for any other line."""
    found = re.match(_PGAGROAL, line)
    if found is None:
        return None
    at, zone, _ = stamp_of(found[1])
    return Event(_POOL_IS_FULL, at, zone)
