"""How max_connections is raised, step by step, and what the operating system must grant then."""

from typing import Final

from pgconn.data.provider import ProviderLimits
from pgconn.documents.raising import Move
from pgconn.documents.sizing import Reason
from pgconn.sizing.measured import MIB
from pgconn.sizing.number import number
from pgconn.sizing.request import Request
from pgconn.sizing.slots import Slots
from pgconn.text.quantities import show_size
from pgconn.text.units import Bytes

_AT_A_RESTART: Final = "read at the start alone; it ends every session"
_AUXILIARY: Final = 40  # checkpointer, writers, archiver and their like; 38 places for them in 18, fewer before
_WORKERS: Final = 8  # max_worker_processes
_WALSENDERS: Final = 10  # max_wal_senders
_FILES: Final = 1000  # max_files_per_process
_HUGE_PAGE: Final = 2 * MIB


def moves(slots: Slots, provider: ProviderLimits | None) -> tuple[Move, ...]:
    """Everything to do, step by step."""
    to = slots.connections
    return (
        *(_at_home(to) if provider is None else _at_provider(to, provider)),
        Move(action="see that it took effect", command="pgconn status", why="how many can be opened now"),
        Move(action="only then let pools grow", why="who asks before is refused"),
        Move(action=f"move the alert to {slots.alert}", why=f"80 % of what applications get of {to}"),
    )


def _at_home(to: int) -> tuple[Move, ...]:
    sql, restart = f"ALTER SYSTEM SET max_connections = {to}", "pg_ctl restart -D DATADIR -m fast"
    behind = "with fewer than its primary it stops replaying"
    return (
        Move(action="on every standby first, with a restart", sql=sql, restarts=True, why=behind),
        Move(action="then on the primary", sql=sql, why="it changes nothing yet"),
        Move(action="restart the primary", command=restart, restarts=True, why=_AT_A_RESTART),
    )


def _at_provider(to: int, provider: ProviderLimits) -> tuple[Move, ...]:
    words = provider.words_for(to)
    first, *later = provider.commands(to) or ("",)
    if provider.place == "plan":
        why = f"{provider.name} gives the number with the plan, and nothing else changes it"
        return (Move(action=words, command=first or None, restarts=True, why=why),)
    replicas = Move(
        action="on every read replica first, with a restart",
        restarts=provider.restarts,
        why="with fewer than its primary it stops replaying",
    )
    restarts, why = provider.restarts and not later, "" if later else _AT_A_RESTART
    return (
        *(() if provider.place == "manifest" else (replicas,)),
        Move(action=words, command=first or None, restarts=restarts, why=why),
        *(Move(action="restart it", command=command, restarts=True, why=_AT_A_RESTART) for command in later),
    )


def processes(connections: int, pg_version: int | None) -> int:
    """How many processes a server may have beside its auxiliary ones; PostgreSQL calls it MaxBackends."""
    since_18 = pg_version is None or pg_version >= 18
    return connections + (16 + 2 if since_18 else 3 + 1) + _WORKERS + _WALSENDERS


def needs(request: Request, to: int, added: int, provider: ProviderLimits | None) -> tuple[Reason, ...]:
    """What the system must grant for `to` connections, `added` bytes of shared memory among it, by resource.

    Nothing where a provider sees to it.
    """
    if provider is not None and provider.place != "manifest":
        return ()
    places = processes(to, request.pg_version) + _AUXILIARY
    sets = -(-places // 16)
    found = (
        number("need.processes", places, to=to),
        number("need.open_files", places * _FILES, files=_FILES),
        number("need.semaphores", places, sets=sets, each=sets * 17),
        number("need.shared_memory", Bytes(added)),
    )
    if not request.huge_pages:
        return found
    return (*found, number("need.huge_pages", -(-added // _HUGE_PAGE), page=show_size(_HUGE_PAGE)))
