"""Why so many connections, and what breaks first."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Reason
from pgconn.sizing.decision import DEFAULT, DEMAND, GIVEN, Decision, kept, worth_having
from pgconn.sizing.reasons.memory import DOCUMENTATION, JUDGEMENT
from pgconn.sizing.request import Basis

SLOTS: Final = f"{DOCUMENTATION}, Connections and Authentication"


def slot_reasons(basis: Basis, decision: Decision) -> Iterator[Reason]:
    """The demand, max_connections, what is reserved of it, and the alerts."""
    choices = basis.choices
    if decision.demand:
        yield _demand(basis, decision)
    yield _active(basis)
    if not decision.connections:
        return
    yield _max_connections(basis, decision)
    yield from _reserves(basis)
    yield Reason(
        name="usable",
        value=decision.usable,
        why="what applications may use",
        formula="max_connections - all that is reserved or held by superusers",
        numbers=f"{decision.connections} - {kept(basis)} = {decision.usable}",
        source=SLOTS,
        rests_on=("max_connections", "superuser_reserved_connections"),
    )
    for name, share, what in (
        ("alert", choices.utilisation, "from here on somebody should look"),
        ("page", choices.page_at, "from here on somebody should be woken"),
    ):
        yield Reason(
            name=name,
            value=threshold(decision.usable, share),
            why=f"{what}: {share:.0%} of what applications may use",
            formula=f"{share:g} x usable",
            numbers=f"{share:g} x {decision.usable} = {share * decision.usable:g}",
            source="a rule of monitoring",
            rests_on=("usable",),
        )
    yield breaks_first(decision)


def threshold(usable: int, share: float) -> int:
    """At how many of the usable slots this share is reached."""
    return int(share * usable + 1e-9)


def _demand(basis: Basis, decision: Decision) -> Reason:
    choices = basis.choices
    if decision.pooler:
        assert decision.pooler is not None
        sessions = "the pooler's server connections with their reserve"
    else:
        sessions = "the sessions while a deploy rolls" if decision.clients else "the sessions that are there"
    count = decision.clients + choices.direct if decision.clients else basis.sessions
    beside = f" and {choices.direct} that connect directly" if decision.clients else ""
    return Reason(
        name="demand",
        value=decision.demand,
        why=f"{sessions}{beside}, below the alert, and the reserves",
        formula=f"(sessions + direct) / {choices.utilisation:g} + reserved, rounded up to {choices.round_to}",
        numbers=f"{count} / {choices.utilisation:g} + {kept(basis)} -> {decision.demand}"
        if not decision.pooler
        else f"-> {decision.demand}",
        source="topology and its surge",
    )


def _active(basis: Basis) -> Reason:
    active, most = worth_having(basis)
    if basis.cores is None:
        return Reason(
            name="active",
            value=active,
            why="sessions at work at once that are worth having; the cores are unknown",
            formula="25 to 50",
            numbers=f"{active} to {most}",
            source="a rule of thumb",
        )
    return Reason(
        name="active",
        value=active,
        why="sessions at work at once that are worth having; more of them only wait for each other",
        formula="2 x cores + disk arms, up to 5 x cores on fast storage",
        numbers=f"2 x {basis.cores:g}{' + 1' if basis.storage == 'hdd' else ''} = {active}, up to {most}",
        source="PostgreSQL's wiki, Number Of Database Connections",
    )


def _max_connections(basis: Basis, decision: Decision) -> Reason:
    binding = decision.binding
    limits = ", ".join(f"{name} {limit}" for name, limit in decision.limits.items())
    return Reason(
        name="max_connections",
        value=decision.connections,
        why=_BINDINGS.get(binding, binding).format(limit=decision.limits.get(binding, 0), demand=decision.demand),
        formula="as given, within memory" if binding == GIVEN else "max(default, demand), within memory, CPU, provider",
        numbers=f"max({basis.choices.default_connections}, {decision.demand}) within {limits} = {decision.connections}"
        if basis.max_connections is None
        else f"{basis.max_connections} within {limits} = {decision.connections}",
        source=SLOTS if binding == DEFAULT else JUDGEMENT if binding == "cpu" else "the calculation",
        rests_on=("memory_allows", *(("demand",) if decision.demand else ())),
    )


_BINDINGS: Final = {
    DEFAULT: "the default is enough",
    GIVEN: "as given; it fits",
    DEMAND: "what the applications need while a deploy rolls",
    "memory": "the memory holds no more",
    "cpu": "more than {limit} cost more than they bring: use a pooler",
    "provider": "the provider allows no more than {limit}",
}


def _reserves(basis: Basis) -> Iterator[Reason]:
    yield Reason(
        name="superuser_reserved_connections",
        value=basis.superuser_reserved,
        why="so that an administrator gets in when the rest is taken",
        formula="PostgreSQL's default",
        numbers=str(basis.superuser_reserved),
        source=SLOTS,
    )
    if basis.pg_version >= 16:
        yield Reason(
            name="reserved_connections",
            value=basis.reserved,
            why="for members of pg_use_reserved_connections: monitoring, and pgconn, without a superuser",
            formula="one for the monitoring, one for you",
            numbers=str(basis.reserved),
            source=JUDGEMENT,
        )


def breaks_first(decision: Decision) -> Reason:
    """What gives way first when ever more sessions come."""
    slots, memory = decision.usable + 1, decision.limits["memory"] + 1
    most = decision.connections
    if memory > most:
        why = f"the slots, at session {slots} of applications; memory would last for {memory - 1}"
        value = slots
    else:
        why = f"memory, at {memory} warm sessions of {most}"
        value = memory
    return Reason(
        name="breaks_first",
        value=value,
        why=why,
        formula="the smaller of usable + 1 and memory_allows + 1",
        numbers=f"min({slots}, {memory})",
        source="the calculation",
        rests_on=("usable", "memory_allows"),
    )
