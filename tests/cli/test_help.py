"""The help, and the completion of the shells, which cost next to nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pgconn.cli.app import COMMANDS
from tests.conftest import Run

pytestmark = pytest.mark.offline

NAMES = [name for commands in COMMANDS.values() for name in commands]

HEAVY = ("psycopg", "rich", "tabulate", "setproctitle", "pgconn.server.driver", "pgconn.render.formats.text", "psutil")


def test_the_help_groups_the_commands_by_what_they_are_for(pgconn: Run) -> None:
    shown = pgconn("--help").stdout
    for group, commands in COMMANDS.items():
        assert f"\n{group}:\n" in shown
        for name in commands:
            assert re.search(rf"^  {name}  +\S", shown, re.MULTILINE)
    assert "Exit codes:" in shown


def test_without_arguments_the_help_is_the_answer(pgconn: Run) -> None:
    bare, asked = pgconn(), pgconn("--help")
    assert (bare.returncode, bare.stdout, bare.stderr) == (0, asked.stdout, "")


@pytest.mark.parametrize("name", ["", *NAMES])
def test_every_help_fits_80_columns_and_exits_0(pgconn: Run, name: str) -> None:
    ran = pgconn(*([name] if name else []), "--help", columns=80)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_every_command_ends_with_examples(pgconn: Run, name: str) -> None:
    examples = pgconn(name, "--help").stdout.partition("\nExamples:\n")[2]
    assert examples
    assert all(line.startswith("  ") for line in examples.splitlines())
    assert f"pgconn {name}" in examples


def test_h_is_the_host_and_not_the_help(pgconn: Run) -> None:
    assert "requires an argument" in pgconn("status", "-h").stderr


def test_the_version_is_that_of_the_package(pgconn: Run) -> None:
    from pgconn import __version__

    assert pgconn("--version").stdout == f"pgconn {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["--version"]])
def test_the_help_loads_neither_the_driver_nor_the_tables(arguments: list[str]) -> None:
    script = f"import sys; from pgconn.cli.main import run; run({arguments!r}); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = ran.stderr.split()
    assert "typer" in loaded
    assert not [name for name in loaded if name in HEAVY or name.startswith("psycopg")]


def test_plain_and_json_load_no_rich(tmp_path: Path) -> None:
    from pgconn.observe.recording import Recorder
    from tests.model.making import shop

    with Recorder(tmp_path / "x.jsonl") as recorder:
        recorder.write(shop())
    for name in ("plain", "json", "csv"):
        arguments = ["status", "-o", name, "--from", str(tmp_path / "x.jsonl")]
        script = (
            f"import sys; from pgconn.cli.main import run; run({arguments!r}); print(*sys.modules, file=sys.stderr)"
        )
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert not {"psycopg", "rich", "tabulate"} & set(ran.stderr.split())


def complete(shell: str, words: str, home: Path, **env: str) -> list[str]:
    """What a shell's script gets when it asks what could follow; the last word is the one at the cursor."""
    asked = {
        "bash": {
            "_PGCONN_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        "zsh": {"_PGCONN_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": words},
        "fish": {
            "_PGCONN_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_ARGS": words,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }[shell]
    ran = subprocess.run(
        [sys.executable, "-m", "pgconn"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **asked, **env},
        check=True,
    )
    if shell == "zsh":
        return re.findall(r'"([^"]+)"(?::"|\s|\))', ran.stdout)
    return [line.partition("\t")[0] for line in ran.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_options_and_services(shell: str, tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[shop]\nhost=db1\n[crm]\nhost=db2\n# [no]\n")
    assert complete(shell, "pgconn st", tmp_path) == ["status"]
    assert set(NAMES) <= set(complete(shell, "pgconn ", tmp_path))
    assert "--not-state" in complete(shell, "pgconn sessions --not", tmp_path)
    assert complete(shell, "pgconn status --service ", tmp_path) == ["shop", "crm"]
    assert complete(shell, "pgconn status --service s", tmp_path) == ["shop"]
    assert complete(shell, "pgconn status -d service=c", tmp_path) == ["service=crm"]


def test_services_are_completed_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.conf"
    file.write_bytes(b"[caf\xe9]\n[mine]\n[broken\n")
    assert "mine" in complete("bash", "pgconn status --service ", tmp_path, PGSERVICEFILE=str(file))
    assert complete("bash", "pgconn status --service ", tmp_path, PGSERVICEFILE=str(tmp_path)) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_the_completion_can_be_shown(shell: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pgconn"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "_PGCONN_COMPLETE": f"source_{shell}"},
        check=True,
    )
    assert "_PGCONN_COMPLETE" in ran.stdout
    assert ran.stderr == ""
