"""The account that a daemon runs under: PostgreSQL and PgBouncer refuse to run as root."""

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
