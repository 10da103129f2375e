"""How many connections the applications open, in steady state and while a deploy rolls; and how that is written."""

import math
import re
from collections.abc import Iterable
from typing import Final, Literal

from pgconn.errors import WrongUsage
from pgconn.model import Value

Deploy = Literal["recreate", "slow", "fast", "blue-green"]

DEPLOYS: Final[dict[Deploy, str]] = {
    "slow": "old and new instances together: a platform does not count instances that still terminate",
    "fast": "a quarter more, rounded up: old instances go before new ones come",
    "blue-green": "both generations stand side by side",
    "recreate": "the old instances are gone before the new ones start",
}
_SERVICE: Final = re.compile(r"(?P<app>[^=]+)=(?P<sizes>[0-9]+(?:x(?:[0-9]+(?:\+[0-9]+)?|\?))*)(?:@(?P<surge>\S+))?")
_MOST: Final = 1_000_000  # instances, workers or connections of a pool
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

    @property
    def sizes(self) -> str:
        """The service as `--app` would be given again, without its name."""
        pool = "?" if self.pool is None else str(self.pool)
        workers = f"x{self.workers}" if self.workers != 1 else ""
        return f"{self.instances}{workers}x{pool}" + (f"@{self.surge}" if self.surge else "")


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


def services(texts: Iterable[str]) -> tuple[Service, ...]:
    """Each of them; no two of one name."""
    found = tuple(parse_service(text) for text in texts)
    names = [service.app for service in found]
    for name in names:
        if names.count(name) > 1:
            raise WrongUsage(f"--app {name} is given more than once", hint="give each application a name of its own")
    return found


def parse_service(text: str) -> Service:
    """A service as `web=10x20`, `web=10x4x5`, `web=10`, `web=10x4x?` or `jobs=4x5+10@recreate`."""
    found = _SERVICE.fullmatch(text)
    sizes = found["sizes"].split("x") if found else []
    if found is None or not found["app"].strip() or len(sizes) > 3 or "?" in sizes[:-1] or "+" in "".join(sizes[:-1]):
        raise WrongUsage(
            f"--app {text!r} is no application",
            hint="name=instances x pool: web=10x20; with workers: web=10x4x5; to compute the pool: web=10x4x?",
        )
    counts = [None if size == "?" else sum(map(int, size.split("+"))) for size in sizes]
    if any(count is not None and not 1 <= count <= _MOST for count in counts):
        raise WrongUsage(f"--app {text!r} has a number that is no size", hint="each is at least 1")
    return Service(
        app=found["app"],
        instances=counts[0] or 1,
        workers=(counts[1] or 1) if len(counts) == 3 else 1,
        pool=counts[-1] if len(counts) > 1 else None,
        surge=surge(found["surge"]) if found["surge"] else None,
    )


def serverless(text: str | None) -> tuple[Service, ...]:
    """Functions that each hold their own connections, of which a deploy adds none."""
    if text is None:
        return ()
    found = re.fullmatch(r"([1-9][0-9]{0,6})(?:x([1-9][0-9]{0,3}))?", text)
    if found is None:
        raise WrongUsage(f"--serverless {text!r} is no number of functions", hint="such as 1000, or 500x2")
    return (Service(app="serverless", instances=int(found[1]), pool=int(found[2] or 1), surge=NONE),)


def surge(text: str) -> Surge:
    """How a deploy rolls, by its name or by how many instances it adds."""
    for deploy in DEPLOYS:
        if text == deploy:
            return Surge(deploy=deploy)
    if re.fullmatch(r"[0-9]{1,6}", text):
        return Surge(more=int(text))
    raise WrongUsage(
        f"{text!r} is no way to deploy", hint="slow, fast, recreate, blue-green, or how many instances more: 2"
    )
