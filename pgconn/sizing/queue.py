"""How long transactions wait for a pool: Erlang's C formula for c connections and arrivals at random (M/M/c)."""

import math
from typing import Final

from pgconn.model import Value

_TAIL: Final = 0.01  # of the transactions wait longer than the p99
_MOST: Final = 100_000  # connections; no pool is larger


class Wait(Value, frozen=True, kw_only=True):
    """A pool under load; `offered` are the connections busy on average, times are in seconds.

    Both waits are None where more arrives than the pool can do: its queue then grows without end.
    """

    offered: float
    utilisation: float
    p_wait: float
    mean_wait: float | None
    p99_wait: float | None


def erlang_c(connections: int, offered: float) -> float:
    """The share of transactions that find every connection busy; 1 where more is offered than can be done."""
    if offered >= connections:
        return 1.0
    blocked = 1.0
    for c in range(1, connections + 1):
        blocked = offered * blocked / (c + offered * blocked)
    share = offered / connections
    return blocked / (1 - share + share * blocked)


def wait(rate: float, hold: float, connections: int) -> Wait:
    """What `rate` transactions a second, that hold a connection for `hold` seconds, wait for one of them."""
    offered = rate * hold
    p_wait = erlang_c(connections, offered)
    spare = connections / hold - rate
    if offered >= connections:
        return Wait(offered=offered, utilisation=offered / connections, p_wait=p_wait, mean_wait=None, p99_wait=None)
    p99 = math.log(p_wait / _TAIL) / spare if p_wait > _TAIL else 0.0
    return Wait(
        offered=offered, utilisation=offered / connections, p_wait=p_wait, mean_wait=p_wait / spare, p99_wait=p99
    )


def connections_for(rate: float, hold: float, p99_wait: float, utilisation: float) -> int:
    """The fewest connections that stay below the utilisation and let 99 of 100 wait no longer than `p99_wait`."""
    least = max(1, math.ceil(rate * hold / utilisation - 1e-9))
    for connections in range(least, _MOST):
        found = wait(rate, hold, connections).p99_wait
        if found is not None and found <= p99_wait:
            return connections
    return _MOST
