"""A temporary folder and the daemons that live in it: both go when it closes, and also when pgconn dies."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pgconn.demo import reaper
from pgconn.errors import Unavailable

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the operating system by number; None is the user that runs pgconn."""

    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, Any]:
        """The keyword arguments of `subprocess` that start a process under this account."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, *paths: Path) -> None:
        """Give it these files and folders, and all that they hold."""
        if self.uid is None or self.gid is None:
            return
        for path in paths:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
            for folder, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)

    def may(self, right: str, path: Path) -> bool:
        """Whether it may read (`r`), write (`w`) or enter and execute (`x`) the path, given its parents."""
        if self.uid is None:
            return os.access(path, {"r": os.R_OK, "w": os.W_OK, "x": os.X_OK}[right])
        test = shutil.which("test", path="/usr/bin:/bin") or "test"
        try:
            asked = subprocess.run([test, f"-{right}", path], cwd="/", check=False, **self.popen())
        except OSError as error:
            raise Unavailable(
                f"cannot start a process as uid {self.uid}: {error.strerror}",
                hint="PostgreSQL refuses to run as root; run this as an ordinary user",
            ) from error
        return asked.returncode == 0


def daemon_account() -> Account:
    """The account for our daemons: our own, and for root `postgres` if there is one, else `nobody`."""
    if os.name != "posix" or os.geteuid() != 0:
        return Account()
    import pwd

    for name in _CANDIDATES:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    return Account(uid=65534, gid=65534)


_LONGEST = 70
"""Bytes of the longest folder name below which a socket still fits into the 104 bytes of a Unix address."""


class Workdir:
    """A folder of our own and the processes that use it, unprivileged and in sessions of their own.

    Ctrl-C reaches pgconn's process group and therefore none of them; a reaper ends them when pgconn is gone.
    """

    def __init__(self) -> None:
        if os.name != "posix":
            raise Unavailable("a server of our own needs Linux or macOS")
        self.account: Account = daemon_account()
        self._daemons: dict[int, subprocess.Popen[bytes]] = {}
        self.path = _folder(self.account)
        try:
            self._reaper = self._start_reaper()
        except BaseException:
            reaper.remove(self.path)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, command: Sequence[str | Path]) -> str:
        """Run a command to its end and return its output; Unavailable with the last lines when it fails."""
        log = self.path / f"{Path(command[0]).name}.log"
        code = self.wait(self.spawn(command, log=log, gentle=signal.SIGTERM))
        output = log.read_text(errors="replace")
        if code:
            raise Unavailable(f"{Path(command[0]).name} failed with exit code {code}", hint=tail(output))
        return output

    def spawn(self, command: Sequence[str | Path], *, log: Path, gentle: signal.Signals) -> subprocess.Popen[bytes]:
        """Start a daemon whose output goes to `log`; `gentle` is the signal that asks it to end."""
        with log.open("ab") as output:
            daemon = subprocess.Popen(
                [os.fspath(part) for part in command],
                cwd=self.path,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.account.popen(),
            )
        self._daemons[daemon.pid] = daemon
        self._tell(f"+{daemon.pid} {int(gentle)}")
        return daemon

    def wait(self, daemon: subprocess.Popen[bytes], seconds: float | None = None) -> int:
        """The exit code of a daemon once it has ended; subprocess.TimeoutExpired when it does not."""
        code = daemon.wait(seconds)
        self._daemons.pop(daemon.pid, None)
        self._tell(f"-{daemon.pid}")
        return code

    def stop(
        self, daemon: subprocess.Popen[bytes], *signals: signal.Signals, patience: float = reaper.PATIENCE
    ) -> None:
        """Send the signals one after the other, `patience` seconds apart, SIGKILL last, until it has ended."""
        for number in (*signals, signal.SIGKILL):
            if daemon.poll() is not None:
                break
            daemon.send_signal(signal.SIGCONT)
            daemon.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(daemon, patience)
        self.wait(daemon)

    def close(self) -> None:
        """End what still runs and remove the folder; once is enough, more does no harm."""
        try:
            for daemon in list(self._daemons.values()):
                self.stop(daemon, signal.SIGQUIT)
            reaper.remove(self.path)
        finally:
            if self._reaper.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._reaper.stdin.close()
            self._reaper.wait()

    def _start_reaper(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", reaper.__file__, os.fspath(self.path)],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def _tell(self, line: str) -> None:
        if self._reaper.stdin is not None and not self._reaper.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._reaper.stdin.write(line + "\n")
                self._reaper.stdin.flush()


def tail(text: str, lines: int = 8) -> str:
    """The last lines of a log, as a hint shows them."""
    return "\n".join(text.strip().splitlines()[-lines:]) or "its log is empty"


def _folder(account: Account) -> Path:
    """Make a folder of the account, where it can reach it, whose name is short enough for a socket."""
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108
        if len(parent) <= _LONGEST and Path(parent).is_dir() and account.may("x", Path(parent)):
            with contextlib.suppress(PermissionError):
                path = Path(tempfile.mkdtemp(prefix="pgconn-", dir=parent))
                account.owns(path)
                return path
    raise Unavailable(
        "found no folder for temporary files that the database server can reach",
        hint="point TMPDIR at one with a short name",
    )


def _environment() -> dict[str, str]:
    """Our environment without what would lead PostgreSQL astray; messages are English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
