"""The commands of the documents and of `--help` do what the text says, on the server of the demo."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from pgconn.cli.app import program
from pgconn.demo.clients import session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.scene import DATABASE, shop
from tests.conftest import MakeCluster, Run
from tests.docs.reading import GUIDES, LOOKING, ROOT, calls, outputs, shown, statements, without_connection
from tests.servers import Source

TUTORIAL: Final = ROOT / "docs" / "tutorial.md"
MONITORING: Final = ROOT / "docs" / "how-to" / "monitoring-role.md"

DONE: Final = (0, 6)
"""Done, or the filter of an example names what the demo does not have."""


def looks() -> Iterator[tuple[str, ...]]:
    """The calls in the guides and in `--help` that change nothing, ask no question and end, with no word to fill in."""
    in_help = [line for name in LOOKING for line in program().get_command(None, name).epilog.splitlines()]
    called = [arguments for line in in_help for arguments in calls(line)]
    called += [
        arguments for path in GUIDES if path != TUTORIAL for arguments in shown(path.read_text(encoding="utf-8"))
    ]
    for arguments in called:
        if arguments[0] in LOOKING and not {"--every", "-W", "--password", "FILE", "HOST"} & set(arguments):
            yield tuple(arguments)


LOOKS: Final = frozenset(looks())


@pytest.fixture(scope="module")
def demo(source: Source) -> Iterator[Cluster]:
    if source.bindir is None:
        pytest.skip("the demo starts a server of its own")
    with shop(source.bindir) as cluster:
        yield cluster


@pytest.fixture
def on_the_demo(demo: Cluster, pgconn_at: Callable[[str], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pgconn on the demo's server, in a folder of its own that holds a recording to look at."""
    monkeypatch.chdir(tmp_path)
    run = pgconn_at(demo.conninfo(dbname=DATABASE))
    assert run("record", "incident.jsonl.gz", "--with-queries").returncode == 0
    return run


@pytest.mark.pg(">= 18")
@pytest.mark.pg(">= 18")  # it ends sessions, so it has a demo of its own, and one is enough
def test_every_command_of_the_tutorial_succeeds(
    source: Source, pgconn_at: Callable[[str], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source.bindir is None:
        pytest.skip("the demo starts a server of its own")
    monkeypatch.chdir(tmp_path)
    commands = shown(TUTORIAL.read_text(encoding="utf-8"))
    assert len(commands) > 8
    with shop(source.bindir) as cluster:
        run = pgconn_at(cluster.conninfo(dbname=DATABASE))
        for arguments in commands:
            ran = run(*arguments)
            assert ran.returncode == 0, (arguments, ran.stderr)


@pytest.mark.pg(">= 18")
@pytest.mark.pg(">= 16")
def test_the_tutorial_shows_what_is_seen(on_the_demo: Run) -> None:
    seen = on_the_demo("status").stdout.splitlines()
    for line in outputs(TUTORIAL.read_text(encoding="utf-8")):
        assert line in seen


@pytest.mark.pg(">= 18")
@pytest.mark.pg(">= 18")  # one server is enough to see that they make sense
def test_every_look_in_the_documents_and_in_help_succeeds(on_the_demo: Run) -> None:
    for arguments in sorted(LOOKS):
        run = on_the_demo(*without_connection(arguments))
        assert run.returncode in DONE, (arguments, run.stderr)


@pytest.mark.pg(">= 16")
def test_the_role_for_monitoring_sees_all_sessions_and_has_places_of_its_own(
    make_cluster: MakeCluster, pgconn_at: Callable[[str], Run]
) -> None:
    server = make_cluster()
    if not isinstance(server, Cluster):
        pytest.skip("a container asks for a password, which the guide does not give")
    with session(server) as owner:
        for statement in statements(MONITORING.read_text(encoding="utf-8")):
            owner.execute(statement)
    server.restart()
    with sessions(server, 3, user="app"):
        run = pgconn_at(server.conninfo(user="monitor"))("status", "--json")
    status = json.loads(run.stdout)
    assert status["role"]["sees_all_sessions"]
    assert status["role"]["may_use_reserved"]
    assert status["slots"]["reserved"] == 3
    assert status["slots"]["exact"]
    assert status["hidden_sessions"] == 0
