"""What a process title says, on every version: `postgres: [cluster_name: ]role database client(port) activity`."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from pgconn.model.process import CLIENT, SILENT, WALSENDER, Title
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, LOCAL, STARTING

PREFIX: Final = "postgres: "
# Read from the right, because a role or a database may have any name; an activity never looks like a client.
_CLIENT: Final = re.compile(r"(.*) (?:(\[local\])|(\S+)\((\d+)\)) ?(.*)", re.DOTALL)
_ALWAYS_THERE: Final = re.compile(r"(postgres: (?:.*: )?)(?:checkpointer|background writer|walwriter)", re.DOTALL)
_OWN: Final = ("autovacuum ", "parallel worker ", "logical replication ")
_MARGIN: Final = 8  # bytes; the zero at the end of a title, and spaces that were lost with the padding
_STATES: Final = {
    "": None,
    "idle": IDLE,
    "idle in transaction": IDLE_IN_TRANSACTION,
    "idle in transaction (aborted)": ABORTED,
    "<FASTPATH>": "fastpath function call",
    "initializing": STARTING,
    "authentication": STARTING,
    "startup": STARTING,
}


def prefix_of(texts: Iterable[str]) -> str:
    """What all titles of a server begin with, with its cluster_name, learnt from processes that it always has."""
    found = Counter(match[1] for text in texts if (match := _ALWAYS_THERE.fullmatch(text)))
    return found.most_common(1)[0][0] if found else PREFIX


def cluster_name_in(prefix: str) -> str | None:
    """The cluster_name in what all titles begin with."""
    return prefix[len(PREFIX) : -2] or None


def read_title(text: str, *, prefix: str, postmaster: str, room: int | None = None, states: bool = True) -> Title:
    """The title in its parts.

    `room` is how many bytes a title can have: one that fills it may have been cut, and tells no state. Without
    `states` no title is believed to, because a server that no longer updates them shows old ones.
    """
    if text == postmaster:
        return Title(backend_type=SILENT)
    if not text.startswith(prefix):
        return Title()
    cut = room is not None and len(text.encode(errors="replace")) + _MARGIN >= room
    rest = text[len(prefix) :]
    client = _CLIENT.fullmatch(rest)
    if client is None:
        return Title() if cut else Title(backend_type=rest)
    if rest.startswith(_OWN):  # a client whose role is named so, or a worker in a database that is named like a client
        return Title()
    names, local, address, port, activity = client.groups()
    walsender = names.startswith("walsender ")
    words = names.removeprefix("walsender ").split(" ")
    return Title(
        backend_type=WALSENDER if walsender else CLIENT,
        names=" ".join(words),
        user=words[0] if len(words) == 2 or (walsender and len(words) == 1) else None,
        database=words[1] if len(words) == 2 else None,
        client_addr=LOCAL if local else address,
        client_port=int(port) if port else None,
        state=None if cut or not states else _STATES.get(activity, ACTIVE),
    )


def possible_users(title: Title) -> tuple[str, ...]:
    """The roles that the title may mean: one, or all beginnings of the names where a space makes it unclear."""
    if title.user is not None:
        return (title.user,)
    words = (title.names or "").split(" ")
    return tuple(" ".join(words[:count]) for count in range(1, len(words)))
