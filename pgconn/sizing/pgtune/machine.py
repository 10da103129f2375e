"""The machine as PgTune's form asks for it."""

from typing import Final, Literal

from pgconn.model.value import Value
from pgconn.sizing.choices import Storage, Workload

Edition = Literal["current", "2025", "classic"]
System = Literal["linux", "windows", "mac"]
Database = Literal["fits", "near", "larger"]
"""The database against the RAM: smaller than it, of its order, or more than three times as large."""

EDITIONS: Final[tuple[Edition, ...]] = ("current", "2025", "classic")

MB: Final = 1024  # all arithmetic is in kB, as PgTune's is
GB: Final = 1024 * MB
CONNECTIONS: Final = {"web": 200, "oltp": 300, "dw": 40, "desktop": 20, "mixed": 100}


class Machine(Value, frozen=True, kw_only=True):
    """What PgTune asks for; `ram` in bytes, and None where its form may be left empty."""

    ram: int
    max_connections: int | None = None
    cores: int | None = None
    workload: Workload = "web"
    storage: Storage = "ssd"
    system: System = "linux"
    pg_version: int = 18
    database: Database = "near"

    @property
    def ram_kb(self) -> int:
        """The RAM in PgTune's unit."""
        return self.ram // 1024

    @property
    def connections(self) -> int:
        """Those given, or PgTune's number for the workload."""
        return CONNECTIONS[self.workload] if self.max_connections is None else self.max_connections

    @property
    def shared_buffers(self) -> int:
        """KB."""
        return self.ram_kb // (16 if self.workload == "desktop" else 4)

    @property
    def is_parallel(self) -> bool:
        """Whether PgTune sets anything about workers."""
        return self.cores is not None and self.cores >= 4

    @property
    def workers(self) -> int:
        """The max_worker_processes that it reckons with: its own, or PostgreSQL's default."""
        return self.cores if self.is_parallel and self.cores is not None else 8

    @property
    def per_gather(self) -> int:
        """How many workers a node may start."""
        half = -(-(self.cores or 0) // 2)
        return half if self.workload == "dw" else min(4, half)

    @property
    def has_32_bit_sizes(self) -> bool:
        """Whether a size of memory ends before 2 GB there."""
        return self.system == "windows" and self.pg_version <= 17
