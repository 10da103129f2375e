"""Why PgTune sets what it sets, in words."""

from pgconn.sizing.pgtune.formulas import SIZE_FACTOR, WORK_DIVISOR
from pgconn.sizing.pgtune.machine import Edition, Machine
from pgconn.text.quantities import show_size


def whys(machine: Machine, edition: Edition) -> dict[str, str]:
    """The reason for each setting, by its name."""
    workload, cores = machine.workload, machine.cores
    desktop, warehouse = workload == "desktop", workload == "dw"
    ram = show_size(machine.ram)
    from_there = "from 2GB of shared_buffers on" if edition == "current" else "from 32GB of RAM on"
    return {
        "max_connections": f"its number for {workload}" if machine.max_connections is None else "as given",
        "shared_buffers": f"{ram} / {16 if desktop else 4}",
        "work_mem": _work_mem(machine, edition),
        "effective_cache_size": f"{ram} / 4" if desktop else f"3/4 of {ram}",
        "maintenance_work_mem": f"{ram} / {8 if warehouse else 16}, {'8GB' if edition == 'current' else '2GB'} at most",
        "autovacuum_work_mem": "2GB, where maintenance_work_mem has as much",
        "wal_buffers": "3 % of shared_buffers, 16MB at most",
        "min_wal_size": f"its number for {workload}",
        "max_wal_size": f"its number for {workload}",
        "checkpoint_completion_target": "the same for all",
        "default_statistics_target": "500 for dw, else 100",
        "random_page_cost": f"{machine.storage}, and a database that {_against_ram(machine)}",
        "effective_io_concurrency": f"its number for {machine.storage} on Linux",
        "huge_pages": f"try {from_there}",
        "jit": "off for short queries",
        "wal_compression": "lz4 from 15 on; the server must have been built with it",
        "wal_level": "minimal on a desktop: no replication",
        "max_wal_senders": "none, as wal_level is minimal",
        "io_method": "io_uring on Linux, which the server must have been built with; worker elsewhere",
        "io_workers": f"a quarter of {cores} CPUs",
        "autovacuum_max_workers": f"its number for {cores} CPUs",
        "max_worker_processes": f"{cores} CPUs",
        "max_parallel_workers": f"{cores} CPUs",
        "max_parallel_workers_per_gather": f"half of {cores} CPUs{'' if warehouse else ', 4 at most'}",
        "max_parallel_maintenance_workers": f"half of {cores} CPUs, 4 at most",
    }


def _work_mem(machine: Machine, edition: Edition) -> str:
    left = f"({show_size(machine.ram)} - {show_size(machine.shared_buffers * 1024)})"
    connections = str(machine.connections)
    takers = connections if edition == "classic" else f"({connections} + {machine.workers} workers)"
    parts = [f"{left} / ({takers} x 3)"]
    if edition == "classic":
        parts.append(f"{machine.per_gather if machine.is_parallel else 2} workers of a query")
    if WORK_DIVISOR[machine.workload] > 1:
        parts.append(f"{WORK_DIVISOR[machine.workload]} for {machine.workload}")
    factor = SIZE_FACTOR[machine.database] if edition == "current" else 1.0
    sized = f" x {factor} for a database that {_against_ram(machine)}" if factor != 1.0 else ""
    least = "4MB" if edition == "current" else "64kB"
    return f"(RAM - shared_buffers) / (max_connections x 3) = {' / '.join(parts)}{sized}; never below {least}"


def _against_ram(machine: Machine) -> str:
    words = {"fits": "fits the RAM", "near": "is of the order of the RAM", "larger": "is far larger than the RAM"}
    return words[machine.database]
