"""SIGTERM to one backend, once everything that made it a victim has been seen to be so still."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import psutil

from pgconn.errors import PrivilegeMissing
from pgconn.host.postmasters import directory_of, is_foreign
from pgconn.host.scanning import ProcessScan
from pgconn.model.process import Postmaster, Process

Sent = Literal["sent", "gone", "changed", "denied"]


def may_end(postmaster: Postmaster) -> None:
    """Raises PrivilegeMissing when we are neither the server's owner nor root."""
    if os.geteuid() not in (0, postmaster.uid):
        raise PrivilegeMissing(
            f"only {postmaster.owner} and root may end processes of {postmaster.name}",
            hint=f"run it as that user: sudo -u {postmaster.owner} pgconn rescue …",
        )


def end(postmaster: Postmaster, victim: Process) -> tuple[Sent, str]:
    """Signal the backend, unless anything about it has changed; never harder than SIGTERM."""
    try:
        with _Handle(victim.pid) as send:
            change = _change(postmaster, victim)
            if change is None:
                send()
                return "sent", ""
            return "changed", change
    except (ProcessLookupError, psutil.NoSuchProcess):
        return "gone", "it had ended already"
    except (PermissionError, psutil.AccessDenied):
        return "denied", "this user may not signal it"


def is_running(process: Process) -> bool:
    """Whether the process is there still, as more than an entry that its parent has yet to reap."""
    try:
        there = psutil.Process(process.pid)
        return there.create_time() == process.started and there.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class _Handle:
    """A hold on a process, where the system has such a thing, so that a signal cannot reach a successor of its pid."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor: int | None = None

    def __enter__(self) -> Callable[[], None]:
        try:
            self._descriptor = os.pidfd_open(self._pid)
        except ProcessLookupError:
            raise
        except (AttributeError, OSError):
            return psutil.Process(self._pid).terminate
        return self._send

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _send(self) -> None:
        if self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGTERM)


def _change(postmaster: Postmaster, victim: Process) -> str | None:
    """What is no longer as it was when the plan was made, or None."""
    server, now = psutil.Process(postmaster.pid), ProcessScan(psutil.Process(victim.pid))
    if server.create_time() != postmaster.started:
        return "the server is another one now"
    if now.started != victim.started:
        return "its pid belongs to another process now"
    if now.parent != postmaster.pid or now.pid == postmaster.pid:
        return "it is not a child of the server"
    if now.uid != postmaster.uid or now.uid != victim.uid:
        return "it belongs to another user"
    if is_foreign(victim.pid) or not _same_place(postmaster.pid, victim.pid):
        return "it is not in the server's place"
    if now.text != victim.text:
        return f"its title is now {now.text!r}"
    return "it has worked since" if now.work != victim.work else None


def _same_place(server: int, backend: int) -> bool:
    """Whether both work in one directory: the data directory of that server."""
    here, there = directory_of(server), directory_of(backend)
    return here is not None and there is not None and Path(here).samefile(there)
