"""PgTune's formulas, by edition, in kB as it reckons, each with its reason in words."""

from collections.abc import Iterator
from typing import Final, Literal

from pgconn.data.settings import known_setting
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.sizing.assumptions import Storage, Workload
from pgconn.text.quantities import show_size
from pgconn.text.units import Bytes

Edition = Literal["current", "2025", "classic"]
System = Literal["linux", "windows", "mac"]
Database = Literal["fits", "near", "larger"]
"""The database against the RAM: smaller than it, about as large, or more than three times as large."""

Setting = tuple[str, int | float | str | bool, str]
"""The name, the value, sizes in bytes, and why."""

EDITIONS: Final[dict[Edition, str]] = {
    "current": "PgTune, as since April 2026",
    "2025": "PgTune, as from May 2025 to April 2026",
    "classic": "PgTune, as until April 2025",
}
_MB: Final = 1024  # all arithmetic is in kB
_GB: Final = 1024 * _MB
_LEAST_RAM: Final = _GB // 2
_LEAST_CONNECTIONS: Final = 20
_CONNECTIONS: Final = {"web": 200, "oltp": 300, "dw": 40, "desktop": 20, "mixed": 100}
_WORK_DIVISOR: Final = {"web": 1, "oltp": 1, "dw": 2, "desktop": 6, "mixed": 2}
_SIZE_FACTOR: Final = {"fits": 1.3, "near": 1.0, "larger": 0.9}
_READS_AHEAD: Final = {"hdd": 2, "ssd": 200, "san": 300, "nvme": 1000}
_WAL: Final = {"web": (1, 4), "oltp": (2, 8), "dw": (4, 16), "desktop": (0, 2), "mixed": (1, 4)}
_WINDOWS_MOST: Final = 2 * _GB - _MB  # until 17, where a long has 32 bits
_AGAINST_RAM: Final = {
    "fits": "fits the RAM",
    "near": "is about as large as the RAM",
    "larger": "is far larger than the RAM",
}


class Machine(Value, frozen=True, kw_only=True):
    """What PgTune's form asks for; `ram` in bytes, and None where it may be left empty."""

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
        return _CONNECTIONS[self.workload] if self.max_connections is None else self.max_connections

    @property
    def shared_buffers(self) -> int:
        """A quarter of the RAM, or a sixteenth of a desktop's; kB."""
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


def settings_of(machine: Machine, edition: Edition) -> Iterator[Setting]:
    """Everything that PgTune sets; raises WrongUsage where its form refuses, for there is no answer to reproduce."""
    for is_less, least in (
        (machine.ram_kb < _LEAST_RAM, "512MB of RAM"),
        (machine.connections < _LEAST_CONNECTIONS, f"{_LEAST_CONNECTIONS} connections"),
    ):
        if is_less:
            hint = "leave --rule out for an answer of our own"
            raise WrongUsage(f"PgTune gives no answer below {least}", hint=hint)
    yield from _memory(machine, edition)
    yield from _wal(machine)
    yield "checkpoint_completion_target", 0.9, "the same for all"
    yield "default_statistics_target", 500 if machine.workload == "dw" else 100, "500 for dw, else 100"
    against = f"{machine.storage}, and a database that {_AGAINST_RAM[machine.database]}"
    yield "random_page_cost", _random_page_cost(machine, edition), against
    from_there = "from 2GB of shared_buffers on" if edition == "current" else "from 32GB of RAM on"
    yield "huge_pages", "try" if _has_huge_pages(machine, edition) else "off", f"try {from_there}"
    yield from _workers(machine)
    if edition == "current":
        yield from _added_since_2025(machine)
    if machine.system == "linux":
        ahead = f"its number for {machine.storage} on Linux"
        yield "effective_io_concurrency", _READS_AHEAD[machine.storage], ahead


def _kb(size: float) -> Bytes:
    return Bytes(int(size) * 1024)


def _memory(machine: Machine, edition: Edition) -> Iterator[Setting]:
    ram, buffers = show_size(machine.ram), machine.shared_buffers
    desktop, sixteenth = machine.workload == "desktop", 8 if machine.workload == "dw" else 16
    most = 8 * _GB if edition == "current" else 2 * _GB
    maintenance = min(most, machine.ram_kb // sixteenth)
    if machine.has_32_bit_sizes:
        maintenance = min(maintenance, _WINDOWS_MOST)
    wal = min(16 * _MB, buffers * 3 // 100)
    given = "as given" if machine.max_connections is not None else f"its number for {machine.workload}"
    yield "max_connections", machine.connections, given
    yield "shared_buffers", _kb(buffers), f"{ram} / {16 if desktop else 4}"
    yield "work_mem", _kb(_work_mem(machine, edition)), _why_work_mem(machine, edition)
    cache = machine.ram_kb // 4 if desktop else machine.ram_kb * 3 // 4
    yield "effective_cache_size", _kb(cache), f"{ram} / 4" if desktop else f"3/4 of {ram}"
    yield "maintenance_work_mem", _kb(maintenance), f"{ram} / {sixteenth}, {show_size(most * 1024)} at most"
    yield "wal_buffers", _kb(16 * _MB if wal > 14 * _MB else max(32, wal)), "3 % of shared_buffers, 16MB at most"
    if edition == "current" and maintenance >= 2 * _GB:
        yield "autovacuum_work_mem", _kb(2 * _GB), "2GB, where maintenance_work_mem has as much"


def _work_mem(machine: Machine, edition: Edition) -> int:
    """What the RAM leaves beside shared_buffers, for three in each connection and, from 2025 on, in each worker."""
    left, divisor = machine.ram_kb - machine.shared_buffers, _WORK_DIVISOR[machine.workload]
    if edition == "classic":
        gather = machine.per_gather if machine.is_parallel else 2
        return max(64, int(left / (machine.connections * 3) / gather / divisor))
    size = left / ((machine.connections + machine.workers) * 3) / divisor
    if edition == "2025":
        return max(64, int(size))
    size = int(size) * _SIZE_FACTOR[machine.database]
    most = _WINDOWS_MOST if machine.has_32_bit_sizes else size
    return max(4 * _MB, int(min(size, most)))


def _why_work_mem(machine: Machine, edition: Edition) -> str:
    left = f"({show_size(machine.ram)} - {show_size(machine.shared_buffers * 1024)})"
    connections, divisor = str(machine.connections), _WORK_DIVISOR[machine.workload]
    takers = connections if edition == "classic" else f"({connections} + {machine.workers} workers)"
    parts = [f"{left} / ({takers} x 3)"]
    if edition == "classic":
        parts.append(f"{machine.per_gather if machine.is_parallel else 2} workers of a query")
    if divisor > 1:
        parts.append(f"{divisor} for {machine.workload}")
    factor = _SIZE_FACTOR[machine.database] if edition == "current" else 1.0
    sized = f" x {factor} for a database that {_AGAINST_RAM[machine.database]}" if factor != 1.0 else ""
    least = "4MB" if edition == "current" else "64kB"
    return f"(RAM - shared_buffers) / (max_connections x 3) = {' / '.join(parts)}{sized}; never below {least}"


def _wal(machine: Machine) -> Iterator[Setting]:
    (least, most), why = _WAL[machine.workload], f"its number for {machine.workload}"
    yield "min_wal_size", _kb(least * _GB or 100 * _MB), why
    yield "max_wal_size", _kb(most * _GB), why
    if machine.workload == "desktop":
        yield "wal_level", "minimal", "minimal on a desktop: no replication"
        yield "max_wal_senders", 0, "none, as wal_level is minimal"


def _random_page_cost(machine: Machine, edition: Edition) -> float:
    if edition != "current":
        return 4 if machine.storage == "hdd" else 1.1
    return 4 if machine.database != "fits" and (machine.storage == "hdd" or machine.workload == "dw") else 1.1


def _has_huge_pages(machine: Machine, edition: Edition) -> bool:
    if edition == "current":
        return machine.system != "mac" and machine.shared_buffers >= 2 * _GB
    return machine.ram_kb >= 32 * _GB


def _workers(machine: Machine) -> Iterator[Setting]:
    if not machine.is_parallel or machine.cores is None:
        return
    all_of, half = f"{machine.cores} CPUs", f"half of {machine.cores} CPUs"
    at_most = "" if machine.workload == "dw" else ", 4 at most"
    yield "max_worker_processes", machine.cores, all_of
    yield "max_parallel_workers_per_gather", machine.per_gather, f"{half}{at_most}"
    yield "max_parallel_workers", machine.cores, all_of
    if machine.pg_version >= 11:
        yield "max_parallel_maintenance_workers", min(4, -(-machine.cores // 2)), f"{half}, 4 at most"


def _added_since_2025(machine: Machine) -> Iterator[Setting]:
    """What only the current edition sets."""
    cores, linux = machine.cores or 0, machine.system == "linux"
    built = "lz4 from 15 on; the server must have been built with it"
    yield "wal_compression", "lz4" if machine.pg_version >= 15 else "on", built
    if machine.pg_version >= 12 and machine.workload in ("web", "oltp", "mixed"):
        yield "jit", False, "off for short queries"
    if cores >= 16:
        yield "autovacuum_max_workers", 5 if cores >= 32 else 4, f"its number for {cores} CPUs"
    if machine.pg_version >= 18:
        uring = "io_uring on Linux, which the server must have been built with; worker elsewhere"
        yield "io_method", "io_uring" if linux else "worker", uring
        if not linux and cores // 4 > 3 and known_setting("io_workers").is_in(machine.pg_version):
            yield "io_workers", cores // 4, f"a quarter of {cores} CPUs"
