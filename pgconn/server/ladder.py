"""The ladder: each way into a server, tried in order, and what it means when none leads in.

1. the connection as asked; 2. the same role through a walsender slot, which max_connections does not count;
3. both again until a slot is free, if that was asked for. What the operating system can do is `host` and `rescue`.
"""

import time
from collections.abc import Callable

from pgconn.model import Value
from pgconn.model.instance import Target
from pgconn.server import Server
from pgconn.server.refused import Refused, refused

Tell = Callable[[str], None]

_PAUSE = (0.3, 1.2)  # seconds between tries; spread, so that many that wait do not try at once
_NEWS = 5.0  # seconds between lines of progress


class Ladder(Value, frozen=True, kw_only=True):
    """Which rungs to try beyond the connection as asked."""

    walsender: bool = True
    wait_seconds: float = 0.0


def enter(target: Target, ladder: Ladder, tell: Tell) -> Server:
    """A session on the server by the first rung that leads in; raises NoSlot or Unavailable when none does."""
    deadline = time.monotonic() + ladder.wait_seconds
    try:
        return _climb(target, ladder, tell)
    except Refused as error:
        if not error.refusal.wants_slot or not ladder.wait_seconds:
            raise
        first = error
    return _wait(target, ladder, tell, first, deadline)


def _climb(target: Target, ladder: Ladder, tell: Tell) -> Server:
    """The connection as asked, then a walsender slot; raises the Refused of the first."""
    try:
        return Server.connect(target)
    except Refused as error:
        first = _seen_closely(error)
    if first.refusal.wants_slot and ladder.walsender:
        tell(f"as asked: {first.where} refused: {first.refusal.message}")
        try:
            server = Server.connect(target, rung="walsender")
        except Refused as second:
            tell(f"through a walsender slot: {second.refusal.message}")
            first = refused(first.refusal, first.where, beyond=second.refusal.limit)
        else:
            tell("through a walsender slot: in")
            return server
    raise first


def _wait(target: Target, ladder: Ladder, tell: Tell, last: Refused, deadline: float) -> Server:
    """Try until a slot is free or the time is over."""
    import random  # 2 ms, which only a full server costs

    tries, reported = 1, time.monotonic()
    tell(f"waiting up to {ladder.wait_seconds:g} s for a slot")
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, random.uniform(*_PAUSE)))  # noqa: S311 - no secret depends on it
        tries += 1
        try:
            server = _climb(target, ladder, lambda _: None)
        except Refused as error:
            if not error.refusal.wants_slot:
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
    """The refusal as a startup packet of our own sees it, where the driver's text does not show which limit it was."""
    if error.probe is None or error.refusal.limit not in ("slots", "unknown"):
        return error
    from pgconn.server.probe import probe  # needed only after a refusal

    at = error.probe
    seen = probe(at.host, at.port, at.user, at.database, sslmode=at.sslmode, timeout=2.0).refusal
    return refused(seen, error.where) if seen is not None and seen.wants_slot else error
