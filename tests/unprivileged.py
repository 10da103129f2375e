"""Run code as a user without any right, who need not be able to read where Python and pgconn are installed."""

import subprocess
import sys
from typing import Final

_PRELUDE: Final = """
import encodings.idna, importlib, os, pkgutil, sys, tomllib
import pgconn
from pgconn.data import reading

for module in pkgutil.walk_packages(pgconn.__path__, "pgconn."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

kept = {
    path.relative_to(reading.FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in reading.FOLDER.rglob("*") if path.suffix in (".toml", ".md")
}
reading.text = kept.__getitem__

def become_nobody():
    sys.stdout.flush()
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65533)
"""
"""What pgconn imports or reads when it needs it is there before the rights go: the clone may be in a private home."""


def as_nobody(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this code, which calls `become_nobody()` when it has what it needs; root alone can."""
    command = [sys.executable, "-c", _PRELUDE + code, *arguments]
    return subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=60)
