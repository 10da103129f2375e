"""A plan carried out: victims are signalled while they are what the plan saw, and looked after until they are gone."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

from pgconn.config.policy import number
from pgconn.errors import PgconnError
from pgconn.model import Moment, Value
from pgconn.model.result import Listener
from pgconn.model.session import ACTIVE
from pgconn.model.termination import EndResult, Outcome, Plan, Remaining, Signalled, Victim
from pgconn.server import Server
from pgconn.sql import Parameter
from pgconn.text.quoting import sql_identifier

TERMINATION_WAIT: Final[
    Annotated[float, number("seconds that a signalled session is given to end", "most end within milliseconds")]
] = 5.0
_STATEMENTS: Final = 64  # in one message at most; each looks at the sessions anew before it signals its share
_PAUSES: Final = (0.005, 0.1)  # seconds between two looks for who is still there, from the first to the longest
_TICK: Final = 0.05  # seconds; how soon an interrupt is heard
_GRACE: Final = 1.0  # seconds that those who were signalled have left after an interrupt
_GONE: Final[tuple[EndResult, str]] = ("gone", "it had ended already")
_NOT_ALLOWED: Final[tuple[EndResult, str]] = ("denied", "PostgreSQL does not allow this process to be terminated")


class Limits(Value, frozen=True, kw_only=True):
    """How fast victims are signalled, how long they may take to disconnect, and what is recorded and watched then."""

    wait_seconds: float = TERMINATION_WAIT
    per_second: float | None = None
    watch_seconds: float = 0.0
    audit: Path | None = None


def carry_out(plan: Plan, server: Server, limits: Limits, listener: Listener) -> tuple[Outcome, ...]:
    """End or cancel the victims; as soon as it is known, what became of each that was reached.

    When the server goes away in the middle, those that were signalled are "alive", as far as can be known, and one
    that was not reached has no outcome.
    """
    return _Execution(plan, server, limits, listener).run()


class _Execution:
    def __init__(self, plan: Plan, server: Server, limits: Limits, listener: Listener) -> None:
        self._plan, self._server, self._limits, self._listener = plan, server, limits, listener
        self._victims = {victim.pid: victim for victim in plan.victims}
        self._asked: dict[int, Victim] = {}
        self._since: dict[int, float] = {}
        self._unheard: set[int] = set()
        self._outcomes: list[Outcome] = []

    def run(self) -> tuple[Outcome, ...]:
        try:
            self._signal()
            self._look_after()
        except PgconnError as error:
            self._give_up(error)
        return tuple(self._outcomes)

    def _give_up(self, error: PgconnError) -> None:
        """Who is gone is gone; whether the others of the last message were signalled is known no more."""
        with contextlib.suppress(PgconnError):
            self._look()
        for victim in list(self._asked.values()):
            self._settle(victim, "alive", f"it was signalled or was about to be, and then: {error.message}")

    def _signal(self) -> None:
        began, sent = time.monotonic(), 0
        for share in _shares(self._plan.victims, self._limits.per_second):
            self._rest_until(began + sent / self._limits.per_second if self._limits.per_second else began)
            if self._listener.wants_stop:
                return
            asked = [victim for part in share for victim in part]
            self._asked |= {victim.pid: victim for victim in asked}
            self._since |= dict.fromkeys((victim.pid for victim in asked), time.monotonic())
            for answer in self._server.ask_each(Signalled, [_parameters(part, self._plan) for part in share]):
                self._judge(answer)
            sent += sum(map(len, share))

    def _judge(self, answer: Signalled) -> None:
        if answer.result == "unheard":
            self._unheard.add(answer.pid)
        elif answer.result != "signalled":
            result, detail = _verdict(answer, self._plan.origin.role)
            self._settle(self._victims[answer.pid], result, detail)

    def _rest_until(self, due: float) -> None:
        """Wait for the next share, and look meanwhile which sessions have ended."""
        while (left := due - time.monotonic()) > 0 and not self._listener.wants_stop:
            if self._asked:
                self._look()
            time.sleep(min(left, _TICK))

    def _look_after(self) -> None:
        """Look until all who were signalled are gone, or their time is over."""
        deadline, hurried = time.monotonic() + self._limits.wait_seconds, False
        pause = _PAUSES[0]
        while self._asked:
            remaining = self._look()
            if self._listener.wants_stop and not hurried:
                deadline, hurried = min(deadline, time.monotonic() + _GRACE), True
            if not self._asked or time.monotonic() >= deadline:
                break
            time.sleep(pause)
            pause = min(2 * pause, _PAUSES[1])
        for victim in list(self._asked.values()):
            self._settle(victim, "alive", self._hanging(remaining[victim.pid]))

    def _look(self) -> dict[int, Remaining]:
        """Settle those who have done what they were asked; who is left."""
        found = self._server.ask(Remaining, pids=list(self._asked)).take(Remaining)
        there = {one.pid: one for one in found}
        for victim in list(self._asked.values()):
            now = there.get(victim.pid)
            if victim.pid in self._unheard:
                self._settle(victim, *(_GONE if now is None else _NOT_ALLOWED))
            elif (result := self._has_obeyed(victim, now)) is not None:
                self._settle(victim, result, "")
        return there

    def _has_obeyed(self, victim: Victim, now: Remaining | None) -> EndResult | None:
        if now is None or now.backend_start != victim.backend_start:
            return "terminated" if self._plan.action == "terminate" else "gone"
        if self._plan.action == "cancel" and (now.state, now.state_change) != (victim.state, victim.state_change):
            return "canceled"
        return None

    def _settle(self, victim: Victim, result: EndResult, detail: str) -> None:
        self._asked.pop(victim.pid, None)
        outcome = Outcome(pid=victim.pid, backend_start=victim.backend_start, result=result, detail=detail)
        self._outcomes.append(outcome)
        self._listener.on_outcome(victim, outcome)
        self._listener.on_progress(len(self._outcomes), len(self._victims))

    def _hanging(self, now: Remaining) -> str:
        """What a session waits for that did not end when it was signalled."""
        asked = "cancelled" if self._plan.action == "cancel" else "signalled"
        ago = round(time.monotonic() - self._since[now.pid], 1)
        begin = f"{asked} {ago:g} s ago; it is {now.state or 'in no state'}"
        if now.wait_event == "ClientWrite":
            more = "" if self._plan.action == "terminate" else f"; pgconn kill {now.pid} ends it"
            return f"{begin} and sends to a client that does not read (ClientWrite){more}"
        if now.wait_event is not None:
            return f"{begin} and waits for {now.wait_event_type}: {now.wait_event}"
        return f"{begin} and waits for nothing that shows: it computes, or hangs in the kernel or in foreign code"


def _shares(victims: Sequence[Victim], per_second: float | None) -> Iterator[list[list[Victim]]]:
    """The victims as messages of statements: one message, or one for each moment of a pace."""
    if per_second:
        at_once = max(1, round(per_second * 0.1))  # ten messages a second at most
        yield from ([[victim] for victim in victims[i : i + at_once]] for i in range(0, len(victims), at_once))
        return
    size = -(-len(victims) // _STATEMENTS)
    if victims:
        yield [list(victims[i : i + size]) for i in range(0, len(victims), size)]


def _parameters(victims: Sequence[Victim], plan: Plan) -> dict[str, Parameter]:
    return {
        "pids": [victim.pid for victim in victims],
        "backend_starts": [_exactly(victim.backend_start) for victim in victims],
        "backend_types": [victim.backend_type for victim in victims],
        "states": [victim.state for victim in victims],
        "state_changes": [_exactly(victim.state_change) for victim in victims],
        "any_state": plan.any_state,
        "cancel": plan.action == "cancel",
    }


def _exactly(moment: Moment | None) -> str | None:
    return moment.isoformat() if moment else None


def _verdict(answer: Signalled, role: str) -> tuple[EndResult, str]:
    """What it means that a victim was not signalled."""
    me = sql_identifier(role)
    match answer.result:
        case "hidden":
            return "denied", f"what it does may not be seen: GRANT pg_read_all_stats TO {me}"
        case "superuser":
            return "denied", "only a superuser may terminate a session of a superuser"
        case "nobodys":
            return "denied", "only a superuser may terminate a process that belongs to no role"
        case "autovacuum":
            return "denied", f"it is an autovacuum worker: GRANT pg_signal_autovacuum_worker TO {me}"
        case "unprivileged":
            return "denied", f"it belongs to another role: GRANT pg_signal_backend TO {me}"
        case "changed":
            now = answer.state or "in another state"
            return "changed", "it went to work" if now == ACTIVE else f"it has worked since, and is {now} now"
        case "own":
            return "changed", "it serves pgconn itself now"
    return _GONE
