"""The ladder: each way into a server, tried in order, and what it means when none leads in.

1. the connection as asked; 2. the same role through a walsender slot, which max_connections does not count;
3. both again until a slot is free, if that was asked for. What the operating system can do is `host` and `rescue`.

The second rung is for the server itself. Through a pooler it does harm: PgBouncer takes a role without REPLICATION for
a server that is down and lets nobody of that pool in for a while, and Pgpool-II keeps the walsender. So it is tried
only where a refusal is PostgreSQL's own and no pooler answers a startup packet that none can pass on, and a session
that came in through a pooler nevertheless is closed again. One that was asked for by replication=database is not
tried there either.

A login that somebody took and did not answer is in a pooler's queue, or its server is stuck. Queues are served in the
sequence of arrival, so one attempt stays in it for as long as there is time to wait.
"""

import time
from collections.abc import Callable

from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.instance import Target
from pgconn.model.refusal import Refusal
from pgconn.server import Server
from pgconn.server.refused import ProbeAddress, Refused, queued, refused, stuck

Tell = Callable[[str], None]

_PAUSE = (0.3, 1.2)  # seconds between tries; spread, so that many that wait do not try at once
_NEWS = 5.0  # seconds between lines of progress
_TRIES = 5  # at a walsender's place that a crowd of half-open connections is before
_MOMENT = 0.2  # seconds between them
_PAST = "connect to the server itself, or omit replication: through the pooler an ordinary session answers"
_LOOKS = 12  # at a peer that hangs up: Odyssey does so before its error is sent, three times in ten
_INSTANT = 0.02
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
    _no_walsender_through_a_pooler(target)
    try:
        return _climb(target, ladder, tell, deadline)
    except Refused as error:
        if not error.ends_by_itself or not ladder.wait_seconds:
            raise
        first = error
    return _wait(target, ladder, tell, first, deadline)


def _climb(target: Target, ladder: Ladder, tell: Tell, deadline: float) -> Server:
    """The connection as asked, then a walsender slot; raises the Refused of the first."""
    began = time.monotonic()
    left = deadline - began

    def on_silence() -> None:
        tell(f"the connection was taken and nothing comes: a queue, or a server that hangs; waiting up to {left:.0f} s")

    try:
        return Server.connect(target, patience=left, on_silence=on_silence)
    except Refused as error:
        first = _seen_closely(error)
    if first.refusal.wants_slot and ladder.walsender:
        tell(f"as asked: {first.where} refused: {first.refusal.message}")
        if (why := _why_no_walsender(first, target, time.monotonic() - began)) is not None:
            tell(f"through a walsender slot: not tried, {why}")
            raise first
        try:
            return _through_walsender(target, tell)
        except Refused as second:
            tell(f"through a walsender slot: {second.refusal.message}")
            first = refused(first.refusal, first.where, first.probe, beyond=second.refusal.limit)
    raise first


def _no_walsender_through_a_pooler(target: Target) -> None:
    """Raises WrongUsage where a walsender is asked for and a pooler answers.

    PgBouncer 1.23 and later closes its pool to the application when such a login fails, and Pgpool-II keeps one that
    does not.
    """
    from pgconn.server.between import who_answers  # with psycopg, which takes longer to load than the rest of a run
    from pgconn.server.parameters import asks_for_walsender, probe_addresses

    if asks_for_walsender(target) and any(who_answers(at) == "pooler" for at in probe_addresses(target)):
        raise WrongUsage(
            "replication=database is not asked for through a pooler, which it may close to others", hint=_PAST
        )


def _why_no_walsender(error: Refused, target: Target, seconds: float) -> str | None:
    """Why a walsender's slot is not tried after this refusal; None where the server itself refused.

    `seconds` are what the refused login took. Where nobody answers, the codes decide: of the poolers Pgpool-II and
    pgagroal alone hand on the routine of the server's error.
    """
    from pgconn.server.between import who_answers  # needed only after a refusal
    from pgconn.server.parameters import probe_addresses

    if error.refusal.source != "postgresql":
        return "because a pooler refused"
    found = {who_answers(at, seconds) for at in probe_addresses(target) or (error.probe,)}
    if "pooler" in found:
        return "because a pooler is between here and the server"
    if "unknown" in found and error.refusal.routine is None:
        return "because it is not known whether a pooler is between here and the server"
    return None


def _through_walsender(target: Target, tell: Tell) -> Server:
    """A session in a walsender's place, or in a slot that became free; a pooler's walsender is closed again.

    A crowd that tries to log in fills the places of half-open connections, which are free again in a moment.
    """
    for left in range(_TRIES, 0, -1):
        try:
            server = Server.connect(target, rung="walsender")
            break
        except Refused as error:
            if left == 1 or error.refusal.limit not in ("slots", "children"):
                raise
            time.sleep(_MOMENT)
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
    if not _is_unclear(error.refusal):
        return error
    from pgconn.server.probe import probe  # as above

    at = error.probe
    for look in range(_LOOKS):
        time.sleep(look * _INSTANT)
        seen = probe(at.host, at.port, at.user, at.database, sslmode=at.sslmode, timeout=_CLOSER, server_name=at.name)
        if seen.refusal is not None and (seen.refusal.wants_slot or seen.kind == "refused"):
            return refused(seen.refusal, error.where, at)
        if seen.kind != "closed":
            break
    return error


def _is_unclear(refusal: Refusal) -> bool:
    """Whether the bytes tell more than libpq's text, which has no codes or could not read pgagroal's packet."""
    without_codes = refusal.limit == "slots" and refusal.routine is None
    return refusal.limit == "unknown" or without_codes or (refusal.source == "pgagroal" and refusal.sqlstate is None)


def _silence_explained(error: Refused, at: ProbeAddress) -> Refused:
    """A queue, where a pooler answers to a startup packet that it cannot queue, or had asked for a password."""
    from pgconn.server.between import who_answers  # as above

    who = who_answers(at)
    if who == "postgresql":
        return stuck(error.where, at, error.silent_for)
    return queued(error.where, at, error.silent_for) if who == "pooler" else error
