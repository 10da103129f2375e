"""What PgTune answers, by edition, and what that promises the machine."""

from typing import Final

from pgconn.documents.sizing import Input, Number, Reason, Sizing
from pgconn.errors import WrongUsage
from pgconn.sizing.pgtune.formulas import settings_of
from pgconn.sizing.pgtune.machine import EDITIONS, GB, Edition, Machine
from pgconn.sizing.pgtune.reasons import whys
from pgconn.sizing.quoted import quoted

__all__ = ("EDITIONS", "Edition", "Machine", "pgtune")

LEAST_RAM: Final = GB // 2
LEAST_CONNECTIONS: Final = 20
_BUILDS: Final = (
    ("io_method", "io_uring", "a server that was built without liburing does not start with io_method = io_uring"),
    ("wal_compression", "lz4", "a server that was built without LZ4 does not start with wal_compression = lz4"),
)
_SINCE: Final = {
    "current": "PgTune, as since April 2026",
    "2025": "PgTune, as from May 2025 to April 2026",
    "classic": "PgTune, as until April 2025",
}


def pgtune(machine: Machine, edition: Edition = "current") -> Sizing:
    """What PgTune sets for the machine; WrongUsage where its form takes no answer."""
    _check(machine)
    settings, why = settings_of(machine, edition), whys(machine, edition)
    reasons = tuple(
        Reason(name=name, value=value, why=why[name], source=_SINCE[edition]) for name, value in settings.items()
    )
    notes = tuple(note for name, value, note in _BUILDS if settings.get(name) == value)
    return quoted(inputs=_inputs(machine, edition), settings=settings, reasons=reasons, notes=notes)


def _inputs(machine: Machine, edition: Edition) -> dict[str, Input]:
    values: dict[str, Number] = {name: getattr(machine, name) for name in machine.__struct_fields__}
    inputs = {name: Input(value=value, origin="given") for name, value in values.items() if value is not None}
    if machine.max_connections is None:
        inputs["max_connections"] = Input(value=machine.connections, origin="assumed")
    return {**inputs, "rule": Input(value=f"pgtune@{edition}", origin="given")}


def _check(machine: Machine) -> None:
    """Refuse what PgTune's form refuses; there is no answer to reproduce."""
    if machine.ram_kb < LEAST_RAM:
        raise WrongUsage("PgTune gives no answer below 512MB of RAM", hint="leave --rule out for an answer of our own")
    if machine.connections < LEAST_CONNECTIONS:
        raise WrongUsage(
            "PgTune gives no answer below 20 connections", hint="leave --rule out for an answer of our own"
        )
