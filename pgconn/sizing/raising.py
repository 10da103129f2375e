"""What raising max_connections costs, in which order it is done, and when a pooler is cheaper."""

import math
from typing import Final

from pgconn.data.provider import ProviderLimits
from pgconn.documents.raising import Advice, Raising
from pgconn.documents.sizing import Input, Reason
from pgconn.errors import WrongUsage
from pgconn.model.capacity import MAX_CONNECTIONS, reserves_fit
from pgconn.sizing.circumstances import Circumstances
from pgconn.sizing.kernel import needs
from pgconn.sizing.measured import MIB
from pgconn.sizing.moves import moves
from pgconn.sizing.pooler import planned_files, server_connections
from pgconn.sizing.quoted import SLOTS as _SLOTS, alert_at
from pgconn.sizing.textbook import ACTIVE, PER_CONNECTION, regular_limit
from pgconn.text.quantities import show_size

_GUIDES: Final = "rule of thumb of tuning guides"
_MEASURED: Final = "measured on PostgreSQL 13 to 18"

_STANDBY: Final = "PostgreSQL's documentation, Hot Standby"
_POOLERS: Final = "measured on PgBouncer 1.18 and 1.24"
_FRESH: Final = int(1.25 * MIB)
_BOUNCER: Final = 8 * MIB
_CLIENT: Final = 2048


def raising(start: int, to: int, known: Circumstances | None = None) -> Raising:
    """What it takes to go from `start` connections to `to`; WrongUsage where that is no raising."""
    known = known or Circumstances()
    _check(start, to, known)
    usable, worth = regular_limit(start, known.kept), worth_having(known)
    fits = None if known.holds is None else to <= known.holds
    advice, why = _advice(to, usable, worth, fits=fits, known=known)
    return Raising(
        inputs={
            "from": Input(value=start, origin="given"),
            "to": Input(value=to, origin="given"),
            **known.inputs,
        },
        slots={
            "from": start,
            "to": to,
            "added": to - start,
            "usable_before": usable,
            "usable": regular_limit(to, known.kept),
            "alert": alert_at(regular_limit(to, known.kept)),
        },
        costs=_costs(to - start, known),
        holds=known.holds,
        fits=fits,
        moves=moves(to, known),
        needs=needs(start, to, known),
        pooler=_pooler(to, usable, min(worth, to), known),
        advice=advice,
        reasons=(
            Reason(name="advice", value=advice, why=why, source="the numbers above"),
            *_reasons(known),
        ),
    )


def worth_having(known: Circumstances) -> int:
    """How many server connections keep as many sessions at work as the machine serves well."""
    choices = known.choices
    active = choices.unknown_active if known.cores is None else math.ceil(choices.per_core * known.cores)
    return server_connections(active, choices.busy)


def _check(start: int, to: int, known: Circumstances) -> None:
    if start < 1:
        raise WrongUsage(f"max_connections cannot be {start}", hint="such as --from 100 --to 500")
    if to <= start:
        raise WrongUsage(
            f"{to} is not more than {start}",
            hint="to lower it: the primary first, then its standbys, each with a restart",
        )
    if to > MAX_CONNECTIONS:
        raise WrongUsage(f"PostgreSQL takes {MAX_CONNECTIONS} connections at most", hint="put a pooler before it")
    if not reserves_fit(start, known.kept):
        raise WrongUsage(
            f"{known.kept} of {start} connections are reserved: such a server does not start",
            hint="max_connections must be more than its reserves",
        )


def _costs(added: int, known: Circumstances) -> tuple[Reason, ...]:
    warm, fresh = known.warm_session, _FRESH + known.slot
    rows = (
        ("textbook", PER_CONNECTION, "each, whatever they do", _GUIDES),
        ("warm", warm, f"when all are in use: {_habits(known)}", _MEASURED),
        ("idle", fresh, "when they were opened and never used", _MEASURED),
        ("shared_memory", known.slot, "for the places themselves, taken at the start, used or not", _MEASURED),
    )
    return tuple(
        Reason(name=name, value=added * each, why=f"{added} x {show_size(each)} {why}", source=source)
        for name, each, why, source in rows
    )


def _habits(known: Circumstances) -> str:
    if known.is_measured:
        return "as seen on this server"
    habits = f"{known.choices.tables} tables and {known.choices.prepared} prepared statements each"
    habits += ", a compilation" if known.jit else ""
    if known.huge_pages or known.shared_buffers is None:
        return habits
    return f"{habits}, and page tables for {show_size(known.shared_buffers)} of shared_buffers"


def _pooler(to: int, usable: int, worth: int, known: Circumstances) -> tuple[Reason, ...]:
    memory = _BOUNCER + to * _CLIENT + worth * known.warm_session
    work = (
        f"{ACTIVE[0]} to {ACTIVE[1]} at work at once serve most applications"
        if known.cores is None
        else f"{known.cores:g} cores x 2 at work at once, each of them half of the time"
    )
    more = max(0, worth - usable)
    room = (
        f"{worth} fit in the {usable} that applications have now" if not more else f"{worth} less the {usable} of now"
    )
    each, client = known.warm_session, f"{to} x {show_size(_CLIENT)}"
    reasons = [
        Reason(name="server_connections", value=worth, why=work, source=_GUIDES),
        Reason(name="further_slots", value=more, why=room, source="max_connections less the reserves"),
        Reason(
            name="memory",
            value=memory,
            why=f"{worth} x {show_size(each)} on the server; {show_size(_BOUNCER)} and {client} of PgBouncer",
            source=_POOLERS,
        ),
        Reason(
            name="open_files",
            value=planned_files(to, worth),
            why="of PgBouncer for one database and one user: clients + 12 + 2 x server connections",
            source="PgBouncer's source: check_limits",
        ),
    ]
    if known.provider is not None:
        there = f"the pooler of {known.provider.name}"
        reasons.append(Reason(name="there", value=known.provider.pooler, why=there, source=known.provider.source))
    return tuple(reasons)


def _advice(to: int, usable: int, worth: int, *, fits: bool | None, known: Circumstances) -> tuple[Advice, str]:
    most = None if known.provider is None else known.provider.most
    if most is not None and to > most:
        return "pooler", f"{to} is more than the {most} that are allowed there"
    if fits is False:
        return "pooler", f"the memory holds {known.holds} sessions with their queries, not {to}"
    if to > known.choices.ceiling:
        return "pooler", f"{to} sessions get less work done than a few that share it"
    if worth <= usable:
        return "pooler", f"{worth} server connections do the work of {to} clients, and are there already: no restart"
    if to <= worth:
        return "raise", f"so many can be at work at once: {worth} are worth having"
    return "both", f"raise it until applications have {worth}, which are worth having, and let the others share them"


def _reasons(known: Circumstances) -> tuple[Reason, ...]:
    rows = [
        ("restart", "restart", "places are made at the start of the server; a reload changes nothing", _SLOTS),
        ("standbys_first", "standbys first", "to lower it, the primary first", _STANDBY),
        (
            "not_pooled",
            "LISTEN, temporary tables, advisory locks, SET",
            "a pooler that lends connections by transaction breaks them; such sessions need one of their own",
            "PgBouncer's documentation, Features",
        ),
    ]
    if known.provider is None:
        why = "it keeps the number itself, and sets it in the right order"
        rows.append(("under_patroni", "patronictl edit-config", why, "Patroni's documentation"))
    else:
        rows += _default(known.provider)
        rows += [("note", known.provider.name, note, known.provider.source) for note in known.provider.notes]
    return tuple(Reason(name=name, value=value, why=why, source=source) for name, value, why, source in rows)


def _default(provider: ProviderLimits) -> list[tuple[str, str, str, str]]:
    if provider.max_connections is None or provider.instance is None:
        return []
    about = "" if provider.is_exact else "about "
    given = f"{about}{provider.max_connections} by default"
    return [("default", given, f"what {provider.name} gives to {provider.instance}", provider.source)]
