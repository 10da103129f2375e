"""What a container around a server needs: its memory, its cores, and the shared memory of parallel queries."""

from collections.abc import Iterable, Iterator
from typing import Final

from pgconn.documents.sizing import Sizing
from pgconn.emit.settings import Setting, input_of, reserved
from pgconn.model import Value
from pgconn.text.quoting import comment, yaml_string

MIB: Final = 2**20
_LEAST_SHM: Final = 64 * MIB  # what a container engine gives without being asked
_PARALLEL: Final = 8  # PostgreSQL's max_parallel_workers


class Limits(Value, frozen=True, kw_only=True):
    """The limits of the container, in bytes and cores; None is what the sizing does not know."""

    ram: int | None
    cores: float | None
    shm: int
    shm_why: str

    @property
    def ram_mib(self) -> int:
        """The memory in whole MiB."""
        return (self.ram or 0) // MIB

    @property
    def shm_mib(self) -> int:
        """The shared memory in whole MiB."""
        return self.shm // MIB


def limits(sizing: Sizing) -> Limits:
    """The limits that match the sizing: its RAM, and no less shared memory than its queries use."""
    sizes = [size for name in ("ram", "container") if (size := input_of(sizing, name)) is not None]
    settings, ram = reserved(sizing), int(min(sizes)) if sizes else None
    work_mem, factor = int(settings.get("work_mem", 4 * MIB)), float(settings.get("hash_mem_multiplier", 2.0))
    workers = int(settings.get("max_parallel_workers", _PARALLEL))
    wanted = max(_LEAST_SHM, -(-int(work_mem * factor * (workers + 1)) // MIB) * MIB)
    most = max(_LEAST_SHM, ram // 4 // MIB * MIB) if ram else wanted
    why = (
        "For parallel hash joins, whose tables are in /dev/shm: work_mem x hash_mem_multiplier for each of "
        f"{workers} workers and their leader. The 64 MB that a container has are soon too few, and the query fails. "
        "It counts as memory."
    )
    return Limits(ram=ram, cores=input_of(sizing, "cores"), shm=min(wanted, most), shm_why=why)


def arguments(settings: Iterable[Setting], *, indent: str, escapes: tuple[str, str]) -> Iterator[str]:
    """Each setting as arguments of a command in YAML, below its reason; the first escape is written as the second."""
    for setting in settings:
        yield from comment(setting.why, indent=indent)
        yield f'{indent}- "-c"'
        yield f"{indent}- {yaml_string(f'{setting.name}={setting.text}'.replace(*escapes))}"
