"""Lines of Odyssey's log, in which what happens to one client stands on several.

One names its address, one its route, one the error with which the server turned Odyssey away; the last says how the
connection ended.
"""

import re
from dataclasses import dataclass
from typing import Final

from pgconn.logs.codes import Circumstances
from pgconn.logs.event import Event, Who, host_of, name_of, stamp_of
from pgconn.logs.meanings import Meanings, named
from pgconn.model.refusal import Limit, Refusal

_MOST: Final = 10_000
# The end of the log_format that Odyssey comes with, [%i %s] (%c) %m: the client's number, the server's, the context.
_LINE: Final = r"\b(c[0-9a-f]{12}) (s[0-9a-f]{12}|none)\]? \((\w+)\) (.*)$"
_ERROR: Final = r"(\S+(?: \(FATAL\))?) ([0-9A-Z]{5}) (.*)$"
_CAME: Final = r"new client connection (\S+)"
_ROUTE: Final = r"route '(.*)\.([^.']*)' to '"
_LIMIT: Final = r"(?:route|global) connection limit reached for (?:client )?'(\S+?)'"
_LEFT: Final = r"client disconnected, addr '(\S*)', .*\bstatus (OD_\w+)"
_NO_ROUTE: Final = r"route for '(.*)\.([^.']*)' is not found"
_WRONG: Final = r"user '(.*)\.([^.']*)' (?:incorrect (?:password|user)|is blocked)"
_WAITED: Final = "server pool wait timed out"
_NO_CONNECTION: Final = "failed to connect to remote server"
_NO_SERVER: Final = "OD_ESERVER_CONNECT"


@dataclass(slots=True)
class _Client:
    """What is known so far of a client that is logging in."""

    host: str | None = None
    user: str | None = None
    database: str | None = None
    behind: Refusal | None = None


class OdysseyReader:
    """Reads Odyssey's lines in their sequence, and remembers each client until it is gone."""

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings
        self._clients: dict[str, _Client] = {}

    def read(self, line: str) -> Event | None:
        """What a line tells; None for one that tells nothing or is not Odyssey's."""
        found = re.search(_LINE, line)
        if found is None or ":  " in (head := line[: found.start()]):
            return None
        name, server, context, message = found.groups()
        event = self._of_client(self._client(name), context, message, by_server=server != "none")
        if message.startswith("client disconnected"):
            self._clients.pop(name, None)
        if event is None:
            return None
        at, zone, _ = stamp_of(head)
        return event._replace(at=at, zone=zone)

    def _client(self, name: str) -> _Client:
        if name not in self._clients:
            if len(self._clients) >= _MOST:
                self._clients.pop(next(iter(self._clients)))
            self._clients[name] = _Client()
        return self._clients[name]

    def _of_client(self, client: _Client, context: str, message: str, *, by_server: bool) -> Event | None:
        if (came := re.match(_CAME, message)) is not None:
            client.host = host_of(came[1], with_port=True)
        elif (route := re.match(_ROUTE, message)) is not None:
            client.database, client.user = name_of(route[1]), name_of(route[2])
        elif (error := re.match(_ERROR, message)) is not None and context == "startup" and by_server:
            return self._of_login(client, error[2], error[3])
        elif (full := re.match(_LIMIT, message)) is not None:
            client.host = client.host or host_of(full[1], with_port=True)
            return _event(client, Refusal(limit="pooler_clients", message=message, source="odyssey"))
        elif message.startswith(_WAITED):
            return _event(client, _refused(client, message, "pooler_queue"))
        elif (left := re.match(_LEFT, message)) is not None and left[2] == _NO_SERVER:
            client.host = client.host or host_of(left[1], with_port=True)
            return _event(client, _refused(client, _NO_CONNECTION, "pooler_login"))
        elif (wrong := re.match(_NO_ROUTE, message) or re.match(_WRONG, message)) is not None:
            client.database, client.user = name_of(wrong[1]), name_of(wrong[2])
            limit: Limit = "no_such_database" if message.startswith("route") else "login"
            return _event(client, Refusal(limit=limit, message=message, source="odyssey"))
        return None

    def _of_login(self, client: _Client, state: str, message: str) -> Event | None:
        """The server turned Odyssey itself away, as the client whose connection it makes."""
        about = Circumstances(user=client.user, database=client.database)
        meaning = self._meanings.of_record(state, message, None, about)
        if meaning is None:
            return None
        client.behind = meaning.refusal
        who = named(meaning.refusal, Who(client.user, client.database))
        return Event(meaning.refusal, who=who, login=True, by_code=meaning.by_code)


def _refused(client: _Client, message: str, limit: Limit) -> Refusal:
    """What turned a client away: Odyssey calls the server's own 53300 a pool that is full."""
    if client.behind is None:
        return Refusal(limit=limit, message=message, source="odyssey")
    behind = client.behind
    return Refusal(limit="pooler_login", message=behind.message, source="odyssey", behind=behind.limit)


def _event(client: _Client, refusal: Refusal) -> Event:
    return Event(refusal, who=Who(client.user, client.database, client.host))
