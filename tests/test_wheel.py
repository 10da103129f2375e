"""What is built can be installed into an empty environment and runs there."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Final

import pytest

from pgconn import __version__

pytestmark = [pytest.mark.offline, pytest.mark.xdist_group("dist")]

ROOT: Final = Path(__file__).parents[1]
MANUAL: Final = f"pgconn_cli-{__version__}.data/data/share/man/man1/pgconn.1"


def run(*command: str | Path, cwd: Path) -> str:
    """What a program of the new environment prints; the test fails when the program does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PYTHON", "PIP"))}
    done = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_the_wheel_runs_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The dependencies come from the environment of the tests, because there may be no network."""
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel, cwd=tmp_path)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    with pytest.raises(AssertionError, match="ModuleNotFoundError"):
        run(python, "-m", "pgconn", "--help", cwd=tmp_path)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    assert run(home / "bin" / "pgconn", "--version", cwd=tmp_path) == f"pgconn {__version__}\n"
    assert "status" in run(home / "bin" / "pgconn", "--help", cwd=tmp_path)
    assert "--by" in run(python, "-m", "pgconn", "status", "--help", cwd=tmp_path)
    assert (home / "share" / "man" / "man1" / "pgconn.1").read_bytes() == (ROOT / "docs" / "pgconn.1").read_bytes()
    came_from = run(python, "-c", "import pgconn; print(pgconn.__file__)", cwd=tmp_path).strip()
    assert Path(came_from).is_relative_to(site)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pgconn").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert packed >= tracked | {"pgconn/py.typed"}
    assert packed >= {MANUAL}
    beside = packed - {MANUAL}
    assert {name.partition("/")[0] for name in beside} == {"pgconn", f"pgconn_cli-{__version__}.dist-info"}


def test_the_source_distribution_holds_the_tests_and_the_documents(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        packed = {name.partition("/")[2] for name in sources.getnames()}
    wanted = {
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "LICENSE",
        "Makefile",
        "pyproject.toml",
        "pgconn/data/frameworks/hikaricp/Database.java",
        "pgconn/data/frameworks/psycopg_pool/pool.py",
        "pgconn/data/messages.toml",
        "pgconn/data/providers/rds.toml",
        "pgconn/data/settings.toml",
        "pgconn/sql/session.sql",
        "tests/README.md",
        "tests/conftest.py",
        ".pre-commit-config.yaml",
        "docs/conf.py",
        "docs/pgconn.1",
        "docs/tutorial.md",
        "docs/contracts.md",
        "docs/schemas/status.json",
        "docs/status.svg",
    }
    assert wanted <= packed
