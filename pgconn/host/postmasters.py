"""The PostgreSQL servers that run on this machine, as their first processes show them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from pgconn.host.settings import options, read_settings
from pgconn.host.titles import PREFIX
from pgconn.model.process import Postmaster

_NAMES: Final = ("postgres", "postmaster", "edb-postgres", "edb-postmaster")
_NO_SERVER: Final = ("--single", "--boot", "--check", "--describe-config", "--version", "-V", "-C")


def postmasters() -> Iterator[Postmaster]:
    """Each server of this machine, also those of other users and in other pid namespaces."""
    names = {process.pid: process.info["name"] for process in psutil.process_iter(["name"])}
    for process in psutil.process_iter():
        if names.get(process.pid) in _NAMES:
            with contextlib.suppress(psutil.Error, OSError):
                command = tuple(process.cmdline())
                is_child = names.get(process.ppid()) in _NAMES or " ".join(command).startswith(PREFIX)
                if command and not is_child and not set(command[1:2]) & set(_NO_SERVER):
                    found = _described(process, command)
                    if found is not None:
                        yield found


def is_foreign(pid: int) -> bool:
    """Whether a process lives in another pid namespace than we do, as in a container, where its pid is another."""
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()
    except OSError:
        return _depth(str(pid)) != _depth("self")


def directory_of(pid: int) -> Path | None:
    """A way to the working directory of a process, which is the data directory of its server."""
    through = Path(f"/proc/{pid}/cwd")
    with contextlib.suppress(psutil.Error, OSError):
        if os.access(through, os.X_OK):
            return through
        return Path(psutil.Process(pid).cwd())
    return None


def same_directory(pid: int, directory: Path) -> bool:
    """Whether a process works in this directory, by whatever path."""
    with contextlib.suppress(OSError):
        works_in = directory_of(pid)
        return works_in is not None and works_in.samefile(directory)
    return False


def _depth(pid: str) -> int:
    """How many pid namespaces deep a process is."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return len(line.split()) - 1
    return 0


def _described(process: psutil.Process, command: tuple[str, ...]) -> Postmaster | None:
    """The postmaster with what its files say; None for the orphan of another one, which shows the same command."""
    given = options(command)
    known = {"data_directory": given.get("data_directory"), "port": given.get("port"), "major": None}
    facts: dict[str, str | None] = {"status": None, "socket_directory": None}
    directory = directory_of(process.pid)
    if directory is not None:
        lines = _lines(directory / "postmaster.pid")
        if lines and lines[0] != str(process.pid) and not is_foreign(process.pid):
            return None
        lines += [""] * (8 - len(lines))
        known |= {"data_directory": lines[1] or _path(directory), "port": lines[3] or known["port"]}
        known["major"] = next(iter(_lines(directory / "PG_VERSION")), None)
        facts = {"socket_directory": lines[4] or None, "status": lines[7] or None}
    elif given.get("config_file"):
        configured = read_settings(Path("/"), command)
        known["port"] = configured.values.get("port") if configured else known["port"]
    return Postmaster(
        pid=process.pid,
        started=process.create_time(),
        uid=process.uids().effective,
        owner=process.username(),
        command=command,
        data_directory=known["data_directory"],
        port=_number(known["port"]),
        major=_number(known["major"]),
        **facts,
    )


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(errors="replace").splitlines()]
    except OSError:
        return []


def _path(directory: Path) -> str | None:
    with contextlib.suppress(OSError):
        return str(directory.resolve())
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
