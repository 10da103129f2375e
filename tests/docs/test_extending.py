"""What the pages below docs/extending tell to write is written into a copy of the tree, and works there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.docs.reading import ROOT

PAGES: Final = ROOT / "docs" / "extending"
LONGEST: Final = 120  # lines of a page
_BLOCK: Final = re.compile(r"^`(?P<path>pgconn/[^`]+)`|^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """The path that was named last, and each block of code after it with its kind."""
    path = ""
    for found in _BLOCK.finditer((PAGES / page).read_text(encoding="utf-8")):
        path = found["path"] or path
        if found["kind"] in ("python", "sql", "diff") and path:
            yield path, found["kind"], found["text"]


def changed(text: str, change: str) -> str:
    """The text in which the lines of the block that begin with a blank or a minus were found and changed."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"the page and the tree differ:\n{before}"
    return text.replace(before, after)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package."""
    shutil.copytree(ROOT / "pgconn", tmp_path / "pgconn", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def apply(page: str, tree: Path) -> None:
    """Write what the page says into the tree, and see that it keeps the house's rules."""
    written: set[str] = set()
    for path, kind, text in blocks(page):
        file = tree / path
        if kind == "diff":
            file.write_text(changed(file.read_text(encoding="utf-8"), text), encoding="utf-8")
        elif path not in written:  # a second block below a file is how it is used
            assert not file.exists(), path
            file.write_text(text, encoding="utf-8")
        written.add(path)
    assert written
    ruff = str(Path(sys.executable).parent / "ruff")
    for arguments in (["check"], ["format", "--check"]):
        command = [ruff, *arguments, "--no-cache", "pgconn"]
        ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = python(tree, ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"])
    assert ran.returncode == 0, ran.stdout + ran.stderr


def python(tree: Path, arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the package of this tree."""
    run = [sys.executable, "-P", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment = kept | environment | {"PYTHONPATH": str(tree), "COLUMNS": "80"}
    return subprocess.run(run, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.offline
@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.iterdir()))
def test_a_worked_example_is_one_page(page: str) -> None:
    assert len((PAGES / page).read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert list(blocks(page))


def test_a_rule_speaks_and_explains_itself(tree: Path, cluster: Target) -> None:
    apply("add-a-rule.md", tree)
    explained = python(tree, ["-m", "pgconn", "explain", "just_started"])
    assert "The server was started a moment ago" in explained.stdout, explained.stderr
    assert "120" in explained.stdout
    everybody = (
        "from pgconn.config.policy import Policy; from pgconn.rules import judge; import sys;"
        "from pgconn.model.instance import Target; from pgconn.server import Server; import msgspec;"
        "from pgconn.observe.snapshot import take; from pgconn.observe import Observation;"
        "seen = Observation(snapshots=(take(Server.connect(Target(dbname=sys.argv[1]))),));"
        "found = [judge(seen, Policy(restart_seconds=seconds)).findings for seconds in (1e9, 0)];"
        "print([[one.message for one in each if one.rule == 'just_started'] for each in found])"
    )
    ran = python(tree, ["-c", everybody, cluster.conninfo()])
    assert re.fullmatch(r"\[\['the server was started \d+ s ago'\], \[\]\]\n", ran.stdout), ran.stderr


def test_a_question_is_answered(tree: Path, cluster: Target) -> None:
    apply("add-a-question.md", tree)
    ask = (
        "import sys; from pgconn.model.archiver import Archiver; from pgconn.model.instance import Target;"
        "from pgconn.server import Server; server = Server.connect(Target(dbname=sys.argv[1]));"
        "archiver = server.ask(Archiver).one(Archiver); print(archiver.archived, archiver.last_failed_at)"
    )
    ran = python(tree, ["-c", ask, cluster.conninfo()])
    assert ran.stdout == "0 None\n", ran.stderr


@pytest.mark.offline
def test_a_format_writes_documents(tree: Path) -> None:
    apply("add-a-format.md", tree)
    ran = python(tree, ["-m", "pgconn", "protections", "-o", "tsv"])
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    assert lines[0][:2] == ["name", "spares"], ran.stderr
    assert {len(line) for line in lines} == {len(lines[0])}


def test_a_command_answers_in_every_format(tree: Path, cluster: Target) -> None:
    apply("add-a-command.md", tree)
    assert "Since when a server runs." in python(tree, ["-m", "pgconn", "--help"]).stdout
    plain = python(tree, ["-m", "pgconn", "uptime", "-d", cluster.conninfo()])
    assert "has been running for" in plain.stdout, plain.stderr
    answer = json.loads(python(tree, ["-m", "pgconn", "uptime", "--json", "-d", cluster.conninfo()]).stdout)
    assert (answer["kind"], answer["version"]) == ("uptime", 1)
    assert answer["seconds"] > 0
