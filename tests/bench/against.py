"""Time commands beside the same commands of another revision, in turns on one server, with hyperfine."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pgconn.demo.clients import sessions
from pgconn.demo.cluster import Cluster
from tests.bench.timing import timed

ROOT: Final = Path(__file__).parents[2]
SESSIONS: Final = 80
COMMANDS: Final = {
    "--help": ["--help"],
    "status": ["status"],
    "kill-idle": ["kill-idle", "--older", "1h", "--yes"],
    "size": ["size", "--ram", "8G", "--app", "web=4x10"],
}


@contextlib.contextmanager
def worktree(revision: str) -> Iterator[Path]:
    """The tree of a revision in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True)


def compare(bindir: Path, revision: str, *, rounds: int, runs: int) -> None:
    """Print the medians of this tree and of the revision, and their ratio, for each command."""
    print(f"{'command':>10}  {'now':>7}  {revision[:10]:>10}  {'ratio':>5}")
    with (
        worktree(revision) as before,
        Cluster(bindir, {"max_connections": "100"}) as cluster,
        sessions(cluster, SESSIONS),
    ):
        environment = os.environ | {"PGHOST": cluster.host, "PGPORT": str(cluster.port)}
        environment |= {"PGUSER": cluster.superuser, "PGDATABASE": "postgres"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
        for name, arguments in COMMANDS.items():
            commands = {
                str(tree): ["env", f"PYTHONPATH={tree}", sys.executable, "-P", "-m", "pgconn", *arguments]
                for tree in (ROOT, before)
            }
            took = timed(commands, environment, rounds=rounds, runs=runs)
            now, then = took[str(ROOT)], took[str(before)]
            print(f"{name:>10}  {now:>4.0f} ms  {then:>7.0f} ms  {now / then:>5.2f}", flush=True)
