"""Which sessions are to end, which are spared, and what became of each."""

from typing import Literal

from pgconn.model import Moment, Value
from pgconn.model.session import AUTOVACUUM_WORKER

Action = Literal["terminate", "cancel"]
EndResult = Literal["terminated", "canceled", "gone", "changed", "denied", "alive"]
CriteriaShown = dict[str, int | float | str | bool | tuple[int | str, ...] | None]


class Victim(Value, frozen=True, kw_only=True):
    """A session that a plan would end, by the two things that identify it, with what it is and why.

    `backend_type`, `state` and `state_change` are checked again when it is signalled. `blocks` are the
    sessions that wait for it, directly or behind one another. `pooled_client` is the client that a pooler has put
    behind the application_name.
    """

    pid: int
    backend_start: Moment
    backend_type: str | None = None
    user: str | None = None
    database: str | None = None
    application_name: str | None = None
    client_addr: str | None = None
    state: str | None = None
    state_change: Moment | None = None
    state_seconds: float | None = None
    blocks: tuple[int, ...] = ()
    reason: str
    pooled_client: str | None = None


class Spared(Value, frozen=True, kw_only=True):
    """A session that a plan would not end, why, and the name of the protection that spares it."""

    pid: int
    why: str
    protection: str | None = None
    user: str | None = None
    application_name: str | None = None
    client_addr: str | None = None
    state: str | None = None
    pooled_client: str | None = None


class Cost(Value, frozen=True, kw_only=True):
    """What a plan takes from one application, user and client: `victims` of its `sessions`, and what that does."""

    application_name: str | None
    user: str | None
    client_addr: str | None
    victims: int
    sessions: int
    oldest_seconds: float | None
    effect: str


class Origin(Value, frozen=True, kw_only=True):
    """The server that a plan is for, since when it runs, and who looked."""

    host: str
    port: int
    database: str
    started_at: Moment
    role: str
    may_signal: bool | None = None
    pooler: bool = False


class Plan(Value, frozen=True, kw_only=True, tag_field="kind", tag="plan"):
    """Which sessions to end and which to spare on one server, as it was at one moment; nothing has been done.

    `frees` is how many slots it frees, and `wanted` how many were asked for; `unnamed` are the process ids that
    were named and that no session has.
    """

    version: Literal[1] = 1
    taken_at: Moment
    origin: Origin
    command: str
    action: Action
    any_state: bool
    not_protected: tuple[str, ...]
    criteria: CriteriaShown
    victims: tuple[Victim, ...]
    spared: tuple[Spared, ...]
    costs: tuple[Cost, ...]
    frees: int
    wanted: int | None = None
    unnamed: tuple[int, ...] = ()
    hidden_sessions: int = 0
    matched: int = 0

    @property
    def lacks_signal(self) -> str | None:
        """The role that looked, where it may end the sessions of its own roles alone, and the plan names others.

        Autovacuum workers are signalled by the right of another role.
        """
        others = not self.victims or any(victim.backend_type != AUTOVACUUM_WORKER for victim in self.victims)
        return self.origin.role if self.origin.may_signal is False and others else None


class Outcome(Value, frozen=True, kw_only=True):
    """What became of a victim.

    terminated: it was signalled and ended; canceled: its statement was cancelled; gone: it had ended before; changed:
    it was no longer what the plan says, and was not signalled; denied: the role may not; alive: it was signalled and
    is still there, or its statement still runs.
    """

    pid: int
    backend_start: Moment
    result: EndResult
    detail: str = ""


class Refill(Value, frozen=True, kw_only=True):
    """How one application came back after the end: `came_back` new sessions, the first and the last after so long."""

    application_name: str | None
    user: str | None
    client_addr: str | None
    ended: int
    came_back: int
    first_seconds: float | None
    last_seconds: float | None
    per_second: float


class Signalled(Value, frozen=True, kw_only=True):
    """What the statement that signals says of one victim; only "signalled" was.

    "unheard" has ended since, or is a process of the server that it does not signal.
    """

    pid: int
    backend_start: Moment
    state: str | None
    result: Literal[
        "signalled", "unheard", "gone", "hidden", "changed", "own", "superuser", "nobodys", "autovacuum", "unprivileged"
    ]


class Remaining(Value, frozen=True, kw_only=True):
    """A process that is still there."""

    pid: int
    backend_start: Moment | None
    state: str | None
    state_change: Moment | None
    wait_event_type: str | None
    wait_event: str | None


class Protection(Value, frozen=True, kw_only=True):
    """A kind of session that is spared: known by what the server says of it, or by the names that its tools use.

    An application_name is meant when it begins with one of `applications` as a whole word, in any case; a role when
    it is one of `roles`; a last query when one of its statements begins like one of `queries`.
    """

    name: str
    spares: str
    why: str
    applications: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
