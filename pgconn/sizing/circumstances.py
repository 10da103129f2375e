"""What is known of a server whose max_connections is to be raised."""

from typing import Any, Final

import msgspec

from pgconn.data.provider import ProviderLimits, lookup
from pgconn.documents.sizing import Input
from pgconn.model.value import Value
from pgconn.sizing.choices import Choices
from pgconn.sizing.decision import room_of
from pgconn.sizing.measured import HIGH, JIT, MIB, page_tables_mib, slot_mib
from pgconn.sizing.request import Request, resolve

_SAME: Final = (
    "huge_pages",
    "jit",
    "cores",
    "pg_version",
    "superuser_reserved",
    "reserved",
    "max_locks_per_transaction",
)
"""What a request calls as it is called here."""
_ASKED: Final = ("ram", "container", *_SAME, "session_memory", "tables", "prepared", "provider", "instance_class")


class Circumstances(Value, frozen=True, kw_only=True):
    """What is known beside the two numbers; sizes in bytes, None where it is not known.

    `session` is what one warm session takes, with its slot; `holds` how many sessions with their queries the memory
    holds. `is_measured` where sessions of this server were looked at.
    """

    ram: int | None = None
    shared_buffers: int | None = None
    huge_pages: bool = False
    jit: bool = False
    session: int | None = None
    is_measured: bool = False
    holds: int | None = None
    cores: float | None = None
    pg_version: int | None = None
    superuser_reserved: int = 3
    reserved: int = 0
    max_locks_per_transaction: int = 64
    max_worker_processes: int = 8
    max_wal_senders: int = 10
    autovacuum_workers: int | None = None
    choices: Choices = Choices()
    provider: ProviderLimits | None = None
    inputs: dict[str, Input] = msgspec.field(default_factory=dict)

    @property
    def kept(self) -> int:
        """How many connections applications do not get."""
        own = self.superuser_reserved + self.reserved
        return own if self.provider is None or self.provider.reserve is None else max(own, self.provider.reserve)

    @property
    def slot(self) -> int:
        """The shared memory of one place, used or not."""
        return int(slot_mib(self.max_locks_per_transaction) * MIB)

    @property
    def warm_session(self) -> int:
        """What one session takes that has worked for a while, as the model has it where nothing better is known."""
        if self.session is not None:
            return self.session
        own = HIGH.mib(self.choices.tables, self.choices.prepared) + (JIT if self.jit else 0.0)
        tables = page_tables_mib((self.shared_buffers or 0) / MIB, huge_pages=self.huge_pages)
        return int((own + tables) * MIB) + self.slot

    def processes(self, connections: int) -> int:
        """How many processes the server may have beside its auxiliary ones; PostgreSQL calls it MaxBackends."""
        since_18 = self.pg_version is None or self.pg_version >= 18
        workers = self.autovacuum_workers if self.autovacuum_workers is not None else 16 if since_18 else 3
        return connections + workers + (2 if since_18 else 1) + self.max_worker_processes + self.max_wal_senders


def circumstances(given: Request, detected: Request | None = None, choices: Choices | None = None) -> Circumstances:
    """What a request tells of a server, with what the model makes of its RAM where that is known."""
    detected, choices = detected or Request(), choices or Choices()
    told = detected.said | given.said
    choices = msgspec.structs.replace(choices, **{name: told[name] for name in ("tables", "prepared") if name in told})
    provider = lookup(told["provider"], told.get("instance_class"), told.get("ram")) if "provider" in told else None
    known: dict[str, Any] = {name: told[name] for name in _SAME if name in told}
    if "ram" in told or "container" in told:
        basis = resolve(given, detected, choices)
        room = room_of(basis)
        known |= {
            "ram": basis.ram,
            "shared_buffers": int(room.budget.shared_buffers * MIB),
            "session": int(room.session * MIB),
            "holds": room.connections(),
        }
    inputs = {
        name: Input(value=value, origin="given" if name in given.said else "detected")
        for name, value in told.items()
        if name in _ASKED
    }
    return Circumstances(
        **known, inputs=inputs, is_measured="session_memory" in told, choices=choices, provider=provider
    )
