"""The ladder: each way into a server, tried in order, and what it means when none leads in.

1. the connection as asked; 2. the same role through a walsender slot, which max_connections does not count;
3. both again until a slot is free, if that was asked for. What the operating system can do is `host` and `rescue`.

The second rung is for the server itself. Through a pooler it does harm: PgBouncer takes a role without REPLICATION for
a server that is down and lets nobody of that pool in for a while, and Pgpool-II keeps the walsender. So it is tried
only where a refusal has PostgreSQL's own codes and a startup packet that no pooler can pass on is answered by
PostgreSQL as well, and a session that came in through a pooler nevertheless is closed again.

A login that somebody took and did not answer is in a pooler's queue, or its server is stuck. Queues are served in the
sequence of arrival, so one attempt stays in it for as long as there is time to wait.
"""

import time
from collections.abc import Callable

from pgconn.model import Value
from pgconn.model.instance import Target
from pgconn.model.refusal import Refusal
from pgconn.server import Server
from pgconn.server.refused import ProbeAddress, Refused, queued, refused, stuck

Tell = Callable[[str], None]

_PAUSE = (0.3, 1.2)  # seconds between tries; spread, so that many that wait do not try at once
_NEWS = 5.0  # seconds between lines of progress
_CLOSER = 2.0  # seconds that a startup packet of our own is given
_KEPT = Refusal(
    limit="not_a_limit",
    source="pooler",
    message="a pooler is between here and the server, and would keep the walsender",
)


class Ladder(Value, frozen=True, kw_only=True):
    """Which rungs to try beyond the connection as asked."""

    walsender: bool = True
    wait_seconds: float = 0.0


def enter(target: Target, ladder: Ladder, tell: Tell) -> Server:
    """A session on the server by the first rung that leads in; raises NoSlot or Unavailable when none does."""
    deadline = time.monotonic() + ladder.wait_seconds
    try:
        return _climb(target, ladder, tell, deadline)
    except Refused as error:
        if not error.ends_by_itself or not ladder.wait_seconds:
            raise
        first = error
    return _wait(target, ladder, tell, first, deadline)


def _climb(target: Target, ladder: Ladder, tell: Tell, deadline: float) -> Server:
    """The connection as asked, then a walsender slot; raises the Refused of the first."""
    left = deadline - time.monotonic()

    def on_silence() -> None:
        tell(f"the connection was taken and nothing comes: a queue, or a server that hangs; waiting up to {left:.0f} s")

    try:
        return Server.connect(target, patience=left, on_silence=on_silence)
    except Refused as error:
        first = _seen_closely(error)
    if first.refusal.wants_slot and ladder.walsender:
        tell(f"as asked: {first.where} refused: {first.refusal.message}")
        if (why := _why_no_walsender(first)) is not None:
            tell(f"through a walsender slot: not tried, {why}")
            raise first
        try:
            return _through_walsender(target, tell)
        except Refused as second:
            tell(f"through a walsender slot: {second.refusal.message}")
            first = refused(first.refusal, first.where, beyond=second.refusal.limit)
    raise first


def _why_no_walsender(error: Refused) -> str | None:
    """Why a walsender's slot is not tried after this refusal; None where the server itself refused."""
    from pgconn.server.between import is_postgresql  # needed only after a refusal

    if error.refusal.source != "postgresql":
        return "because a pooler refused"
    if error.probe is not None and not is_postgresql(error.probe):
        return "because a pooler is between here and the server"
    return None


def _through_walsender(target: Target, tell: Tell) -> Server:
    """A session in a walsender's place, or in a slot that became free; a pooler's walsender is closed again."""
    server = Server.connect(target, rung="walsender")
    if server.rung == "walsender" and server.through_pooler:
        server.close()
        raise refused(_KEPT, str(server.address))
    tell("through a walsender slot: in" if server.rung == "walsender" else "through an ordinary slot: in")
    return server


def _wait(target: Target, ladder: Ladder, tell: Tell, last: Refused, deadline: float) -> Server:
    """Try until a slot is free or the time is over."""
    import random  # 2 ms, which only a full server costs

    tries, reported = 1, time.monotonic()
    tell(f"waiting up to {ladder.wait_seconds:g} s for a slot")
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, random.uniform(*_PAUSE)))  # noqa: S311 - no secret depends on it
        tries += 1
        try:
            server = _climb(target, ladder, lambda _: None, deadline)
        except Refused as error:
            if not error.ends_by_itself:
                raise
            last = error
        else:
            tell(f"in after {tries} tries")
            return server
        if time.monotonic() - reported >= _NEWS:
            reported = time.monotonic()
            tell(f"no slot after {tries} tries, {max(0.0, deadline - reported):.0f} s left")
    raise last.after_waiting()


def _seen_closely(error: Refused) -> Refused:
    """The refusal as startup packets of our own see it, where libpq's text does not show which limit it was."""
    if error.probe is None:
        return error
    if error.silent_for:
        return _silence_explained(error, error.probe)
    if error.refusal.limit != "unknown" and (error.refusal.limit != "slots" or error.refusal.routine):
        return error
    from pgconn.server.probe import overheard, probe  # as above

    at = error.probe
    seen = probe(at.host, at.port, at.user, at.database, sslmode=at.sslmode, timeout=_CLOSER)
    if seen.kind == "closed":
        seen = overheard(at.host, at.port, timeout=_CLOSER)
    if seen.refusal is not None and seen.refusal.wants_slot:
        return refused(seen.refusal, error.where, at)
    return error


def _silence_explained(error: Refused, at: ProbeAddress) -> Refused:
    """A queue, where a pooler answers to a startup packet that it cannot queue, or had asked for a password."""
    from pgconn.server.probe import nameless  # as above

    answer = nameless(at.host, at.port, sslmode=at.sslmode, timeout=_CLOSER)
    if answer.is_postgresql:
        return stuck(error.where, at, error.silent_for)
    return queued(error.where, at, error.silent_for) if answer.kind in ("refused", "closed") else error
