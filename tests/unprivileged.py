"""Run code as a user without any right, who need not be able to read where Python and pgconn are installed."""

import subprocess
import sys
from typing import Final

_PRELUDE: Final = """
import encodings.idna, importlib, os, pkgutil, sys
import pgconn

for module in pkgutil.walk_packages(pgconn.__path__, "pgconn."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

def become_nobody():
    sys.stdout.flush()
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65533)
"""
"""What pgconn imports only when it is needed is imported before the rights go: the clone may be in a private home."""


def as_nobody(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this code, which calls `become_nobody()` when it has what it needs; root alone can."""
    command = [sys.executable, "-c", _PRELUDE + code, *arguments]
    return subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=60)
