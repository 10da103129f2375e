"""One scan of the processes of a server."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from pgconn.errors import Unavailable
from pgconn.host.location import find
from pgconn.host.postmasters import directory_of
from pgconn.host.settings import Settings, read_settings
from pgconn.host.titles import cluster_name_in, prefix_of, read_title
from pgconn.model.process import HostSnapshot, Postmaster, Process, ServerLocation, Title


class ProcessScan:
    """What is seen of a process at once; raises psutil.Error when it is gone."""

    def __init__(self, process: psutil.Process) -> None:
        with process.oneshot():
            self.pid = process.pid
            self.parent = process.ppid()
            self.started = process.create_time()
            self.uid = process.uids().effective
            self.text = title_of(process.cmdline())
            cpu, switches = process.cpu_times(), process.num_ctx_switches()
            self.work = (round(cpu.user + cpu.system, 2), switches.voluntary + switches.involuntary)


def scan_processes(server: ServerLocation | Postmaster) -> HostSnapshot:
    """The server's processes as they are now, found anew or known already."""
    if os.name != "posix":
        raise Unavailable("the titles of processes do not tell on Windows what a backend does")
    postmaster = server if isinstance(server, Postmaster) else find(server)
    settings = _settings(postmaster)
    scans = [scan for scan in _children(postmaster) if scan.text]
    prefix, room = prefix_of(scan.text for scan in scans), _room(postmaster)
    command = title_of(list(postmaster.command))
    states = settings is None or settings.updates_titles

    def title(text: str) -> Title:
        return read_title(text, prefix=prefix, postmaster=command, room=room, states=states)

    return HostSnapshot(
        taken_at=datetime.now(UTC),
        postmaster=postmaster,
        cluster_name=cluster_name_in(prefix),
        capacity=settings.capacity(postmaster.major) if settings and postmaster.major else None,
        settled=settings is not None and settings.settled,
        titles_tell_states=states,
        processes=tuple(
            Process(pid=s.pid, started=s.started, uid=s.uid, text=s.text, title=title(s.text), work=s.work)
            for s in scans
        ),
    )


def title_of(arguments: list[str]) -> str:
    """A title as one text, without the zeros that pad it; bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(" ".join(arguments)).rstrip(b" \0").decode("utf-8", "backslashreplace")


def _children(postmaster: Postmaster) -> Iterator[ProcessScan]:
    try:
        process = psutil.Process(postmaster.pid)
        if process.create_time() != postmaster.started:
            raise psutil.NoSuchProcess(postmaster.pid)
        children = process.children()
    except psutil.Error:
        raise Unavailable(f"{postmaster.name} is gone") from None
    for child in children:
        with contextlib.suppress(psutil.Error):
            yield ProcessScan(child)


def _settings(postmaster: Postmaster) -> Settings | None:
    directory = directory_of(postmaster.pid)
    if directory is None and postmaster.data_directory:
        directory = Path(postmaster.data_directory)
    return read_settings(directory, postmaster.command) if directory else None


def _room(postmaster: Postmaster) -> int | None:
    """How many bytes a title may have: as many as the server's own arguments and environment took."""
    try:
        environment = psutil.Process(postmaster.pid).environ()
    except psutil.Error:
        return None
    words = [*postmaster.command, *(f"{name}={value}" for name, value in environment.items())]
    return sum(len(os.fsencode(word)) + 1 for word in words)
