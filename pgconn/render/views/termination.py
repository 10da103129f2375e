"""Who is to end, what that costs whom, who is spared, and what became of each, as a page."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from pgconn.config.policy import Policy
from pgconn.documents.termination import Termination
from pgconn.model.termination import Cost, Outcome, Plan, Refill, Spared, Victim
from pgconn.render.formats.cells import label
from pgconn.render.page import Cell, Column, Fact, Page, Section, Table
from pgconn.render.views.status import status_page
from pgconn.text.quantities import show_count

_WHO: Final = (Column(title="application"), Column(title="user"), Column(title="client"))
_COSTS: Final = (
    *_WHO,
    Column(title="to end", kind="count"),
    Column(title="of", kind="count"),
    Column(title="longest", kind="age"),
    Column(title="what that does", detail=True, prose=True),
)
_VICTIMS: Final = (
    Column(title="pid", kind="count"),
    *_WHO,
    Column(title="database"),
    Column(title="state"),
    Column(title="in state", kind="age"),
    Column(title="why", detail=True, prose=True),
)
_SPARED: Final = (
    Column(title="pid", kind="count"),
    *_WHO,
    Column(title="state"),
    Column(title="protection"),
    Column(title="why", detail=True, prose=True),
)
_OUTCOMES: Final = (
    *_WHO,
    Column(title="result"),
    Column(title="sessions", kind="count"),
)
_FAILED: Final = (
    Column(title="pid", kind="count"),
    Column(title="result"),
    Column(title="why", detail=True, prose=True),
)
_REFILL: Final = (
    *_WHO,
    Column(title="ended", kind="count"),
    Column(title="came back", kind="count"),
    Column(title="first after", kind="age"),
    Column(title="last after", kind="age"),
    Column(title="a second"),
)
_PROCESS: Final = (
    Column(title="pid", kind="count"),
    Column(title="user"),
    Column(title="database"),
    Column(title="client"),
    Column(title="state"),
    Column(title="why"),
)


def plan_page(plan: Plan | Termination) -> Page:
    """What would be done: the costs by application, user and client, then each victim by name, then the spared."""
    return Page(
        headline=_intention(plan),
        facts=tuple(_facts(plan)),
        table=_table(_COSTS, map(_cost, plan.costs)) if plan.costs else None,
        more=(
            *_titled("by name", _VICTIMS, [_victim(victim) for victim in plan.victims]),
            *_titled("spared", _SPARED, [_spared(spared) for spared in plan.spared]),
        )
        if plan.costs
        else (),
        notes=tuple(_spared_in_words(plan)) if not plan.costs else (),
    )


def outcome_page(document: Termination) -> Page:
    """What was done: the results by application, user and client, then by name whoever is still there, and why."""
    who = {(victim.pid, victim.backend_start): victim for victim in document.victims}
    counts = Counter((_who(who[o.pid, o.backend_start]), o.result) for o in document.outcomes)
    rows = [(*group, result, count) for (group, result), count in counts.most_common()]
    failed = [_failed(outcome) for outcome in document.outcomes if outcome.detail]
    return Page(
        headline=_done(document),
        facts=tuple(_facts(document)),
        table=_table(_OUTCOMES, rows) if rows else None,
        more=(
            *_titled("not as planned", _FAILED, failed),
            *_titled("the refill", _REFILL, [_refill(refill) for refill in document.refill]),
        )
        if rows
        else (),
        notes=tuple(_spared_in_words(document)),
    )


def rescue_page(document: Termination, policy: Policy) -> Page:
    """The status of the server that let us in with what was done; without one the plan."""
    if document.status is not None:
        page = status_page(document.status, policy)
        return msgspec.structs.replace(page, notes=(*page.notes, *_rescued(document)))
    first = f"the first of {show_count(len(document.victims), 'idle backend')} that let a connection in"
    spared = [(spared.pid, None, None, None, None, spared.why) for spared in document.spared]
    return Page(
        headline=f"pgconn rescue would end {first}" if document.victims else "pgconn rescue would end nobody",
        table=_table(_PROCESS, map(_process, document.victims)),
        more=_titled("spared", _PROCESS, spared),
        notes=tuple(_assumptions(document)),
    )


def _intention(plan: Plan | Termination) -> str:
    verb = "cancel the statements of" if plan.action == "cancel" else "end"
    many = show_count(len(plan.victims), "session") if plan.victims else "nobody"
    frees = f" and free {show_count(plan.frees or 0, 'slot')}" if plan.victims and plan.action == "terminate" else ""
    return f"pgconn {plan.command} would {verb} {many}{frees}"


def _done(document: Termination) -> str:
    counts = Counter(outcome.result for outcome in document.outcomes)
    told = ", ".join(f"{count} {result}" for result, count in counts.most_common())
    told = told or ("nothing was cancelled" if document.action == "cancel" else "nobody was ended")
    freed = f"; {show_count(document.freed, 'session')} ended" if counts and document.action == "terminate" else ""
    return f"pgconn {document.command}: {told}{freed}"


def _facts(plan: Plan | Termination) -> list[Fact]:
    facts = []
    if plan.wanted is not None and (plan.frees or 0) < plan.wanted:
        text = f"{plan.frees} of the {plan.wanted} slots that were asked for: nobody else may be ended"
        facts.append(Fact(label="frees", text=text, mood="warning"))
    if plan.origin.pooler if isinstance(plan, Plan) else plan.pooler:
        text = "pgconn came through one: a session behind it is shared by many clients, and its end may hit any of them"
        facts.append(Fact(label="pooler", text=text, mood="warning"))
    if isinstance(plan, Plan) and plan.origin.may_signal is False:
        text = (
            f"{plan.origin.role} may end the sessions of its own roles alone: GRANT pg_signal_backend lets it end more"
        )
        facts.append(Fact(label="rights", text=text, mood="warning"))
    if plan.hidden_sessions:
        text = f"{show_count(plan.hidden_sessions, 'session')} may not be seen: GRANT pg_read_all_stats shows them"
        facts.append(Fact(label="hidden", text=text, mood="warning"))
    if isinstance(plan, Termination) and not plan.dry_run and (missed := len(plan.victims) - len(plan.outcomes)):
        text = f"{show_count(missed, 'session')} that the plan names: it was over before them"
        facts.append(Fact(label="not reached", text=text, mood="warning"))
    return facts


def _spared_in_words(plan: Plan | Termination) -> list[str]:
    """How many were spared, by reason."""
    reasons = Counter((spared.why, spared.protection) for spared in plan.spared)
    return [
        f"spared {count}: {why}{f' (--not-protected {name} lifts that)' if name else ''}"
        for (why, name), count in reasons.most_common()
    ]


def _table(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> Table:
    return Table(columns=columns, sections=(Section(title=None, rows=tuple(rows), all_by="--json"),))


def _titled(title: str, columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]]) -> tuple[Table, ...]:
    return (msgspec.structs.replace(_table(columns, rows), title=title),) if rows else ()


def _who(of: Victim | Spared | Cost | Refill) -> tuple[Cell, Cell, Cell]:
    return (
        label("application_name", of.application_name),
        label("user", of.user),
        label("client_addr", of.client_addr),
    )


def _cost(cost: Cost) -> tuple[Cell, ...]:
    return *_who(cost), cost.victims, cost.sessions, cost.oldest_seconds, cost.effect


def _victim(victim: Victim) -> tuple[Cell, ...]:
    database = label("database", victim.database)
    return victim.pid, *_who(victim), database, victim.state, victim.state_seconds, victim.reason


def _spared(spared: Spared) -> tuple[Cell, ...]:
    return spared.pid, *_who(spared), spared.state, spared.protection, spared.why


def _failed(outcome: Outcome) -> tuple[Cell, ...]:
    return outcome.pid, outcome.result, outcome.detail


def _refill(refill: Refill) -> tuple[Cell, ...]:
    pace = f"{refill.per_second:g}"
    return *_who(refill), refill.ended, refill.came_back, refill.first_seconds, refill.last_seconds, pace


def _process(victim: Victim) -> tuple[Cell, ...]:
    client = label("client_addr", victim.client_addr)
    return victim.pid, victim.user, victim.database, client, victim.state, victim.reason


def _rescued(document: Termination) -> tuple[str, ...]:
    if not document.outcomes:
        return ("a connection was let in without ending anybody",)
    return (f"{show_count(document.freed, 'idle backend')} ended, so that this connection was let in",)


def _assumptions(document: Termination) -> list[str]:
    roles = document.criteria.get("superusers")
    if document.criteria.get("include_superusers") or not isinstance(roles, tuple):
        return []
    return [f"taken for superusers: {', '.join(map(str, roles))}; titles do not tell, --superuser ROLE names more"]
