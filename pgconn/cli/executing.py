"""A plan carried out before somebody's eyes: a line for each outcome, a bar where many end, an audit, the refill."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import msgspec

from pgconn.actions.audit import Audit
from pgconn.actions.reconnects import watch
from pgconn.actions.termination import Pace, Watcher, carry_out
from pgconn.cli.ending import Ending, report
from pgconn.cli.interrupts import Interrupts
from pgconn.cli.progress import counting
from pgconn.cli.talk import say, say_all
from pgconn.documents.status import Termination
from pgconn.errors import PgconnError
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Outcome, Plan, Victim
from pgconn.model.value import Value
from pgconn.server import Server
from pgconn.text.quantities import parse_duration

_BETWEEN_LINES: Final = 0.1  # seconds; lines of talk go out together, so that thousands take no time


class _Onlooker(Watcher):
    """Tells the person and the audit, and hears the interrupt."""

    def __init__(self, interrupts: Interrupts, audit: Audit | None, draw: Callable[[int], None]) -> None:
        self._interrupts, self._audit, self._draw = interrupts, audit, draw
        self._lines: list[str] = []
        self._flushed = time.monotonic()

    def told(self, victim: Victim, outcome: Outcome) -> None:
        if self._audit is not None:
            self._audit.write(victim, outcome)
        who = (
            f"{victim.user or '?'}@{victim.database or '?'} {victim.client_addr or '?'} {victim.application_name or ''}"
        )
        detail = f": {outcome.detail}" if outcome.detail else ""
        self._lines.append(f"{victim.pid} ({who.rstrip()}) {outcome.result}{detail}")
        if time.monotonic() - self._flushed > _BETWEEN_LINES:
            self.flush()

    def progress(self, done: int) -> None:
        self._draw(done)

    @property
    def wants_stop(self) -> bool:
        return self._interrupts.came

    def flush(self) -> None:
        say_all(self._lines)
        self._lines, self._flushed = [], time.monotonic()


class Executed(Value, frozen=True, kw_only=True):
    """What was done, also where it was `interrupted`; `complete` unless the audit or the refill lacks something."""

    document: Termination
    interrupted: bool
    complete: bool


def execute(plan: Plan, server: Server, wait_seconds: float, ending: Ending, look: Callable[[], Snapshot]) -> Executed:
    """Carry the plan out, keep the audit, and watch the refill."""
    watched = parse_duration(ending.watch_refill) if ending.watch_refill else 0.0
    with ExitStack() as stack:
        audit = stack.enter_context(Audit(ending.audit, plan)) if ending.audit is not None else None
        before = look() if watched and plan.victims else None
        interrupts = stack.enter_context(Interrupts())
        outcomes = _carried_out(
            plan, server, Pace(wait_seconds=wait_seconds, per_second=ending.per_second), interrupts, audit
        )
        document, complete = report(plan, outcomes, dry_run=False), True
        if before is not None and document.freed and not interrupts.came:
            say(f"watching for {watched:g} s who comes back")
            try:
                refill = watch(plan, outcomes, before, look, watched, lambda: interrupts.came)
                document = msgspec.structs.replace(document, refill=refill)
            except PgconnError as error:  # what was done before is still to be reported
                say(f"nothing can be said of the refill, the server is lost: {error.message}")
                complete = False
    if audit is not None and audit.failure is not None:
        say(audit.failure)
        complete = False
    return Executed(document=document, interrupted=interrupts.came, complete=complete)


def _carried_out(
    plan: Plan, server: Server, pace: Pace, interrupts: Interrupts, audit: Audit | None
) -> tuple[Outcome, ...]:
    verb = "cancelling" if plan.action == "cancel" else "ending"
    with counting(verb, len(plan.victims)) as draw:
        onlooker = _Onlooker(interrupts, audit, draw)
        try:
            return carry_out(plan, server, pace, onlooker)
        finally:
            onlooker.flush()
            sys.stderr.flush()
