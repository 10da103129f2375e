"""What the audit holds is whole lines, and what it lacks is reported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.offline

FULL = """
import resource, sys
from pathlib import Path
from pgconn.actions.audit import Audit
from pgconn.model.termination import Outcome
from pgconn.actions.planning import Request, plan
from pgconn.actions.protections import Protections
from tests.model.making import session, snapshot

made = plan(snapshot(*map(session, range(1, 6))), Request(command="kill", pids=(1, 2, 3, 4, 5)), Protections())
path = Path(sys.argv[1])
with Audit(path, made) as audit:
    for victim in made.victims:
        audit.write(victim, Outcome(pid=victim.pid, backend_start=victim.backend_start, result="terminated"))
        if victim.pid == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, resource.RLIM_INFINITY))
        if victim.pid == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(audit.failure)
"""


def test_a_disk_that_is_full_for_a_moment_keeps_whole_lines_and_the_first_that_is_missing_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit.jsonl"
    ran = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    assert ran.stdout == "the audit lacks 3 and what follows: File too large\n"
    assert [json.loads(line)["pid"] for line in path.read_text().splitlines()] == [1, 2]
    assert path.read_bytes().endswith(b"\n")
