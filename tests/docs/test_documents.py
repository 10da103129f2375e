"""The documents lead somewhere, say what they may say, and show commands that exist."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import pytest
from typer import Context, Exit
from typer.exceptions import TyperException

from pgconn.cli.app import COMMANDS, program
from tests.docs.reading import DOCUMENTS, ROOT, calls, headings, links, name_of, named, shown

pytestmark = pytest.mark.offline

HOSTS: Final = frozenset(("www.postgresql.org", "www.pgbouncer.org", "json-schema.org"))
IMPORTED: Final = {"docs/reference/pools.md": frozenset(("github.com",))}
"""Hosts that are a part of the names of packages."""

CATEGORIES: Final = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

_TOP_LEVELS: Final = "com|dev|info|io|net|org"
_NAMES: Final = tuple(name for commands in COMMANDS.values() for name in commands)


def refused(arguments: list[str]) -> str | None:
    """Why the command line does not parse; nothing is run."""
    group = program()
    command = group.get_command(None, arguments[0])
    if command is None:
        known = {option for parameter in group.get_params(Context(group)) for option in parameter.opts}
        return None if set(arguments) <= known else f"there is no {shlex.join(arguments)}"
    try:
        command.make_context("pgconn", arguments[1:])
    except Exit:
        return None
    except TyperException as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("line", ["pgconn look", "pgconn --look", "pgconn status --look", "pgconn status --limit -1"])
def test_a_command_line_that_makes_no_sense_is_noticed(line: str) -> None:
    (arguments,) = calls(line)
    assert refused(arguments)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_shown_parses(path: Path) -> None:
    for arguments in shown(path.read_text(encoding="utf-8")):
        assert refused(arguments) is None, arguments


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_named_is_there(path: Path) -> None:
    assert set(named(path.read_text(encoding="utf-8"))) <= set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
def test_every_example_of_a_command_parses(name: str) -> None:
    command = program().get_command(None, name)
    examples = [arguments for line in command.epilog.splitlines() for arguments in calls(line)]
    assert examples
    for arguments in examples:
        assert refused(arguments) is None, arguments


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        place, _, anchor = link.partition("#")
        found = (path.parent / place).resolve() if place else path
        assert found.exists(), link
        if anchor:
            assert anchor in headings(found.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_document_names_a_host_that_it_need_not(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(rf"https?://([^/\s)\"`]+)|\b((?:[\w-]+\.)+(?:{_TOP_LEVELS}))\b", text)
    allowed = HOSTS | IMPORTED.get(name_of(path), frozenset())
    assert {host for pair in named for host in pair if host} <= allowed


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    svg = (ROOT / "docs" / "status.svg").read_text(encoding="utf-8")
    assert "@import" not in svg
    assert set(re.findall(r"(?:href|src)=|url\((?!#)", svg)) == set()


def test_the_readme_fits_two_screens() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_every_guide_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    left = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]  # a code host shows both at the root
    while left:
        path = left.pop()
        if path not in seen and path.suffix == ".md" and path.is_file():
            seen.add(path)
            targets = (link.partition("#")[0] for link in links(path.read_text(encoding="utf-8")))
            left += [(path.parent / target).resolve() for target in targets if target and "://" not in target]
    assert {name_of(path) for path in DOCUMENTS} <= {name_of(path) for path in seen}


def test_the_architecture_names_every_floor() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    kept = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    there = {
        path.stem for path in (ROOT / "pgconn").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    layers = {name for layer in kept["contracts"][0]["layers"] for name in re.findall(r"\w+", layer)}
    for name in sorted(there & layers - {"__main__"}):
        assert f"`{name}`" in page, name


def test_the_architecture_shows_the_tree_as_it_is() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("## The tree")[2].partition("```text\n")[2].partition("```")[0]
    folders: list[str] = []
    for line in drawn.splitlines():
        name, depth = line.split("/")[0], (len(line) - len(line.lstrip())) // 2
        folders = [*folders, "/".join([*_above(folders, depth), name.strip()])]
    parents = {parent for path in _files(ROOT / "pgconn") for parent in path.relative_to(ROOT).parents}
    there = {path.as_posix() for path in parents if path.parts}
    one_each = {path for path in there if path.startswith("pgconn/data/frameworks/")}
    assert set(folders) == there - one_each


def _above(folders: list[str], depth: int) -> list[str]:
    """The folders that hold the next one of this depth."""
    return folders[-1].split("/")[:depth] if folders else []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_the_decisions_name_every_dependency() -> None:
    page = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(name for names in project["optional-dependencies"].values() for name in names)]
    for requirement in asked:
        assert re.split(r"[\[<>=]", requirement)[0] in page, requirement


def test_the_changelog_begins_with_this_version() -> None:
    from pgconn import __version__

    log = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    found = re.search(r"^## (\S+)", log, re.MULTILINE)
    assert found is not None
    assert found[1] == __version__


def test_the_changelog_has_each_change_in_a_category() -> None:
    log = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    for version in log.split("\n## ")[1:]:
        title, *categories = version.split("\n### ")
        assert re.fullmatch(r"\d+\.\d+\.\d+ \((unreleased|\d{4}-\d\d-\d\d)\)\s*", title)
        assert {category.partition("\n")[0] for category in categories} <= CATEGORIES


def test_a_commit_is_checked_by_what_make_check_runs() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ncheck: ")[2].partition("\n\n")[0]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pytest_run = "$(BIN)/python -m pytest -c pyproject.toml -n 2"
    run = recipe.replace("$(PYTEST)", pytest_run).replace(" $(ARGS)", "").replace("$(BIN)", ".venv/bin")
    assert re.findall(r"^\t(.+)$", run, re.MULTILINE) == re.findall(r"entry: (.+)$", hooks, re.MULTILINE)


def test_every_import_contract_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    before = project.split("\n[[tool.importlinter.contracts]]")[:-1]
    assert [part.rpartition("\n")[2][:2] for part in before] == ["# "] * len(before)
    assert before
