"""What raising max_connections costs, and when a pooler is cheaper."""

import math
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pgconn.data.provider import ProviderLimits, lookup
from pgconn.data.versions import newest, version
from pgconn.documents.raising import Advice, Raising
from pgconn.documents.sizing import Input, Reason
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.slots import MAX_CONNECTIONS, reserves_fit
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.decision import room_of
from pgconn.sizing.detected import Found
from pgconn.sizing.measured import MIB, slots_mib
from pgconn.sizing.memory import Habits, Room
from pgconn.sizing.number import number
from pgconn.sizing.pooler import planned_files, server_connections
from pgconn.sizing.request import NOTHING, Request, resolve, with_unit
from pgconn.sizing.rules_of_thumb import ACTIVE, PER_CONNECTION
from pgconn.sizing.slots import Slots
from pgconn.sizing.steps import moves, needs
from pgconn.text.quantities import show_size
from pgconn.text.units import Bytes

_FRESH: Final = int(1.25 * MIB)  # a session that was opened and never used
_BOUNCER: Final = 8 * MIB  # PgBouncer itself
_CLIENT: Final = 2048  # a client of PgBouncer
_BUFFERS: Final = 128.0  # MiB of shared_buffers where they are not known: PostgreSQL's own default
_SHOWN: Final = (
    *("ram", "container", "huge_pages", "jit", "cores", "pg_version", "superuser_reserved", "reserved"),
    *("max_locks_per_transaction", "session_memory", "tables", "prepared", "provider", "instance_class"),
)
"""The inputs that the answer rests on."""


class RaiseInput(Value, frozen=True, kw_only=True):
    """What is known of the server; `room` is what the model makes of its RAM, None where that is unknown."""

    request: Request
    assumptions: Assumptions
    room: Room | None
    provider: ProviderLimits | None

    def slots(self, connections: int) -> Slots:
        """The slots of so many connections, of which a provider keeps its own number where that is more."""
        superuser, reserved = self.request.superuser_reserved, self.request.reserved or 0
        superuser = self.assumptions.superuser_reserved if superuser is None else superuser
        theirs = 0 if self.provider is None else self.provider.reserve or 0
        return Slots(
            connections=connections,
            superuser_reserved=superuser,
            reserved=reserved,
            provider_reserved=max(0, theirs - superuser - reserved),
        )

    @property
    def habits(self) -> Habits:
        """What a session of it does, with the page tables that the RAM asks for where that is known."""
        locks, major = self.request.max_locks_per_transaction, self.request.pg_version or newest()
        return Habits(
            max_locks_per_transaction=version(major).max_locks_per_transaction if locks is None else locks,
            pg_version=major,
            tables=self.assumptions.tables,
            prepared=self.assumptions.prepared,
            jit=bool(self.request.jit),
            huge_pages=bool(self.request.huge_pages),
        )

    def places(self, start: int, to: int) -> int:
        """The shared memory in bytes that the places from `start` to `to` take, used or not."""
        buffers = _BUFFERS if self.room is None else self.room.budget.shared_buffers
        locks, major = self.habits.max_locks_per_transaction, self.habits.pg_version
        return int((slots_mib(to, locks, major, buffers) - slots_mib(start, locks, major, buffers)) * MIB)

    @property
    def warm_session(self) -> int:
        """What one session takes in bytes that has worked for a while, with its slot."""
        if self.room is not None:
            return int(self.room.session * MIB)
        return int(self.habits.session(0.0) * MIB)

    @property
    def holds(self) -> int | None:
        """How many sessions with their queries the memory holds."""
        return None if self.room is None else self.room.connections()

    @property
    def worth_having(self) -> int:
        """How many server connections keep as many sessions at work as the machine serves well."""
        made, cores = self.assumptions, self.request.cores
        return server_connections(made.unknown_active if cores is None else math.ceil(made.per_core * cores), made.busy)


def raise_input(given: Request, detected: Request) -> RaiseInput:
    """What a request says of a server, with what the model makes of its RAM where that is known."""
    request, assumptions = given.over(detected), Assumptions()
    name = request.provider
    return RaiseInput(
        request=request,
        assumptions=msgspec.structs.replace(
            assumptions, **{name: request.known[name] for name in ("tables", "prepared") if name in request.known}
        ),
        room=None if request.memory is None else room_of(resolve(given, detected, assumptions)),
        provider=None if name is None else lookup(name, request.instance_class, request.ram),
    )


def raising(start: int, to: int, given: Request = NOTHING, detected: Request = NOTHING) -> Raising:
    """What it takes to go from `start` connections to `to`; WrongUsage where that is no raising."""
    known = raise_input(given, detected)
    before, after = known.slots(start), known.slots(to)
    _check(start, to, before)
    worth, holds = known.worth_having, known.holds
    advice, why = _advice(to, before.usable, known)
    inputs = {
        name: Input(value=with_unit(name, value), origin="given" if name in given.known else "detected")
        for name, value in (detected.known | given.known).items()
        if name in _SHOWN
    }
    return Raising(
        inputs={"from": Input(value=start, origin="given"), "to": Input(value=to, origin="given"), **inputs},
        slots={
            "from": start,
            "to": to,
            "added": to - start,
            "usable_before": before.usable,
            "usable": after.usable,
            "alert": after.alert,
        },
        costs=_costs(to - start, known.places(start, to), known),
        holds=holds,
        fits=None if holds is None else to <= holds,
        moves=moves(after, known.provider),
        needs=needs(known.request, to, known.places(start, to), known.provider),
        pooler=_pooler(to, before.usable, min(worth, to), known),
        advice=advice,
        reasons=(Reason(name="advice", value=advice, why=why, source="the numbers above"), *_reasons(known.provider)),
    )


def _check(start: int, to: int, before: Slots) -> None:
    if start < 1:
        raise WrongUsage(f"max_connections cannot be {start}", hint="such as --from 100 --to 500")
    if to <= start:
        raise WrongUsage(
            f"{to} is not more than {start}",
            hint="to lower it: the primary first, then its standbys, each with a restart",
        )
    if to > MAX_CONNECTIONS:
        raise WrongUsage(f"PostgreSQL takes {MAX_CONNECTIONS} connections at most", hint="put a pooler before it")
    if not reserves_fit(start, before.kept):
        raise WrongUsage(
            f"{before.kept} of {start} connections are reserved: such a server does not start",
            hint="max_connections must be more than its reserves",
        )


def _costs(added: int, places: int, known: RaiseInput) -> tuple[Reason, ...]:
    """What the further connections take, by the rule, in use, unused, and at once."""
    costs = {
        "textbook": added * PER_CONNECTION,
        "warm": added * known.warm_session,
        "idle": added * _FRESH + places,
        "shared_memory": places,
    }
    terms: dict[str, Any] = {
        "added": added,
        "habits": _habits(known),
        "locks": known.habits.max_locks_per_transaction,
    }
    return tuple(
        number(f"raise.{name}", Bytes(cost), each=show_size(cost // added), **terms) for name, cost in costs.items()
    )


def _habits(known: RaiseInput) -> str:
    if known.request.session_memory is not None:
        return "as seen on this server"
    habits = f"{known.assumptions.tables} tables and {known.assumptions.prepared} prepared statements each"
    habits += ", a compilation" if known.request.jit else ""
    if known.request.huge_pages or known.room is None:
        return habits
    return f"{habits}, and page tables for {show_size(int(known.room.budget.shared_buffers * MIB))} of shared_buffers"


def _pooler(to: int, usable: int, worth: int, known: RaiseInput) -> tuple[Reason, ...]:
    """What a pooler for as many clients needs instead."""
    cores, provider, each = known.request.cores, known.provider, known.warm_session
    more = max(0, worth - usable)
    fit = f"{worth} fit in the {usable} that applications have now"
    memory = Bytes(_BOUNCER + to * _CLIENT + worth * each)
    sizes: dict[str, Any] = {"each": show_size(each), "itself": show_size(_BOUNCER), "client": show_size(_CLIENT)}
    key = "between.server_connections" if cores else "between.server_connections_unknown"
    there = () if provider is None else (_known("there", provider.pooler, f"the pooler of {provider.name}", provider),)
    return (
        number(key, worth, name="server_connections", cores=cores, least=ACTIVE[0], most=ACTIVE[1]),
        number("between.further_slots", more, room=f"{worth} less the {usable} of now" if more else fit),
        number("between.memory", memory, worth=worth, to=to, **sizes),
        number("between.open_files", planned_files(to, worth)),
        *there,
    )


def _advice(to: int, usable: int, known: RaiseInput) -> tuple[Advice, str]:
    """What is cheaper, and why."""
    worth, holds, provider = known.worth_having, known.holds, known.provider
    if provider is not None and provider.most is not None and to > provider.most:
        return "pooler", f"{to} is more than the {provider.most} that are allowed there"
    if holds is not None and to > holds:
        return "pooler", f"the memory holds {holds} sessions with their queries, not {to}"
    if to > known.assumptions.ceiling:
        return "pooler", f"{to} sessions get less work done than a few that share it"
    if worth <= usable:
        return "pooler", f"{worth} server connections do the work of {to} clients, and are there already: no restart"
    if to <= worth:
        return "raise", f"so many can be at work at once: {worth} are worth having"
    return "both", f"raise it until applications have {worth}, which are worth having, and let the others share them"


def _reasons(provider: ProviderLimits | None) -> Iterator[Reason]:
    """What to know before."""
    yield number("know.restart", "restart")
    yield number("know.standbys_first", "standbys first")
    yield number("know.not_pooled", "LISTEN, temporary tables, advisory locks, SET")
    if provider is None:
        yield number("know.under_patroni", "patronictl edit-config")
        return
    if provider.max_connections is not None and provider.instance is not None:
        default = f"{'' if provider.is_exact else 'about '}{provider.max_connections} by default"
        yield _known("default", default, f"what {provider.name} gives to {provider.instance}", provider)
    for note in provider.notes:
        yield _known("note", provider.name, note, provider)


def _known(name: str, value: str, why: str, provider: ProviderLimits) -> Reason:
    """What a provider says of itself."""
    return Reason(name=name, value=value, why=why, source=provider.source)


def raising_from(start: int | None, to: int | None, given: Request, found: Found) -> Raising:
    """The same, from the server's own number where none is given and it is known, and with its own reserves."""
    now = {name: int(found.current[name]) for name in _OWN if name in found.current}
    start = now.get("max_connections") if start is None else start
    if start is None or to is None:
        lacks = "--to" if to is None else "--from"
        raise WrongUsage(f"{lacks} is missing", hint="such as --from 100 --to 500")
    own = Request(
        superuser_reserved=now.get("superuser_reserved_connections"), reserved=now.get("reserved_connections")
    )
    return raising(start, to, given, own.over(found.request))


_OWN: Final = ("max_connections", "superuser_reserved_connections", "reserved_connections")
