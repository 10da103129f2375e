"""What a pooler may take of the server: by the sizing, and of the server as it runs until max_connections is raised."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from pgconn.data.pooler_settings import Product, pooler_settings
from pgconn.documents.sizing import Reason, Sizing
from pgconn.emit.emitted import Pooler
from pgconn.emit.settings import input_of
from pgconn.errors import PgconnError, WrongUsage
from pgconn.sizing import pooler as bouncer
from pgconn.sizing.products import Share
from pgconn.text.quoting import comment

T = TypeVar("T", bound=Share)

_BY_SLOTS: Final = ("default_pool_size", "reserve_pool_size", "max_db_connections", "server_connections")


def share_of(kind: type[T], sizing: Sizing, pooler: Pooler, *, room: int | None = None, **more: int) -> T:
    """What a product may take of the slots, or of this room.

    Raises WrongUsage without a pooler, and PgconnError (exit 1) where not even 1 fits.
    """
    require_pooler(sizing)
    size = int(sizing.pgbouncer["default_pool_size"]) + int(sizing.pgbouncer["reserve_pool_size"])
    databases, users = _counted(sizing, pooler)
    share = kind(
        usable=usable(sizing) if room is None else room,
        databases=databases,
        users=users,
        processes=_processes(sizing),
        clients=sum(pool.peak for pool in sizing.pools) or None,
        pool_size=size,
        **more,
    )
    if not share.fits:
        raise _too_few(sizing, share.server_connections, share.usable)
    return share


def require_pooler(sizing: Sizing) -> None:
    """Raises WrongUsage when the sizing has no pooler."""
    if not sizing.pgbouncer:
        raise WrongUsage("this sizing has no pooler", hint="ask for one: --pooler pgbouncer")


def usable(sizing: Sizing) -> int:
    """The slots that pools may take, of the server as it runs where it has fewer than were planned."""
    planned = sizing.slots.get("for_pools", int(sizing.pgbouncer.get("max_db_connections", 0)))
    return min(planned, sizing.slots.get("usable_now", planned))


def for_running(sizing: Sizing, pooler: Pooler) -> Sizing:
    """The sizing with PgBouncer's numbers for the server as it runs; itself where that has all the planned slots.

    Raises PgconnError (exit 1) where its pools do not fit into them.
    """
    if not _is_short(sizing):
        return sizing
    databases, users = _counted(sizing, pooler)
    processes = _processes(sizing)
    pools = databases * users * processes
    part = bouncer.Pooler(
        usable=usable(sizing),
        wanted=int(sizing.pgbouncer["default_pool_size"]) * pools,
        clients=1,
        processes=processes,
        databases=databases,
        users=users,
    )
    if not part.fits or pools > part.usable:
        raise _too_few(sizing, pools, part.usable)
    numbers = {name: getattr(part, name) for name in _BY_SLOTS}
    return msgspec.structs.replace(sizing, pgbouncer=sizing.pgbouncer | numbers)


def notes_on_slots(sizing: Sizing) -> Iterator[str]:
    """That the running server has fewer slots than were planned, and what to do about it."""
    if _is_short(sizing):
        yield (
            f"The running server has max_connections {sizing.current['max_connections']}, of which ordinary roles can "
            f"use {sizing.slots['usable_now']}: the numbers here are for these. max_connections "
            f"{sizing.settings['max_connections']} was planned: raise it first, and then make this file again."
        )


def notes_on_top(sizing: Sizing, pooler: Pooler) -> Iterator[str]:
    """What the top of a file says of the server: how it is known, and that it has fewer slots than were planned."""
    if pooler.note:
        yield pooler.note
    yield from notes_on_slots(sizing)


def explained(reasons: Iterable[Reason]) -> dict[str, tuple[str, str]]:
    """The value of each number and a sentence about it, by its name."""
    return {one.name: (str(one.value), _sentence(one)) for one in reasons}


def _sentence(reason: Reason) -> str:
    terms = f": {reason.formula}, {reason.numbers}" if reason.formula else ""
    return f"{reason.why[:1].upper()}{reason.why[1:]}{terms} ({reason.source})."


def chosen(product: Product) -> dict[str, tuple[str, str]]:
    """The value of each setting beside the numbers and the reason for it, by its name."""
    return {name: (one.value, one.why) for name, one in pooler_settings()[product].items()}


def lines_of(settings: dict[str, tuple[str, str]], form: str = "{} = {}", indent: str = "") -> Iterator[str]:
    """Each setting below its reason."""
    for name, (value, why) in settings.items():
        yield from comment(why, indent=indent)
        yield indent + form.format(name, value)


def _is_short(sizing: Sizing) -> bool:
    """Whether the server that runs has fewer usable slots than pools were planned to take."""
    return "usable_now" in sizing.slots and sizing.slots["usable_now"] < sizing.slots["for_pools"]


def _too_few(sizing: Sizing, needed: int, room: int) -> PgconnError:
    hint = "fewer databases, roles or processes need fewer"
    if _is_short(sizing):
        hint = f"the server that runs has no more: raise max_connections first, or {hint}"
    return PgconnError(f"{needed} connections are the fewest, and {room} slots are for pools", hint=hint)


def _counted(sizing: Sizing, pooler: Pooler) -> tuple[int, int]:
    """The databases and the roles: those that are named, or more of them that were counted."""
    databases = max(len(set(pooler.databases)), int(input_of(sizing, "databases") or 1))
    return databases, max(len(set(pooler.users)), int(input_of(sizing, "roles") or 1))


def _processes(sizing: Sizing) -> int:
    return int(sizing.pgbouncer.get("processes", 1) or 1)
