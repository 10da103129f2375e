"""PgTune's formulas, by edition, in kB as it reckons."""

from typing import Final

from pgconn.sizing.pgtune.machine import GB, MB, Edition, Machine
from pgconn.sizing.quoted import Settings

WORK_DIVISOR: Final = {"web": 1, "oltp": 1, "dw": 2, "desktop": 6, "mixed": 2}
SIZE_FACTOR: Final = {"fits": 1.3, "near": 1.0, "larger": 0.9}
READS_AHEAD: Final = {"hdd": 2, "ssd": 200, "san": 300, "nvme": 1000}
_WAL: Final = {"web": (1, 4), "oltp": (2, 8), "dw": (4, 16), "desktop": (0, 2), "mixed": (1, 4)}
_WINDOWS_MOST: Final = 2 * GB - MB  # until 17, where a long has 32 bits
_SIZES: Final = frozenset(
    (
        *("shared_buffers", "effective_cache_size", "maintenance_work_mem", "autovacuum_work_mem"),
        *("wal_buffers", "work_mem", "min_wal_size", "max_wal_size"),
    )
)


def settings_of(machine: Machine, edition: Edition) -> Settings:
    """Everything that PgTune sets; sizes in bytes."""
    settings: Settings = {
        "max_connections": machine.connections,
        "shared_buffers": machine.shared_buffers,
        "work_mem": _work_mem(machine, edition),
        **_memory_settings(machine, edition),
        **_wal(machine),
        "checkpoint_completion_target": 0.9,
        "default_statistics_target": 500 if machine.workload == "dw" else 100,
        "random_page_cost": _random_page_cost(machine, edition),
        "huge_pages": "try" if _has_huge_pages(machine, edition) else "off",
        **_workers(machine),
        **(_added_since_2025(machine) if edition == "current" else {}),
    }
    if machine.system == "linux":
        settings["effective_io_concurrency"] = READS_AHEAD[machine.storage]
    return {name: int(value) * 1024 if name in _SIZES else value for name, value in settings.items()}


def _work_mem(machine: Machine, edition: Edition) -> int:
    """What the RAM leaves beside shared_buffers, for three in each connection and, from 2025 on, in each worker."""
    left, divisor = machine.ram_kb - machine.shared_buffers, WORK_DIVISOR[machine.workload]
    if edition == "classic":
        gather = machine.per_gather if machine.is_parallel else 2
        return max(64, int(left / (machine.connections * 3) / gather / divisor))
    size = left / ((machine.connections + machine.workers) * 3) / divisor
    if edition == "2025":
        return max(64, int(size))
    size = int(size) * SIZE_FACTOR[machine.database]
    most = _WINDOWS_MOST if machine.has_32_bit_sizes else size
    return max(4 * MB, int(min(size, most)))


def _memory_settings(machine: Machine, edition: Edition) -> dict[str, int]:
    most = 8 * GB if edition == "current" else 2 * GB
    if machine.has_32_bit_sizes:
        most = min(most, _WINDOWS_MOST)
    maintenance = min(most, machine.ram_kb // (8 if machine.workload == "dw" else 16))
    buffers = min(16 * MB, machine.shared_buffers * 3 // 100)
    settings = {
        "effective_cache_size": machine.ram_kb // 4 if machine.workload == "desktop" else machine.ram_kb * 3 // 4,
        "maintenance_work_mem": maintenance,
        "wal_buffers": 16 * MB if buffers > 14 * MB else max(32, buffers),
    }
    if edition == "current" and maintenance >= 2 * GB:
        settings["autovacuum_work_mem"] = 2 * GB
    return settings


def _wal(machine: Machine) -> dict[str, int | str]:
    least, most = _WAL[machine.workload]
    sizes: dict[str, int | str] = {"min_wal_size": least * GB or 100 * MB, "max_wal_size": most * GB}
    return sizes | {"wal_level": "minimal", "max_wal_senders": 0} if machine.workload == "desktop" else sizes


def _random_page_cost(machine: Machine, edition: Edition) -> float:
    if edition != "current":
        return 4 if machine.storage == "hdd" else 1.1
    return 4 if machine.database != "fits" and (machine.storage == "hdd" or machine.workload == "dw") else 1.1


def _has_huge_pages(machine: Machine, edition: Edition) -> bool:
    if edition == "current":
        return machine.system != "mac" and machine.shared_buffers >= 2 * GB
    return machine.ram_kb >= 32 * GB


def _workers(machine: Machine) -> dict[str, int]:
    if not machine.is_parallel or machine.cores is None:
        return {}
    workers = {
        "max_worker_processes": machine.cores,
        "max_parallel_workers_per_gather": machine.per_gather,
        "max_parallel_workers": machine.cores,
    }
    if machine.pg_version >= 11:
        workers["max_parallel_maintenance_workers"] = min(4, -(-machine.cores // 2))
    return workers


def _added_since_2025(machine: Machine) -> dict[str, int | str | bool]:
    """What only the current edition sets."""
    cores = machine.cores or 0
    settings: dict[str, int | str | bool] = {"wal_compression": "lz4" if machine.pg_version >= 15 else "on"}
    if machine.pg_version >= 12 and machine.workload in ("web", "oltp", "mixed"):
        settings["jit"] = False
    if cores >= 16:
        settings["autovacuum_max_workers"] = 5 if cores >= 32 else 4
    if machine.pg_version >= 18:
        settings["io_method"] = "io_uring" if machine.system == "linux" else "worker"
        if machine.system != "linux" and cores // 4 > 3:
            settings["io_workers"] = cores // 4
    return settings
