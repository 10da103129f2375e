"""The answer of a rule that others made: its settings, and what they promise the machine between them."""

from typing import Final

from pgconn.documents.sizing import Input, Reason, Sizing
from pgconn.sizing.choices import Choices
from pgconn.sizing.measured import HIGH, MIB, page_tables_mib
from pgconn.text.quantities import show_size

Settings = dict[str, int | float | str | bool]

_CHOICES: Final = Choices()
_HASHES: Final = 2
_HASH_MEM_MULTIPLIER: Final = 2
_MAINTAINERS: Final = 3

SLOTS: Final = "PostgreSQL's documentation, Connections and Authentication"


def quoted(
    *,
    inputs: dict[str, Input],
    settings: Settings,
    reasons: tuple[Reason, ...],
    backend: int = 0,
    notes: tuple[str, ...] = (),
    superuser_reserved: int = 3,
    reserved: int = 0,
    provider_reserved: int = 0,
) -> Sizing:
    """A Sizing made from the rule alone; it fits where the RAM holds what the rule promises every connection.

    `backend` is what the rule says a connection takes beside its work_mem, in bytes; 0 where it says nothing.
    """
    ram, connections = int(inputs["ram"].value or 0), int(settings["max_connections"])
    memory = {
        "shared_buffers": int(settings["shared_buffers"]),
        "backends": connections * backend,
        "queries": connections * int(settings["work_mem"]),
    }
    promised = sum(memory.values())
    verdict = _promised(memory, ram)
    usable = max(0, connections - superuser_reserved - reserved - provider_reserved)
    slots = {
        "max_connections": connections,
        "superuser_reserved": superuser_reserved,
        "reserved": reserved,
        "provider_reserved": provider_reserved,
        "usable": usable,
        "alert": alert_at(usable),
    }
    return Sizing(
        inputs=inputs,
        settings=settings,
        memory={"ram": ram, **memory, "unplanned": ram - promised},
        slots=slots,
        pools=(),
        pgbouncer={},
        fits=promised <= ram,
        binding="rule",
        verdict=f"{inputs['rule'].value}: {verdict.why}",
        notes=notes,
        reasons=(*reasons, *_slots(slots), verdict, _all_at_work(settings, ram)),
    )


def alert_at(usable: int) -> int:
    """At how many of the usable connections monitoring should warn: 80 %."""
    return usable * 80 // 100


def all_at_work(shared_buffers: int, connections: int, work_mem: int, maintenance_work_mem: int) -> int:
    """What is taken when every connection runs a query with two hashes, and three workers maintain tables; bytes.

    Sessions are as measured, warm and without huge pages, and a hash takes twice work_mem (hash_mem_multiplier).
    """
    own = HIGH.mib(_CHOICES.tables, _CHOICES.prepared) + page_tables_mib(shared_buffers / MIB, huge_pages=False)
    sessions = connections * (round(own * MIB) + _HASHES * _HASH_MEM_MULTIPLIER * work_mem)
    return shared_buffers + sessions + _MAINTAINERS * maintenance_work_mem


def _slots(slots: dict[str, int]) -> tuple[Reason, Reason]:
    usable, connections = slots["usable"], slots["max_connections"]
    kept = f"{connections} less the {connections - usable} that are reserved"
    return (
        Reason(name="usable", value=usable, why=kept, source=SLOTS),
        Reason(
            name="alert", value=slots["alert"], why=f"80 % of {usable}", source="rule of thumb of monitoring guides"
        ),
    )


def _promised(memory: dict[str, int], ram: int) -> Reason:
    promised = sum(memory.values())
    parts = ["shared_buffers", *(["every backend"] if memory["backends"] else []), "one work_mem for every connection"]
    verdict = "" if promised <= ram else ": does not fit"
    why = f"{', '.join(parts[:-1])} and {parts[-1]} are {promised / ram:.0%} of {show_size(ram)}{verdict}"
    return Reason(name="promised", value=promised, why=why, source="the sum of the rule's own numbers")


def _all_at_work(settings: Settings, ram: int) -> Reason:
    maintenance = int(settings.get("maintenance_work_mem", ram // 16))
    taken = all_at_work(
        int(settings["shared_buffers"]), int(settings["max_connections"]), int(settings["work_mem"]), maintenance
    )
    why = f"{taken / ram:.0%} of {show_size(ram)} when every connection runs a query with two hashes"
    return Reason(name="all_at_work", value=taken, why=why, source="measured on PostgreSQL 13 to 18")
