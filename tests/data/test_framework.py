"""The files of the frameworks are valid in their language as they stand, and each is listed."""

import ast
import configparser
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from pgconn.data import framework
from pgconn.data.reading import FOLDER
from tests.emit.languages import BRACKETS, bare, names

pytestmark = pytest.mark.offline

HOME: Final = FOLDER / "frameworks"
FILES: Final = sorted(
    path for path in HOME.glob("*/*.*") if path.suffix not in (".toml", ".pyc") and path.parent.name != "__pycache__"
)

# What checks the syntax of many files at once, by the ending of their names.
CHECKERS: Final = {
    ".go": ["gofmt", "-e"],
    ".java": ["javac", "-proc:none", "-XDshould-stop.ifNoError=PARSE"],
    ".rs": ["rustfmt", "--edition", "2021", "--emit", "stdout"],
    ".exs": ["elixir", "-e", "for file <- System.argv(), do: Code.string_to_quoted!(File.read!(file))"],
}
# The same for programs that look at the first file alone.
ONE_BY_ONE: Final = {
    ".js": ["node", "--check"],
    ".mjs": ["node", "--check"],
    ".rb": ["ruby", "-c"],
    ".php": ["php", "-n", "-l"],
}


def test_the_folders_are_those_of_the_list() -> None:
    assert {path.parent.name for path in HOME.glob("*/spec.toml")} == set(framework.names())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_valid_as_it_stands(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            ast.parse(text)
        case ".json":
            assert "Maximum Pool Size=1001;" in json.loads(text)["ConnectionStrings"]["Default"]
        case ".conf":
            parsed = configparser.ConfigParser()
            parsed.read_string(text)
            assert parsed["www"]["pm.max_children"] == "1001"
        case ".properties":
            read = names(text)
            assert read["spring.datasource.hikari.maximum-pool-size"] == "1001"
            assert "PGCONN_APPLICATION@${HOSTNAME:host}" in read.values()
        case ".yml":
            lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
            assert lines[0] == "production:"
            assert all(re.fullmatch(r"  \w+: \S.*", line) for line in lines[1:])
        case suffix:
            code = bare(text, {".rb": "ruby", ".exs": "elixir"}.get(suffix, ""))
            assert all(code.count(opening) == code.count(closing) for opening, closing in BRACKETS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_marked_ends_where_it_began(path: Path) -> None:
    """Each mark on a line of its own, none within another of its kind, and no word that begins like one of ours."""
    text = path.read_text(encoding="utf-8")
    marks = re.findall(r"^ *(?:#|//|;) pgconn: (begin|end) (snippet|transaction pooling)$", text, re.MULTILINE)
    assert len(marks) == text.count("pgconn:")
    for kind, count in Counter(kind for _, kind in marks).items():
        assert [verb for verb, of in marks if of == kind] == ["begin", "end"] * (count // 2)
    assert set(re.findall(r"PGCONN\w*", text)) <= {"PGCONN_APPLICATION"}
    assert text.count("1001") == len(re.findall(r"\b1001\b", text))


@pytest.mark.parametrize("suffix", [*CHECKERS, *ONE_BY_ONE])
def test_the_language_itself_takes_the_files(suffix: str, tmp_path: Path) -> None:
    command = CHECKERS.get(suffix) or ONE_BY_ONE[suffix]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    found = [str(path) for path in FILES if path.suffix == suffix]
    assert found
    for files in [found] if suffix in CHECKERS else [[file] for file in found]:
        ran = subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
        assert ran.returncode == 0, ran.stderr
