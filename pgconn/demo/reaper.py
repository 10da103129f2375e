"""A process that outlives pgconn for a moment, to end our daemons and remove their folder.

pgconn starts it with a folder as its argument and writes lines to its stdin: `+PID SIGNAL` when a daemon
starts, `-PID` when one was reaped. The end of that stream, however pgconn came to its end, is the signal to
clean up. It is run by path, without the packages of pgconn, so it imports the standard library alone.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 5.0
"""Seconds that a daemon is given after each signal."""


def alive(pid: int) -> bool:
    """Whether the process exists and is more than an entry that its new parent has yet to reap."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return True


def read(lines: Iterable[str]) -> dict[int, int]:
    """Read all lines: the daemons that still run and the first signal of each."""
    daemons: dict[int, int] = {}
    for line in lines:
        pid, *number = map(int, line[1:].split())
        if line.startswith("+"):
            daemons[pid] = number[0]
        else:
            daemons.pop(pid, None)
    return daemons


def end(daemons: dict[int, int]) -> None:
    """Signal the daemons, first gently and then less so, until none is left."""
    for attempt in range(3):
        for pid, gentle in daemons.items():
            with contextlib.suppress(OSError):
                os.kill(pid, (gentle, signal.SIGQUIT, signal.SIGKILL)[attempt])
        deadline = time.monotonic() + PATIENCE
        while any(alive(pid) for pid in daemons):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return


def remove(folder: Path) -> None:
    """Remove the folder, again and again while dying processes write to it; `PATIENCE` seconds at most."""
    deadline = time.monotonic() + PATIENCE
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)


def main() -> None:
    """Wait for the end of the lines, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(read(sys.stdin))
    remove(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
