"""What this machine gives a server: its RAM and cores, the limits of its control group, and what sessions own."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pgconn.model.process import Machine

_ROOT: Final = Path("/")
_LIMITS: Final = ("memory.max", "memory.high", "memory.limit_in_bytes")


def machine_of(postmaster: int, backends: Iterable[int], root: Path = _ROOT) -> Machine | None:
    """What the machine and the control groups of the postmaster give, and its backends own; None but on Linux."""
    memory = _meminfo(root)
    if "MemTotal" not in memory:
        return None
    folders = list(_groups(root, postmaster))
    limits = [limit for folder in folders for name in _LIMITS if (limit := _number(folder / name)) is not None]
    lowest = min(limits, default=memory["MemTotal"])
    quotas = [quota for folder in folders if (quota := _cores(folder)) is not None]
    total, free = memory.get("HugePages_Total", 0), memory.get("HugePages_Free", 0)
    return Machine(
        ram=memory["MemTotal"],
        limit=lowest if lowest < memory["MemTotal"] else None,
        cores=min([float(_online(root, postmaster)), *quotas]),
        huge_pages=max(0, total - free) if total else 0,
        sessions=tuple(own for pid in backends if (own := owned(pid, root)) is not None),
    )


def owned(pid: int, root: Path = _ROOT) -> int | None:
    """The memory that a process shares with no other, without page tables; None where we may not look."""
    values = _kilobytes(root / f"proc/{pid}/smaps_rollup")
    return values.get("Pss_Anon", values.get("Anonymous"))


def _meminfo(root: Path) -> dict[str, int]:
    """Sizes in bytes, counts of huge pages as they are."""
    return _kilobytes(root / "proc/meminfo")


def _kilobytes(file: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with contextlib.suppress(OSError):
        for line in file.read_text(errors="replace").splitlines():
            name, _, rest = line.partition(":")
            words = rest.split()
            if words and words[0].isdecimal():
                found[name] = int(words[0]) * (1024 if words[1:] == ["kB"] else 1)
    return found


def _groups(root: Path, pid: int) -> Iterator[Path]:
    """The folders of the process's control groups and of all above them, of both versions.

    Inside a container the path may be one of the host, which is not there; the top is the container's own then.
    """
    with contextlib.suppress(OSError):
        for line in (root / f"proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            top = root / "sys/fs/cgroup"
            names = [controllers, *controllers.split(",")] if controllers else [""]
            for mounted in (top / name for name in names):
                group = mounted / path.strip("/")
                yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(mounted))


def _number(file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    return None


def _cores(folder: Path) -> float | None:
    """The share of the CPUs that a group may use, or None where it may use them all."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    allowed, each = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return allowed / each if allowed is not None and allowed > 0 and each else None


def _online(root: Path, pid: int) -> int:
    """How many CPUs a process may run on; of another root, how many its files say there are."""
    if root == _ROOT and hasattr(os, "sched_getaffinity"):
        with contextlib.suppress(OSError):
            return len(os.sched_getaffinity(pid))
        return os.cpu_count() or 1
    ranges = (root / "sys/devices/system/cpu/online").read_text().strip().split(",")
    return sum(int(last or first) - int(first) + 1 for first, _, last in (part.partition("-") for part in ranges))
