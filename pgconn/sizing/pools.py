"""How large the pool of each service may be, so that all of them fit while a deploy rolls."""

from collections.abc import Sequence

from pgconn.documents.sizing import PoolSize, Reason
from pgconn.model import Value
from pgconn.sizing.demand import Service, Surge, shares
from pgconn.sizing.number import number
from pgconn.sizing.queue import Wait, connections_for, wait


class Load(Value, frozen=True, kw_only=True):
    """What comes in: transactions a second, how long each holds a connection, and how long one may wait for it."""

    tps: float
    hold: float
    p99_wait: float
    utilisation: float

    def least(self, holders: int) -> int:
        """The size of each of so many pools that share the load evenly."""
        return connections_for(self.tps / max(1, holders), self.hold, self.p99_wait, self.utilisation)

    def wait(self, holders: int, pool: int) -> Wait:
        """How long it waits for pools of this size."""
        return wait(self.tps / max(1, holders), self.hold, pool)

    def number(self) -> Reason:
        """The size of one pool that all share."""
        least = self.least(1)
        found = self.wait(1, least)
        p99 = (found.p99_wait or 0) * 1000
        return number("load", least, self, most=self.p99_wait * 1000, offered=found.offered, wait=p99)


def split(room: int, services: Sequence[Service], surge: Surge, weights: Sequence[int] = ()) -> list[int]:
    """The size of each service's pools when they share the room by weight, or alike; 0 where not even 1 fits."""
    holders = [service.holders(surge) for service in services]
    parts = shares(max(0, room), weights or holders)
    return [part // max(1, holder) for part, holder in zip(parts, holders, strict=True)]


def fewest(services: Sequence[Service], load: Load | None) -> list[int]:
    """The size that each pool needs: the one asked for, the one that the load needs, or 1."""
    total = sum(service.holders() for service in services)
    least = load.least(total) if load else 1
    return [least if service.pool is None else service.pool for service in services]


def peak_of(services: Sequence[Service], pools: Sequence[int], surge: Surge) -> int:
    """What pools of these sizes open while every deploy rolls at once."""
    return sum(service.peak(pool, surge) for service, pool in zip(services, pools, strict=True))


def sized(services: Sequence[Service], room: int, surge: Surge, load: Load | None) -> list[int]:
    """The size of each service's pools: what was asked where all of it fits, else what does; 0 where not even 1 fits.

    Pools without a size share what the others leave, but take no more than the load needs.
    """
    wanted = fewest(services, load)
    if peak_of(services, wanted, surge) > room:
        weights = [service.peak(pool, surge) for service, pool in zip(services, wanted, strict=True)]
        return [min(fit, pool) for fit, pool in zip(split(room, services, surge, weights), wanted, strict=True)]
    open_ones = [service for service in services if service.pool is None]
    if load is not None or not open_ones:
        return wanted
    asked = sum(service.peak(service.pool, surge) for service in services if service.pool is not None)
    fits = iter(split(room - asked, open_ones, surge))
    return [next(fits) if service.pool is None else service.pool for service in services]


def as_sizes(
    services: Sequence[Service], pools: Sequence[int], surge: Surge, load: Load | None
) -> tuple[PoolSize, ...]:
    """The pools as the document has them."""
    total = sum(service.holders() for service in services)
    return tuple(
        PoolSize(
            app=service.app,
            instances=service.instances,
            workers=service.workers,
            surge=(service.surge or surge).instances(service.instances),
            pool_size=pool or None,
            asked=service.pool,
            peak=service.peak(pool, surge),
            asked_peak=None if service.pool is None else service.peak(service.pool, surge),
            p99_wait=load.wait(total, pool).p99_wait if load and pool else None,
        )
        for service, pool in zip(services, pools, strict=True)
    )


def pool_number(pool: PoolSize, for_pools: int, *, is_pooled: bool, is_loaded: bool) -> Reason:
    """The size of a pool; `is_pooled` where it connects to a pooler, `is_loaded` where the load is known."""
    holders = pool.surge * pool.workers
    if pool.pool_size is None:
        why = f"no size fits: {holders} pools share {for_pools} slots while a deploy rolls"
    elif pool.asked is not None and pool.pool_size < pool.asked:
        why = f"{pool.asked} was asked for and does not fit; this does, while a deploy rolls"
    elif is_pooled:
        why = "connections to the pooler, which cost the server nothing"
    elif pool.asked is not None:
        why = "as asked for; it fits while a deploy rolls"
    elif is_loaded:
        why = "the smallest with which the load waits no longer than it may"
    else:
        why = "its share of the slots while a deploy rolls"
    rests_on = () if is_pooled else ("for_pools",)
    size = pool.pool_size or 0
    return number("pool", pool.pool_size, pool, name=f"pool {pool.app}", why=why, size=size, rests_on=rests_on)
