"""What the machine gives: the limits of control groups before its own RAM, and what sessions own."""

import os
from pathlib import Path

import pytest

from pgconn.demo.clients import sessions
from pgconn.demo.cluster import Cluster
from pgconn.host.machine import machine_of, owned
from tests.looking import at_rest

GB = 2**30
ROLLUP = "00-7f ---p 00000000 00:00 0 [rollup]\nRss: 9000 kB\nPss_Anon: 1600 kB\nAnonymous: 1900 kB\n"


def tree(root: Path, files: dict[str, str]) -> Path:
    """A root with these files, and a machine of 64 GB and 16 CPUs."""
    machine = {
        "proc/meminfo": f"MemTotal: {64 * 2**20} kB\nHugePages_Total: 0\nHugePages_Free: 0\n",
        "sys/devices/system/cpu/online": "0-15\n",
    }
    for name, text in (machine | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.offline
@pytest.mark.parametrize(
    ("files", "limit", "cores"),
    [
        ({"proc/7/cgroup": "0::/\n"}, None, 16),
        (
            {"proc/7/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/cpu.max": "max 100000\n"},
            None,
            16,
        ),
        (
            {
                "proc/7/cgroup": "0::/pod/db\n",
                "sys/fs/cgroup/pod/memory.max": f"{8 * GB}\n",
                "sys/fs/cgroup/pod/db/memory.max": "max\n",
                "sys/fs/cgroup/pod/db/cpu.max": "150000 100000\n",
            },
            8 * GB,
            1.5,
        ),
        (
            {
                "proc/7/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": f"{8 * GB}",
                "sys/fs/cgroup/memory.high": f"{6 * GB}",
            },
            6 * GB,
            16,
        ),
        (
            {
                "proc/7/cgroup": "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 * GB}\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            4 * GB,
            2,
        ),
        (
            {
                "proc/7/cgroup": "5:memory:/\n3:cpu:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
            16,
        ),
        ({}, None, 16),
    ],
    ids=["no group", "no limit", "a parent's limit", "a soft limit", "version 1", "version 1 without", "not readable"],
)
def test_the_lowest_limit_of_all_groups_counts(
    tmp_path: Path, files: dict[str, str], limit: int | None, cores: float
) -> None:
    found = machine_of(7, [], tree(tmp_path, files))
    assert found is not None
    assert (found.ram, found.limit, found.cores) == (64 * GB, limit, cores)


@pytest.mark.offline
def test_huge_pages_count_where_they_are_used(tmp_path: Path) -> None:
    meminfo = f"MemTotal: {2**20} kB\nHugePages_Total: 1024\nHugePages_Free: 24\n"
    found = machine_of(7, [], tree(tmp_path, {"proc/meminfo": meminfo}))
    assert found is not None
    assert found.huge_pages == 1000


@pytest.mark.offline
def test_a_session_that_we_may_not_look_at_is_left_out(tmp_path: Path) -> None:
    old = ROLLUP.replace("Pss_Anon: 1600 kB\n", "")
    found = machine_of(7, [7, 8, 9], tree(tmp_path, {"proc/7/smaps_rollup": ROLLUP, "proc/8/smaps_rollup": old}))
    assert found is not None
    assert found.sessions == (1600 * 1024, 1900 * 1024)


@pytest.mark.offline
def test_without_proc_nothing_is_reported(tmp_path: Path) -> None:
    assert machine_of(7, [], tmp_path) is None


@pytest.mark.pg(">= 16")
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists() or os.geteuid() != 0, reason="asks /proc as root")
def test_what_sessions_own_is_what_they_do_not_share(local_cluster: Cluster) -> None:
    # What all share with the postmaster counts for each by its share: the more sessions there are, the less.
    with sessions(local_cluster, 12, user="app") as opened:
        at_rest(local_cluster)
        for connection in opened:
            pid = connection.info.backend_pid
            found, private = owned(pid), not_shared(pid)
            assert found is not None
            assert found == pytest.approx(private, rel=0.15)


def not_shared(pid: int) -> int:
    """The private pages of the mappings that are no shared memory, in bytes."""
    total, shared = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            shared = rest[0].endswith("s")
        elif name.startswith("Private_") and not shared:
            total += int(rest[0]) * 1024
    return total
