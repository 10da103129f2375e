"""Where the runtimes and the pools are, or why a test is skipped: tests/pools/install puts them there."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

CACHE: Final = Path(os.environ.get("POOLS_CACHE") or Path.home() / ".cache" / "pgconn-pools")
JARS: Final = Path("/usr/share/java")
GO_SOURCES: Final = Path("/usr/share/gocode")


def program(name: str) -> str:
    """The path of a program, or a skipped test."""
    return shutil.which(name) or pytest.skip(f"{name} is not on this machine")


def node_modules(package: str) -> Path:
    """The folder with the packages of npm, if this one is among them."""
    folder = CACHE / "node" / "node_modules"
    if not (folder / package / "package.json").is_file():
        pytest.skip(f"{package} is not in {CACHE}: run tests/pools/install")
    return folder


def python(module: str) -> str:
    """The interpreter of the venv with the packages of pip, if this one is among them."""
    interpreter = CACHE / "python" / "bin" / "python"
    if not interpreter.is_file():
        pytest.skip(f"{module} is not in {CACHE}: run tests/pools/install")
    return str(interpreter)


def jars(*names: str) -> str:
    """These jars of Debian as a class path, or a skipped test."""
    for name in names:
        if not (JARS / f"{name}.jar").is_file():
            pytest.skip(f"{name}.jar is not in {JARS}: run tests/pools/install as root")
    return ":".join(str(JARS / f"{name}.jar") for name in names)


def go_package(path: str) -> Path:
    """Where Debian keeps the sources of Go packages, if this one is among them."""
    if not (GO_SOURCES / "src" / path).is_dir():
        pytest.skip(f"{path} is not in {GO_SOURCES}: run tests/pools/install as root")
    return GO_SOURCES


def gem(name: str) -> None:
    """A gem, or a skipped test."""
    found = subprocess.run([program("ruby"), "-e", f"require {name!r}"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"the gem {name} is not on this machine: run tests/pools/install as root")
