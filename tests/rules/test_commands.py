"""What a remedy proposes to type is a command of pgconn that means what the finding says."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pgconn.cli.options.filters import Filters
from pgconn.demo.incidents.names import HOSTILE
from pgconn.model.session import ABORTED, ACTIVE, IDLE_IN_TRANSACTION, STARTING, Session
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.observe.recording import Recorder
from pgconn.rules import judge
from tests.conftest import Run
from tests.model.making import limit, session, sessions, shop, snapshot, walsender

pytestmark = pytest.mark.offline

NAMES = ["x; rm -rf ~", "-d", "--help", "~.", "$(id)", "", "it's", "two\nlines", *HOSTILE.values()]


def commands(seen: Snapshot) -> list[str]:
    return [
        remedy.command
        for finding in judge(Observation(snapshots=(seen,))).findings
        for remedy in finding.remedies
        if remedy.command is not None
    ]


def crowd() -> Snapshot:
    """Where every rule has something to say."""
    starting = [Session(pid=pid, state=STARTING, holds_slot=True) for pid in range(1, 20)]
    idle = sessions(40, 600, state_seconds=9999.0)
    seen = shop()
    more = (*seen.sessions, *starting, *idle, *(walsender(pid) for pid in range(950, 955)))
    return msgspec.structs.replace(seen, sessions=more)


def test_every_command_of_a_remedy_runs(tmp_path: Path) -> None:
    with Recorder(tmp_path / "seen.jsonl") as recorder:
        recorder.write(crowd())
    typed = {command for command in commands(crowd()) if command.startswith("pgconn ")}
    assert len(typed) >= 7
    for command in typed:
        words = [*shlex.split(command)[1:], "--from", str(tmp_path / "seen.jsonl")]
        ran = subprocess.run([sys.executable, "-m", "pgconn", *words], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, ""), command


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("scope", ["role", "database"])
def test_a_command_that_names_a_hostile_name_means_it_and_no_other(scope: str) -> None:
    for name in NAMES:
        column = "user" if scope == "role" else "database"
        found = [session(1, **{column: name}), session(2, **{column: "another"}), session(3, **{column: name + "x"})]
        (command,) = commands(snapshot(*found, connection_limits=(limit(scope, name, 1),)))
        script = f"pgconn() {{ printf '%s\\0' \"$@\"; }}; {command}"
        ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
        words = ran.stdout.decode().split("\0")[:-1]
        assert words[0] == "sessions"
        option, _, value = words[1].partition("=")
        filters = Filters(user=[value]) if option == "--user" else Filters(database=[value])
        assert [chosen.pid for chosen in filters.criteria().choose(found)] == [1]


def test_the_state_of_a_finding_is_a_state_that_the_filter_knows() -> None:
    typed = commands(snapshot(session(1, state=ABORTED, state_seconds=900.0), *sessions(3)))
    assert [shlex.split(command)[1] for command in typed] == ["sessions", "kill-idle-tx"]
    for command in typed:
        words = shlex.split(command)
        value = words[words.index("--state") + 1]
        assert Filters(state=[value]).criteria().patterns[0].text == ABORTED


def test_a_transaction_that_is_young_yet_blocks_others_is_shown_and_not_ended() -> None:
    young = session(1, state=IDLE_IN_TRANSACTION, state_seconds=5.0)
    typed = commands(snapshot(young, session(2, state=ACTIVE, blocked_by=(1,)), *sessions(3)))
    assert [shlex.split(command)[1] for command in typed] == ["sessions"]


def test_explain_shows_the_page_of_a_rule_with_its_thresholds(pgconn: Run) -> None:
    shown = pgconn("explain", "idle_in_transaction", "-o", "plain")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "A session holds a transaction open and does nothing." in shown.stdout
    assert "transaction_seconds is 60 seconds idle within a transaction" in shown.stdout
