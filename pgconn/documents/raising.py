"""What it costs to raise max_connections, in which order it is done, and whether a pooler would be cheaper."""

from typing import Literal

from pgconn.documents.sizing import Input, Reason
from pgconn.model import Value

Advice = Literal["raise", "pooler", "both"]


class Move(Value, frozen=True, kw_only=True):
    """One thing to do on the way: in words, and as a command or SQL; words in capitals are for you to fill in."""

    action: str
    command: str | None = None
    sql: str | None = None
    restarts: bool = False
    why: str = ""


class Raising(Value, frozen=True, kw_only=True, tag_field="kind", tag="raising"):
    """From so many connections to so many.

    `costs` are bytes that the further connections take, each by another way of reckoning; `holds` is how many sessions
    with their queries the memory holds, and `fits` whether that is enough, None where the RAM is not known. `moves` are
    to be made in their order. `needs` is what the operating system must grant then, `pooler` what a pooler needs for as
    many clients.
    """

    version: Literal[1] = 1
    inputs: dict[str, Input]
    slots: dict[str, int]
    costs: tuple[Reason, ...]
    holds: int | None
    fits: bool | None
    moves: tuple[Move, ...]
    needs: tuple[Reason, ...]
    pooler: tuple[Reason, ...]
    advice: Advice
    reasons: tuple[Reason, ...]
