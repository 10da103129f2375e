"""Which sessions are to end, what that costs which client, which are spared, and what became of each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from pgconn.documents.status import Status
from pgconn.documents.termination import Protected, Termination
from pgconn.model.termination import Cost, Outcome, Plan, Protection, Refill, Spared, Victim
from pgconn.render.blocks import Block, Cell, Column, Fact, Facts, Heading, Notes, Row, Steps, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions, client_cell, fields, label, rows_from
from pgconn.render.views.status import next_steps, seen
from pgconn.text.quantities import show_count

_WHO: Final = Column.texts("application", "user", "client")
_COSTS: Final = (
    *_WHO,
    *Column.counts("to end", "of"),
    Column(title="longest", kind="age"),
    Column(title="what that does", place="prose"),
)
_VICTIMS: Final = (
    Column(title="pid", kind="count"),
    *_WHO,
    *Column.texts("database", "state"),
    Column(title="in state", kind="age"),
    Column(title="why", place="prose"),
)
_SPARED: Final = (
    Column(title="pid", kind="count"),
    *_WHO,
    *Column.texts("state", "protection"),
    Column(title="why", place="prose"),
)
_OUTCOMES: Final = (*_WHO, Column(title="result"), Column(title="sessions", kind="count"))
_FAILED: Final = (Column(title="pid", kind="count"), Column(title="result"), Column(title="why", place="prose"))
_REFILL: Final = (
    *_WHO,
    *Column.counts("ended", "came back"),
    Column(title="first after", kind="age"),
    Column(title="last after", kind="age"),
    Column(title="a second"),
)
_PROCESS: Final = (Column(title="pid", kind="count"), *Column.texts("user", "database", "client", "state", "why"))


def termination_blocks(document: Termination, options: ViewOptions) -> Iterator[Block]:
    """What would be done, or what was done; of a rescue also the status of the server that let it in."""
    if document.command == "rescue":
        return _rescued(document, document.status, options) if document.status is not None else _rescue(document)
    return plan_blocks(document, options) if document.dry_run else _outcome(document, options)


def plan_blocks(plan: Plan | Termination, options: ViewOptions) -> Iterator[Block]:
    """What would be done: the costs by application, user and client, then each victim by name, then the spared."""
    yield Heading(text=_intention(plan))
    yield Facts(facts=tuple(_facts(plan, options)))
    if plan.costs:
        yield _table(_COSTS, map(_cost, plan.costs))
        yield from _titled("by name", _VICTIMS, [_victim(victim) for victim in plan.victims])
        yield from _titled("spared", _SPARED, [_spared(spared) for spared in plan.spared])
    else:
        yield Notes.of(_spared_in_words(plan))


def termination_rows(document: Termination) -> Rows:
    """Every field of each victim, with what became of it."""
    results = {(outcome.pid, outcome.backend_start): outcome.result for outcome in document.outcomes}
    return _victims(document, results)


def plan_rows(plan: Plan) -> Rows:
    """Every field of each victim."""
    return _victims(plan, {})


def _victims(plan: Plan | Termination, results: Mapping[tuple[int, datetime], str]) -> Rows:
    rows = ((*fields(victim), results.get((victim.pid, victim.backend_start))) for victim in plan.victims)
    return Rows(columns=(*Victim.__struct_fields__, "result"), rows=rows)


def _outcome(document: Termination, options: ViewOptions) -> Iterator[Block]:
    """The results by application, user and client, then by name the sessions that are still there, and why."""
    who = {(victim.pid, victim.backend_start): victim for victim in document.victims}
    counts = Counter((_who(who[o.pid, o.backend_start]), o.result) for o in document.outcomes)
    yield Heading(text=_done(document))
    yield Facts(facts=tuple(_facts(document, options)))
    if counts:
        yield _table(_OUTCOMES, ((*group, result, count) for (group, result), count in counts.most_common()))
        yield from _titled("not as planned", _FAILED, [_failed(one) for one in document.outcomes if one.detail])
        yield from _titled("the refill", _REFILL, [_refill(refill) for refill in document.refill])
    yield Notes.of(_spared_in_words(document))


def _rescue(document: Termination) -> Iterator[Block]:
    """The backends that a rescue would end, in their order."""
    first = f"up to {show_count(len(document.victims), 'idle backend')}, one at a time, until a connection is accepted"
    yield Heading(text=f"pgconn rescue would end {first if document.victims else 'no backend'}")
    yield _table(_PROCESS, map(_process, document.victims))
    yield from _titled("spared", _PROCESS, [(one.pid, None, None, None, None, one.why) for one in document.spared])
    yield Notes.of(_assumptions(document))


def _rescued(document: Termination, status: Status, options: ViewOptions) -> Iterator[Block]:
    """The status of the server that let us in, and what was done for that."""
    ended = f"{show_count(document.freed, 'idle backend')} ended, so that this connection was accepted"
    yield from seen(status, options)
    yield Notes.of([ended if document.outcomes else "a connection was accepted without ending any session"])
    yield Steps(steps=next_steps(status))


def _intention(plan: Plan | Termination) -> str:
    verb = "cancel the statements of" if plan.action == "cancel" else "end"
    many = show_count(len(plan.victims), "session") if plan.victims else "no session"
    frees = f" and free {show_count(plan.frees or 0, 'slot')}" if plan.victims and plan.action == "terminate" else ""
    return f"pgconn {plan.command} would {verb} {many}{frees}"


def _done(document: Termination) -> str:
    counts = Counter(outcome.result for outcome in document.outcomes)
    results = ", ".join(f"{count} {result}" for result, count in counts.most_common())
    results = results or ("nothing was cancelled" if document.action == "cancel" else "no session was ended")
    freed = f"; {show_count(document.freed, 'session')} ended" if counts and document.action == "terminate" else ""
    return f"pgconn {document.command}: {results}{freed}"


def _facts(plan: Plan | Termination, options: ViewOptions) -> list[Fact]:
    facts = []
    if plan.wanted is not None and (plan.frees or 0) < plan.wanted:
        text = f"{plan.frees} of the {plan.wanted} slots that were asked for: no other session may be ended"
        facts.append(Fact(label="frees", text=text, mood="warning"))
    if plan.origin.pooler if isinstance(plan, Plan) else plan.pooler:
        text = "pgconn came through one: a session behind it is shared by many clients, and its end may hit any of them"
        facts.append(Fact(label="pooler", text=text, mood="warning"))
    if (role := _lacks_signal(plan, options)) is not None:
        text = f"{role} may end the sessions of its own roles alone: GRANT pg_signal_backend lets it end more"
        facts.append(Fact(label="rights", text=text, mood="warning"))
    if plan.hidden_sessions:
        text = f"{show_count(plan.hidden_sessions, 'session')} may not be seen: GRANT pg_read_all_stats shows them"
        facts.append(Fact(label="hidden", text=text, mood="warning"))
    if isinstance(plan, Termination) and not plan.dry_run and (missed := len(plan.victims) - len(plan.outcomes)):
        text = f"{show_count(missed, 'session')} that the plan names: it was over before them"
        facts.append(Fact(label="not reached", text=text, mood="warning"))
    return facts


def _lacks_signal(plan: Plan | Termination, options: ViewOptions) -> str | None:
    """The role that would end the sessions, where it may not end those of others."""
    if isinstance(plan, Termination):
        return options.lacks_signal
    return plan.lacks_signal


def _spared_in_words(plan: Plan | Termination) -> list[str]:
    """How many were spared, by reason."""
    reasons = Counter((spared.why, spared.protection) for spared in plan.spared)
    return [
        f"spared {count}: {why}{f' (--not-protected {name} lifts that)' if name else ''}"
        for (why, name), count in reasons.most_common()
    ]


def _table(columns: tuple[Column, ...], rows: Iterable[Row], title: str = "") -> Table:
    return Table.of(columns, rows, title=title, all_by="--json")


def _titled(title: str, columns: tuple[Column, ...], rows: Sequence[Row]) -> Iterator[Table]:
    if rows:
        yield _table(columns, rows, title)


def _who(of: Victim | Spared | Cost | Refill) -> tuple[Cell, Cell, Cell]:
    return (
        label("application_name", of.application_name),
        label("user", of.user),
        label("client_addr", of.client_addr),
    )


def _by_name(of: Victim | Spared) -> tuple[Cell, Cell, Cell]:
    application, user, _ = _who(of)
    return application, user, client_cell(of.client_addr, of.pooled_client)


def _cost(cost: Cost) -> Row:
    return *_who(cost), cost.victims, cost.sessions, cost.oldest_seconds, cost.effect


def _victim(victim: Victim) -> Row:
    database = label("database", victim.database)
    return victim.pid, *_by_name(victim), database, victim.state, victim.state_seconds, victim.reason


def _spared(spared: Spared) -> Row:
    return spared.pid, *_by_name(spared), spared.state, spared.protection, spared.why


def _failed(outcome: Outcome) -> Row:
    return outcome.pid, outcome.result, outcome.detail


def _refill(refill: Refill) -> Row:
    pace = f"{refill.per_second:g}"
    return *_who(refill), refill.ended, refill.came_back, refill.first_seconds, refill.last_seconds, pace


def _process(victim: Victim) -> Row:
    client = label("client_addr", victim.client_addr)
    return victim.pid, victim.user, victim.database, client, victim.state, victim.reason


def _assumptions(document: Termination) -> list[str]:
    roles = document.criteria.get("superusers")
    if document.criteria.get("include_superusers") or not isinstance(roles, tuple):
        return []
    return [f"taken for superusers: {', '.join(map(str, roles))}; titles do not show it, --superuser ROLE names more"]


VIEWS[Termination] = View(blocks=termination_blocks, rows=termination_rows)
VIEWS[Plan] = View(blocks=plan_blocks, rows=plan_rows)


_COLUMNS: Final = (Column(title="protection"), Column(title="spares", place="paragraph"))


def protections_blocks(document: Protected, _: ViewOptions) -> Iterator[Block]:
    """Each protection with the sessions that it spares."""
    yield Heading(text="spared by every command that ends sessions, unless --not-protected NAME lifts it")
    yield Table.of(_COLUMNS, map(_row, document.protections))


def _row(protection: Protection) -> Row:
    known = [
        f"{word} {', '.join(names)}"
        for word, names in (("applications", protection.applications), ("roles", protection.roles))
        if names
    ]
    return protection.name, "; ".join((protection.spares, *known))


VIEWS[Protected] = View(blocks=protections_blocks, rows=lambda one: rows_from(Protection, one.protections))
