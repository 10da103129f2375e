"""The rules that others made, to the letter: what guides quote, and PgTune; and what they promise the machine.

`--rule` answers by one of them. Beside our own answer stands where the quoted rules say something else, and why.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from pgconn.documents.sizing import Difference, Input, Reason, Sizing
from pgconn.errors import WrongUsage
from pgconn.model.slots import reserves_fit
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.decision import Decision
from pgconn.sizing.measured import HIGH, MIB, floored, page_tables_mib, rounded
from pgconn.sizing.number import number
from pgconn.sizing.pgtune import EDITIONS, Edition, Machine, settings_of
from pgconn.sizing.request import Request, SizingInput, with_unit
from pgconn.sizing.slots import Slots
from pgconn.text.quantities import show_size
from pgconn.text.units import Bytes

PER_CONNECTION: Final = Bytes(10 * MIB)
ACTIVE: Final = (25, 50)
_CONNECTIONS: Final = 100  # PostgreSQL's default
_SHARES: Final = 3  # of what is left, for each connection
_HASHES: Final = 2  # of a query, when every connection is at work
_HASH_MEM_MULTIPLIER: Final = 2
_MAINTAINERS: Final = 3
_NEEDS_BUILD: Final = (
    ("io_method", "io_uring", "a server that was built without liburing does not start with io_method = io_uring"),
    ("wal_compression", "lz4", "a server that was built without LZ4 does not start with wal_compression = lz4"),
)
_EDITIONS: Final[dict[str, Edition]] = {"pgtune": "current", **{f"pgtune@{edition}": edition for edition in EDITIONS}}
RULES: Final = ("textbook", *_EDITIONS)


def by_rule(rule: str, given: Request, detected: Request | None = None) -> Sizing:
    """What `textbook`, `pgtune` or `pgtune@EDITION` says; of the inputs, what that rule knows."""
    seen = {} if detected is None else detected.known
    known = seen | given.known
    if rule not in RULES:
        raise WrongUsage(f"there is no rule {rule!r}", hint=f"known are {', '.join(RULES)}")
    if (ram := min((known[name] for name in ("ram", "container") if name in known), default=None)) is None:
        raise WrongUsage("the RAM of the server is not known", hint="such as --ram 8G")
    names = _RESERVES if rule == "textbook" else ("workload", "storage", "pg_version", "cores")
    taken = {name: known[name] for name in ("max_connections", *names) if name in known}
    if "cores" in taken:
        taken["cores"] = max(1, int(taken["cores"]))  # PgTune knows whole CPUs
    sizing = textbook(ram, **taken) if rule == "textbook" else pgtune(Machine(ram=ram, **taken), _EDITIONS[rule])
    inputs = {
        name: msgspec.structs.replace(one, origin="detected") if name in seen and name not in given.known else one
        for name, one in sizing.inputs.items()
    }
    return msgspec.structs.replace(sizing, inputs=inputs)


def textbook(
    ram: int,
    max_connections: int | None = None,
    *,
    superuser_reserved: int = 3,
    reserved: int = 0,
    provider_reserved: int = 0,
) -> Sizing:
    """The rules' answer for so much RAM (bytes); without a number of connections, for PostgreSQL's default of 100."""
    n = _CONNECTIONS if max_connections is None else max_connections
    reserves = superuser_reserved, reserved, provider_reserved
    if ram < MIB or n < 1:
        raise WrongUsage("the rules need some RAM and at least 1 connection", hint="such as --ram 8G")
    if not reserves_fit(n, *reserves):
        raise WrongUsage(
            f"{sum(reserves)} connections are reserved of max_connections {n}: no application could connect",
            hint="give more connections, or fewer reserves",
        )
    slots = Slots(
        connections=n, superuser_reserved=superuser_reserved, reserved=reserved, provider_reserved=provider_reserved
    )
    inputs = {
        "ram": Input(value=Bytes(ram), origin="given"),
        "max_connections": Input(value=n, origin="assumed" if max_connections is None else "given"),
        "rule": Input(value="textbook", origin="given"),
    }
    reasons = tuple(_textbook(ram, n, is_assumed=max_connections is None))
    return _quoted(inputs, slots, reasons[:3], reasons[3:], backend=PER_CONNECTION)


def pgtune(machine: Machine, edition: Edition = "current") -> Sizing:
    """What PgTune sets for the machine; WrongUsage where its form takes no answer."""
    source = EDITIONS[edition]
    settings = tuple(
        Reason(name=name, value=value, why=why, source=source) for name, value, why in settings_of(machine, edition)
    )
    values = {setting.name: setting.value for setting in settings}
    asked = {name: with_unit(name, value) for name, value in msgspec.structs.asdict(machine).items()}
    inputs = {name: Input(value=value, origin="given") for name, value in asked.items() if value is not None}
    if machine.max_connections is None:
        inputs["max_connections"] = Input(value=machine.connections, origin="assumed")
    inputs["rule"] = Input(value=f"pgtune@{edition}", origin="given")
    notes = tuple(note for name, value, note in _NEEDS_BUILD if values.get(name) == value)
    return _quoted(inputs, Slots(connections=machine.connections), settings, notes=notes)


def shared_buffers(ram: int) -> Bytes:
    """A quarter of the RAM, in bytes."""
    return Bytes(ram // 4)


def work_mem(ram: int, max_connections: int) -> Bytes:
    """What the RAM leaves beside shared_buffers, in three shares for each connection; bytes, whole kB."""
    return Bytes((ram - shared_buffers(ram)) // (max_connections * _SHARES) // 1024 * 1024)


def all_at_work(shared_buffers: int, connections: int, work_mem: int, maintenance_work_mem: int) -> int:
    """What is taken when every connection runs a query with two hashes, and three workers maintain tables; bytes.

    Sessions are as measured, warm and without huge pages, and a hash takes twice work_mem (hash_mem_multiplier).
    """
    usual = Assumptions()
    own = HIGH.mib(usual.tables, usual.prepared) + page_tables_mib(shared_buffers / MIB, huge_pages=False)
    sessions = connections * (round(own * MIB) + _HASHES * _HASH_MEM_MULTIPLIER * work_mem)
    return shared_buffers + sessions + _MAINTAINERS * maintenance_work_mem


def differences(known: SizingInput, plan: Decision) -> Iterator[Difference]:
    """Each number that the textbook has too, where it says something else; sizes in bytes."""
    if not plan.connections:
        return
    quoted, ours = work_mem(known.ram, plan.connections), floored(plan.work_mem.value)
    if abs(quoted - ours) >= MIB:
        why = _other_work_mem(known, plan, is_more=quoted > ours)
        yield Difference(name="work_mem", ours=ours, textbook=quoted, why=why)
    quoted, ours = PER_CONNECTION, rounded(plan.room.session)
    if abs(ours - quoted) >= MIB:
        yield Difference(name="session", ours=ours, textbook=quoted, why=_other_session(known, is_less=ours > quoted))
    quoted, ours = shared_buffers(known.ram), floored(plan.room.budget.shared_buffers)
    if abs(quoted - ours) >= MIB:
        why = "a desktop has other programs to hold"
        yield Difference(name="shared_buffers", ours=ours, textbook=quoted, why=why)


def _textbook(ram: int, n: int, *, is_assumed: bool) -> Iterator[Reason]:
    """The three settings, and what else the rules count."""
    buffers, each = shared_buffers(ram), show_size(PER_CONNECTION)
    default = "PostgreSQL's default, as none was given" if is_assumed else "as given"
    yield number("textbook.max_connections", n, given=default)
    yield number("textbook.shared_buffers", buffers, ram=show_size(ram))
    yield number(
        "textbook.work_mem", work_mem(ram, n), n=n, shares=_SHARES, ram=show_size(ram), buffers=show_size(buffers)
    )
    yield number("textbook.per_connection", PER_CONNECTION, each=each)
    yield number("textbook.backends", Bytes(n * PER_CONNECTION), n=n, each=each)
    yield number("textbook.active", ACTIVE[1], least=ACTIVE[0])


def _quoted(
    inputs: dict[str, Input],
    slots: Slots,
    settings: tuple[Reason, ...],
    beside: tuple[Reason, ...] = (),
    *,
    backend: int = 0,
    notes: tuple[str, ...] = (),
) -> Sizing:
    """A Sizing made from the rule alone; it fits where the RAM holds what the rule promises every connection.

    `backend` is what the rule says a connection takes beside its work_mem, in bytes; 0 where it says nothing.
    """
    ram, n = Bytes(inputs["ram"].value or 0), slots.connections
    values = {setting.name: setting.value for setting in settings if setting.value is not None}
    buffers, each = int(values["shared_buffers"]), int(values["work_mem"])
    maintenance = int(values.get("maintenance_work_mem", ram // 16))
    parts = {"shared_buffers": buffers, "backends": n * backend, "queries": n * each}
    promised, taken = sum(parts.values()), all_at_work(buffers, n, each, maintenance)
    counted = "shared_buffers, every backend" if backend else "shared_buffers"
    verdict = f"{counted} and one work_mem for every connection are {promised / ram:.0%} of {show_size(ram)}"
    verdict += "" if promised <= ram else ": does not fit"
    return Sizing(
        inputs=inputs,
        settings=values,
        memory={"ram": ram, **parts, "unplanned": ram - promised},
        slots={
            "max_connections": n,
            "superuser_reserved": slots.superuser_reserved,
            "reserved": slots.reserved,
            "provider_reserved": slots.provider_reserved,
            "usable": slots.usable,
            "alert": slots.alert,
        },
        pools=(),
        pgbouncer={},
        fits=promised <= ram,
        binding="rule",
        verdict=f"{inputs['rule'].value}: {verdict}",
        notes=notes,
        reasons=(
            *settings,
            *beside,
            number("rule.usable", slots.usable, slots),
            number("rule.alert", slots.alert, slots),
            number("rule.promised", Bytes(promised), verdict=verdict),
            number("rule.all_at_work", Bytes(taken), share=taken / ram, ram=show_size(ram)),
        ),
    )


def _other_work_mem(known: SizingInput, plan: Decision, *, is_more: bool) -> str:
    if is_more:
        held = show_size(plan.connections * plan.room.session * MIB)
        return f"counts {held} of sessions, the system and the cache as free"
    if plan.pooler:
        return "promises it to every slot; behind a pooler fewer are at work"
    return f"promises it three times to every slot; here {known.assumptions.active_share:.0%} are at work at once"


def _other_session(known: SizingInput, *, is_less: bool) -> str:
    if known.session_memory is not None:
        return "one number for every server; this was measured here"
    if is_less and known.jit:
        return "counts no compilation"
    if is_less:
        return "counts no page tables, 2MB for each GB of shared_buffers"
    return "counts what is shared, or page tables that are not there"


_RESERVES: Final = ("superuser_reserved", "reserved", "provider_reserved")
