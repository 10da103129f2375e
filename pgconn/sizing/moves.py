"""How max_connections is raised, step by step, and in which order."""

from typing import Final

from pgconn.data.provider import ProviderLimits
from pgconn.documents.raising import Move
from pgconn.sizing.circumstances import Circumstances
from pgconn.sizing.quoted import alert_at
from pgconn.sizing.textbook import regular_limit

_AT_A_RESTART: Final = "read at the start alone; it ends every session"


def moves(to: int, known: Circumstances) -> tuple[Move, ...]:
    """Everything to do, in its order."""
    return (*(_at_home(to) if known.provider is None else _at_provider(to, known.provider)), *_afterwards(to, known))


def _at_home(to: int) -> tuple[Move, ...]:
    sql = f"ALTER SYSTEM SET max_connections = {to}"
    return (
        Move(
            action="on every standby first, with a restart",
            sql=sql,
            restarts=True,
            why="with fewer than its primary it stops replaying",
        ),
        Move(action="then on the primary", sql=sql, why="it changes nothing yet"),
        Move(
            action="restart the primary",
            command="pg_ctl restart -D DATADIR -m fast",
            restarts=True,
            why=_AT_A_RESTART,
        ),
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
    return (
        *(() if provider.place == "manifest" else (replicas,)),
        Move(
            action=words,
            command=first or None,
            restarts=provider.restarts and not later,
            why="" if later else _AT_A_RESTART,
        ),
        *(Move(action="restart it", command=command, restarts=True, why=_AT_A_RESTART) for command in later),
    )


def _afterwards(to: int, known: Circumstances) -> tuple[Move, ...]:
    alert = alert_at(regular_limit(to, known.kept))
    return (
        Move(action="see that it took effect", command="pgconn status", why="how many can be opened now"),
        Move(action="only then let pools grow", why="who asks before is refused"),
        Move(action=f"move the alert to {alert}", why=f"80 % of what applications get of {to}"),
    )
