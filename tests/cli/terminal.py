"""pgconn on a terminal of its own, as a user at the keyboard has it."""

import codecs
import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pgconn.demo.clients import wait_until
from tests.looking import asleep

_PATIENCE: Final = 60.0
_OPEN: Final = (
    "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""The first terminal that the leader of a session opens becomes its own, where it is asked for a password."""


@dataclass
class Terminal:
    """A program and the screen that it writes to."""

    process: subprocess.Popen[bytes]
    keyboard: int
    shown: str = field(default="")
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def until(self, text: str = "") -> str:
        """What is on the screen once this text is, or once the program has ended."""
        deadline = time.monotonic() + _PATIENCE
        ready = select.poll()  # select() knows the first 1024 files alone
        ready.register(self.keyboard, select.POLLIN | select.POLLHUP)
        while (not text or text not in self.shown) and time.monotonic() < deadline:
            if ready.poll(50):
                try:
                    self.shown += self._decoder.decode(os.read(self.keyboard, 65536))
                except OSError:  # the other end is closed
                    return self.shown
            elif self.process.poll() is not None:
                return self.shown
        return self.shown

    def interrupt(self) -> str:
        """Press Ctrl-C once the program sleeps, for what comes right before it reads is not seen."""
        wait_until(lambda: asleep(self.process.pid), "a program that waits")
        self.type("\x03")
        return self.until()

    def type(self, text: str) -> None:
        """Type it."""
        os.write(self.keyboard, text.encode())


@contextlib.contextmanager
def terminal(*arguments: str, env: Mapping[str, str], columns: int = 80, lines: int = 24) -> Iterator[Terminal]:
    """Run `pgconn ARGS…` on a terminal of this size."""
    keyboard, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _OPEN, "-m", "pgconn", *arguments],
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
        env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "PYTHONPATH": str(Path.cwd()), **env},
    )
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(keyboard)
