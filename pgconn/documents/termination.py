"""What became of the sessions that a plan would end, and the protections that such plans obey."""

from typing import Literal

from pgconn.documents.status import Status
from pgconn.model import Moment, Value
from pgconn.model.termination import Action, Cost, CriteriaShown, Outcome, Protection, Refill, Spared, Victim


class Termination(Value, frozen=True, kw_only=True, tag_field="kind", tag="termination"):
    """Which sessions were chosen to end, which were spared, and what became of each.

    `frees` is how many slots the plan frees, `wanted` how many were asked for, and `freed` how many sessions ended. A
    victim without an outcome was not reached, because the run was interrupted. `costs` is what each client loses, and
    `refill` how fast they came back, where that was watched. `status` is that of the server afterwards, where it was
    asked.
    """

    version: Literal[1] = 1
    taken_at: Moment
    command: str = "rescue"
    action: Action = "terminate"
    dry_run: bool
    pooler: bool = False
    hidden_sessions: int = 0
    criteria: CriteriaShown
    victims: tuple[Victim, ...]
    spared: tuple[Spared, ...]
    costs: tuple[Cost, ...] = ()
    frees: int | None = None
    wanted: int | None = None
    outcomes: tuple[Outcome, ...]
    freed: int
    refill: tuple[Refill, ...] = ()
    status: Status | None = None


class Protected(Value, frozen=True, kw_only=True, tag_field="kind", tag="protections"):
    """All protections, in the order in which they are looked at."""

    version: Literal[1] = 1
    protections: tuple[Protection, ...]
