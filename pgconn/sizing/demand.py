"""How many connections the applications open: in steady state, and while a deploy rolls."""

import math
from collections.abc import Iterable
from typing import Final, Literal

from pgconn.model.value import Value

Deploy = Literal["recreate", "slow", "fast", "blue-green"]

DEPLOYS: Final[dict[str, str]] = {
    "slow": "old and new instances together: a platform does not count instances that still terminate",
    "fast": "a quarter more, rounded up: old instances go before new ones come",
    "blue-green": "both generations stand side by side",
    "recreate": "the old instances are gone before the new ones start",
}
FAST_SHARE: Final = 0.25  # of the instances more, the default of a rolling update


class Surge(Value, frozen=True, kw_only=True):
    """How a deploy rolls: one of the known ways, or so many instances more."""

    deploy: Deploy | None = None
    more: int = 0

    def instances(self, steady: int) -> int:
        """The most instances that are connected while a deploy rolls."""
        if self.deploy in ("slow", "blue-green"):
            return 2 * steady
        if self.deploy == "fast":
            return steady + math.ceil(FAST_SHARE * steady)
        return steady + self.more

    def __str__(self) -> str:
        return self.deploy or str(self.more)


SLOW: Final = Surge(deploy="slow")
NONE: Final = Surge(deploy="recreate")


class Service(Value, frozen=True, kw_only=True):
    """An application: its instances, the workers of each that have a pool of their own, and the pool's size.

    `pool` is None where it is to be computed; `surge` None where what holds for all is meant.
    """

    app: str
    instances: int
    workers: int = 1
    pool: int | None = None
    surge: Surge | None = None

    def holders(self, surge: Surge | None = None) -> int:
        """How many pools there are, in steady state or while a deploy rolls."""
        instances = self.instances if surge is None else (self.surge or surge).instances(self.instances)
        return instances * self.workers

    def steady(self, pool: int) -> int:
        """The connections of all its pools in steady state."""
        return self.holders() * pool

    def peak(self, pool: int, surge: Surge) -> int:
        """The connections of all its pools while a deploy rolls."""
        return self.holders(surge) * pool


def needed_connections(peak: int, reserved: int, utilisation: float, round_to: int) -> int:
    """The max_connections with which so many sessions stay below the alert."""
    slots = math.ceil(peak / utilisation - 1e-9) + reserved
    return math.ceil(slots / round_to) * round_to


def shares(whole: int, weights: Iterable[int]) -> list[int]:
    """The whole in parts by weight, none left over: what rounding leaves goes to the largest remainders."""
    parts = list(weights)
    total = sum(parts) or 1
    exact = [whole * weight / total for weight in parts]
    given = [math.floor(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (given[i] - exact[i], i))
    for i in by_remainder[: whole - sum(given)] if whole > 0 else ():
        given[i] += 1
    return given
