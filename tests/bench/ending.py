"""Time `pgconn kill-idle` on thousands of idle sessions beside psql's one line and a loop of psql until they are gone.

The rivals take turns on the same server, each on sessions made anew, so that whatever else the machine does hits both;
what counts is the ratio of the medians. From Enter to the moment when all are confirmed gone.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from pgconn.demo.binaries import embedded
from pgconn.demo.clients import Connection, scalar, session
from pgconn.demo.cluster import Cluster
from tests.bench.run import psql_of

ONE_LINE: Final = """
select pg_terminate_backend(pid) from pg_stat_activity
where state = 'idle' and state_change < now() - interval '100 milliseconds' and pid <> pg_backend_pid()
"""

LEFT: Final = "select count(*) from pg_stat_activity where usename = 'app'"

SCRIPT: Final = """
"{psql}" -XAtq -c "{one_line}" >/dev/null
until [ "$("{psql}" -XAtq -c "{left}")" = 0 ]; do sleep 0.02; done
"""


def timed(cluster: Cluster, command: Sequence[str], count: int) -> float:
    """Seconds until so many idle sessions are gone, which the server is asked about once more."""
    opened: list[Connection] = []
    environment = os.environ | {"PGHOST": cluster.host, "PGPORT": str(cluster.port)}
    environment |= {"PGUSER": cluster.superuser, "PGDATABASE": "postgres"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
    try:
        for _ in range(count):
            opened.append(cluster.connect(user="app"))  # noqa: PERF401 - those opened are to be closed
        time.sleep(0.3)
        began = time.perf_counter()
        subprocess.run(command, env=environment, check=True, timeout=120, capture_output=True)
        took = time.perf_counter() - began
    finally:
        for connection in opened:
            connection.close()
    with session(cluster) as connection:
        assert scalar(connection, LEFT) == 0, "somebody is still there"
    return took


def compare(bindir: Path, *, rounds: int, count: int) -> dict[str, float]:
    """The medians of the rivals on one server, in seconds."""
    psql = psql_of(bindir)
    rivals = {
        "pgconn": [sys.executable, "-m", "pgconn", "kill-idle", "--older", "100ms", "--yes"],
        "psql": ["sh", "-c", SCRIPT.format(psql=psql, one_line=ONE_LINE.strip().replace("\n", " "), left=LEFT)],
    }
    times: dict[str, list[float]] = {name: [] for name in rivals}
    with Cluster(bindir, {"max_connections": str(count + 100)}) as cluster:
        with session(cluster) as connection:
            connection.execute("create role app login")
        for _ in range(rounds):
            for name, command in rivals.items():
                times[name].append(timed(cluster, command, count))
    return {name: median(values) for name, values in times.items()}


def main() -> int:
    """Print the ratios; exit 0 whatever they are, for a busy machine proves nothing."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--sessions", type=int, default=2000)
    options.add_argument("--major", type=int, nargs="*", default=[])
    given = options.parse_args()
    print(f"{'server':>8}  {'sessions':>8}  {'pgconn':>8}  {'psql':>8}  {'/psql':>6}")
    for major, bindir in sorted(embedded().items()):
        if given.major and major not in given.major:
            continue
        took = compare(bindir, rounds=given.rounds, count=given.sessions)
        line = f"{major:>8}  {given.sessions:>8}  {1000 * took['pgconn']:>5.0f} ms  {1000 * took['psql']:>5.0f} ms"
        print(f"{line}  {took['pgconn'] / took['psql']:>6.2f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
