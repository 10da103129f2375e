"""What a server shows of an incident, asked from a session that takes no slot."""

from collections import Counter
from typing import Any, LiteralString

import psycopg
import pytest

from pgconn.demo.clients import Override, Target, control, scalar


def asked(server: Target, question: LiteralString, **parameters: object) -> Any:
    """The one value that the question has for an answer."""
    with control(server) as connection:
        return scalar(connection, question, **parameters)


def states(server: Target) -> Counter[tuple[str, str]]:
    """How many sessions of each backend type and state there are, our own aside."""
    question = (
        "select backend_type, coalesce(state, '') from pg_catalog.pg_stat_activity"
        " where pid <> pg_catalog.pg_backend_pid()"
    )
    with control(server) as connection:
        return Counter((kind, state) for kind, state in connection.execute(question))


def half_authenticated_backends(server: Target) -> int:
    """How many backends hold a slot and have no role yet."""
    return int(
        asked(
            server,
            "select count(distinct l.pid)"
            " from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a using (pid)"
            " where l.locktype = 'virtualxid' and l.pid is not null and (a.pid is null or a.state = 'starting')",
        )
    )


def refused(server: Target, **who: Override) -> str:
    """What the server says when it refuses this connection."""
    with pytest.raises(psycopg.OperationalError) as refusal:
        server.connect(**who)
    return str(refusal.value).rpartition("FATAL:")[2].strip()
