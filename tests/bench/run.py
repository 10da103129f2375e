"""Time `pgconn status` beside bare psycopg and beside the psql calls that it replaces, with hyperfine.

The rivals run alternately on the same server, so that whatever else the machine does hits all of them; what counts is
the ratio of the medians. Needs hyperfine; psql comes with the embedded server where it is not on the PATH.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from pgconn.demo.binaries import embedded_bindir
from pgconn.demo.clients import sessions
from pgconn.demo.cluster import Cluster
from tests.bench.against import compare
from tests.bench.timing import timed

SESSIONS: Final = (10, 500, 2000)

BARE: Final = """
import psycopg
with psycopg.connect("") as connection:
    print(connection.execute("select state, count(*) from pg_stat_activity group by state").fetchall())
"""

SCRIPT: Final = """#!/bin/sh
for column in state application_name usename client_addr datname; do
  "{psql}" -X -c "select $column, count(*) from pg_stat_activity group by 1 order by 2 desc"
done
"{psql}" -X -c "show max_connections"
"""


def psql_of(bindir: Path) -> str:
    """The psql on the PATH, or the server's own."""
    return shutil.which("psql") or str(bindir / "psql")


def main() -> int:
    """Print the ratios; exit 0 whatever they are, for a busy machine proves nothing."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--runs", type=int, default=6)
    options.add_argument("--sessions", type=int, nargs="*", default=list(SESSIONS))
    options.add_argument("--against", metavar="REV", help="compare commands with those of another revision instead")
    given = options.parse_args()
    if shutil.which("hyperfine") is None:
        print("make bench needs hyperfine (Debian: apt-get install hyperfine)", file=sys.stderr)
        return 2
    bindir = embedded_bindir()
    if given.against:
        compare(bindir, given.against, rounds=given.rounds, runs=given.runs)
        return 0
    psql = psql_of(bindir)
    pgconn = str(Path(sys.executable).parent / "pgconn")
    with tempfile.TemporaryDirectory() as folder:
        bare, script = Path(folder) / "bare.py", Path(folder) / "six-calls.sh"
        bare.write_text(BARE)
        script.write_text(SCRIPT.format(psql=psql))
        script.chmod(0o755)
        commands = {
            "pgconn": [pgconn, "status"],
            "psycopg": [sys.executable, str(bare)],
            "psql": [str(script)],
        }
        print(f"{'sessions':>8}  {'pgconn':>8}  {'psycopg':>8}  {'six psql':>8}  {'/psycopg':>8}  {'/psql':>6}")
        with Cluster(bindir, {"max_connections": "2100"}) as cluster:
            for count in given.sessions:
                with sessions(cluster, count):
                    environment = os.environ | {"PGHOST": cluster.host, "PGPORT": str(cluster.port)}
                    environment |= {"PGUSER": cluster.superuser, "PGDATABASE": "postgres"}
                    took = timed(commands, environment, rounds=given.rounds, runs=given.runs)
                mine, first, second = took["pgconn"], took["psycopg"], took["psql"]
                line = f"{count:>8}  {mine:>5.0f} ms  {first:>5.0f} ms  {second:>5.0f} ms"
                print(f"{line}  {mine / first:>8.2f}  {mine / second:>6.2f}", flush=True)
    took = timed({"help": [pgconn, "--help"]}, dict(os.environ), rounds=1, runs=20)
    print(f"pgconn --help takes {took['help']:.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
