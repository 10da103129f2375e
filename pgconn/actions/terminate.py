"""Ending sessions from a request to a result: look, plan, and, once that was agreed to, run and report.

Nothing here asks or prints. Between `plan` and `run` the caller decides whether the plan may be carried out.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import msgspec

from pgconn.actions import planning
from pgconn.actions.audit import Audit
from pgconn.actions.planning import Group, Request, group
from pgconn.actions.protections import Protections
from pgconn.actions.termination import Limits, carry_out
from pgconn.documents.termination import Termination
from pgconn.errors import INTERRUPTED, NotThere, PartlyDone, PgconnError, PrivilegeMissing
from pgconn.model.result import Listener, Message, Result, failed
from pgconn.model.session import STARTING, of_clients
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Outcome, Plan, Refill, Victim
from pgconn.observe.snapshot import take
from pgconn.server import Server
from pgconn.text.quantities import show_count
from pgconn.text.quoting import sql_identifier

_PAUSE: Final = 0.5  # seconds between two looks


def watch(
    document: Termination, before: Snapshot, look: Callable[[], Snapshot], seconds: float, listener: Listener
) -> tuple[Refill, ...]:
    """Watch for new sessions in slots, for each application, user and client that lost some or that has some.

    `before` is what was there right before the first was signalled.
    """
    known = {(session.pid, session.backend_start) for session in before.sessions}
    came: dict[Group, list[float]] = defaultdict(list)
    deadline, latest = time.monotonic() + seconds, before
    while (left := deadline - time.monotonic()) > 0 and not listener.wants_stop:
        time.sleep(min(_PAUSE, left))
        latest = look()
        for session in latest.holders:
            if session.state == STARTING or session.backend_start is None:
                continue  # its user will be known once it is in
            if (session.pid, session.backend_start) not in known:
                known.add((session.pid, session.backend_start))
                came[group(session)].append((session.backend_start - before.taken_at).total_seconds())
    return _refills(document, came, max(0.001, (latest.taken_at - before.taken_at).total_seconds()))


def _refills(document: Termination, came: dict[Group, list[float]], watched: float) -> tuple[Refill, ...]:
    left = {outcome.pid for outcome in document.outcomes if outcome.result == "terminated"}
    ended: dict[Group, int] = defaultdict(int)
    for victim in document.victims:
        ended[group(victim)] += victim.pid in left
    refills = [
        Refill(
            application_name=group[0],
            user=group[1],
            client_addr=group[2],
            ended=ended.get(group, 0),
            came_back=len(times := sorted(came.get(group, []))),
            first_seconds=max(0.0, times[0]) if times else None,
            last_seconds=max(0.0, times[-1]) if times else None,
            per_second=round(len(times) / watched, 2),
        )
        for group in {**ended, **came}
        if ended.get(group) or group in came
    ]
    return tuple(sorted(refills, key=lambda refill: (-refill.came_back, -refill.ended)))


def look(server: Server) -> Snapshot:
    """A snapshot with all that a plan rests on."""
    return take(server, with_queries=True, with_blockers=True, with_locks=True)


def plan(snapshot: Snapshot, request: Request, protections: Protections, listener: Listener) -> Plan:
    """The plan of a request; raises NotThere where a filter or a process id matches no session."""
    listed = of_clients(snapshot.sessions)
    made = planning.plan(snapshot, request, protections)
    if not snapshot.instance.track_activities and not request.pids:
        listener.info("track_activities is off on this server: sessions show no state, so none can be seen to be idle")
    request.criteria.check(listed, NotThere)
    if made.unnamed:
        named = ", ".join(map(str, made.unnamed))
        raise NotThere(
            f"no session has the process id {named}, so no session was ended",
            hint=f"pgconn sessions lists {show_count(len(listed), 'session')}",
        )
    return made


def plan_recorded(recorded: Snapshot, request: Request, protections: Protections, listener: Listener) -> Plan:
    """The plan of a request on the snapshot of a recording, which may lack the queries that show who listens."""
    if all(session.query is None for session in recorded.sessions):
        listener.info(
            "the recording holds no queries, so it does not show which sessions listen; pgconn apply looks anew",
            "hint: pgconn record --with-queries keeps them",
        )
    return plan(recorded, request, protections, listener)


def preview(plan: Plan) -> Result[Termination]:
    """The plan as a result in which nothing was done."""
    document = report(plan, (), dry_run=True)
    hidden = not plan.victims and plan.hidden_sessions and not plan.criteria.get("pids")
    return _privilege_missing(plan, document) if hidden else Result(document=document)


def run(plan: Plan, server: Server, limits: Limits, listener: Listener) -> Result[Termination]:
    """Carry the plan out, with a line in the audit for each outcome, and watch afterwards which clients reconnect.

    When the listener stops it, or the server is lost, the result says what was done until then.
    """
    with ExitStack() as stack:
        audit = stack.enter_context(Audit(limits.audit, plan)) if limits.audit is not None else None
        before = look(server) if limits.watch_seconds and plan.victims else None
        outcomes = carry_out(plan, server, limits, _Audited(listener, audit) if audit else listener)
        document, complete = report(plan, outcomes, dry_run=False), True
        if before is not None and document.freed and not listener.wants_stop:
            listener.info(f"watching for {limits.watch_seconds:g} s which clients reconnect")
            try:
                refill = watch(document, before, lambda: look(server), limits.watch_seconds, listener)
                document = msgspec.structs.replace(document, refill=refill)
            except PgconnError as error:  # what was done before is still to be reported
                listener.info(f"the reconnects are not known, the connection is lost: {error.message}")
                complete = False
    if audit is not None and audit.failure is not None:
        listener.info(audit.failure)
        complete = False
    if listener.wants_stop:
        return Result(document=document, exit_code=INTERRUPTED)
    result = _concluded(plan, document)
    if complete or result.exit_code:
        return result
    return msgspec.structs.replace(result, exit_code=PartlyDone.exit_code)


class _Audited(Listener):
    """A listener that hears of an outcome once it is in the audit."""

    def __init__(self, listener: Listener, audit: Audit) -> None:
        self._listener, self._audit = listener, audit

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        self._audit.write(victim, outcome)
        self._listener.on_outcome(victim, outcome)

    def on_progress(self, done: int, total: int) -> None:
        self._listener.on_progress(done, total)

    @property
    def wants_stop(self) -> bool:
        return self._listener.wants_stop


def report(plan: Plan, outcomes: tuple[Outcome, ...], *, dry_run: bool) -> Termination:
    """The document of a plan and of what became of it."""
    return Termination(
        taken_at=plan.taken_at,
        command=plan.command,
        action=plan.action,
        dry_run=dry_run,
        pooler=plan.origin.pooler,
        hidden_sessions=plan.hidden_sessions,
        criteria=plan.criteria,
        victims=plan.victims,
        spared=plan.spared,
        costs=plan.costs,
        frees=plan.frees,
        wanted=plan.wanted,
        outcomes=outcomes,
        freed=sum(outcome.result == "terminated" for outcome in outcomes),
    )


def _concluded(plan: Plan, document: Termination) -> Result[Termination]:
    """Whether all was done: 5 when every victim was denied, 6 when a part was done, or a named session was spared."""
    results = [outcome.result for outcome in document.outcomes]
    named = "pids" in plan.criteria
    if not plan.victims and plan.hidden_sessions and not named:
        return _privilege_missing(plan, document)
    if results and set(results) == {"denied"}:
        return Result(document=document, exit_code=PrivilegeMissing.exit_code)
    if missed := _missed(plan, document):
        return failed(document, missed)
    if named and plan.spared:
        return _named_but_spared(plan, document)
    if plan.wanted is not None and document.freed < plan.wanted:
        free = f"{document.freed} of the {plan.wanted} slots that were asked for are free"
        further = "see what was spared; --include-active and --not-protected NAME go further"
        return failed(document, PartlyDone(free, hint=further))
    return Result(document=document)


def _missed(plan: Plan, document: Termination) -> PartlyDone | None:
    """What was not done of a plan; a session that was named and went to work counts, one of a filter does not."""
    cancels = plan.action == "cancel"
    missing = ("denied", "alive", "changed") if "pids" in plan.criteria and not cancels else ("denied", "alive")
    count = sum(outcome.result in missing for outcome in document.outcomes)
    count += len(plan.victims) - len(document.outcomes)
    if not count:
        return None
    verb = ("was" if count == 1 else "were") + " not cancelled" if cancels else "did not end"
    many = show_count(count, "statement" if cancels else "session")
    return PartlyDone(f"{many} of {len(plan.victims)} {verb}", hint="see above why")


def _named_but_spared(plan: Plan, document: Termination) -> Result[Termination]:
    spared = plan.spared[0]
    lifts = f"--not-protected {spared.protection} lifts that" if spared.protection else None
    more = f", and {len(plan.spared) - 1} more" if len(plan.spared) > 1 else ""
    why = f"{spared.pid} was spared{more}: {spared.why}"
    if not plan.victims and plan.hidden_sessions and all(one.state is None for one in plan.spared):
        return Result(document=document, messages=(Message(text=why),), exit_code=PrivilegeMissing.exit_code)
    return failed(document, PartlyDone(why, hint=lifts))


def _privilege_missing(plan: Plan, document: Termination) -> Result[Termination]:
    """No session was chosen, perhaps because the role may not see what the sessions do."""
    lacks = "pg_read_all_stats" if plan.origin.may_signal else "pg_read_all_stats, pg_signal_backend"
    hidden = show_count(plan.hidden_sessions, "session")
    messages = (
        Message(level="warning", text=f"{hidden} may not be seen by {plan.origin.role}, so none of them was meant"),
        Message(text=f"hint: GRANT {lacks} TO {sql_identifier(plan.origin.role)}"),
    )
    return Result(document=document, messages=messages, exit_code=PrivilegeMissing.exit_code)
