"""The record of what was done: one line of JSON for each session that was to end, kept for good."""

import getpass
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self

import msgspec

from pgconn.errors import WrongUsage
from pgconn.model import Moment, Value
from pgconn.model.termination import Action, EndResult, Outcome, Plan, Victim
from pgconn.text.jsonl import append


class Entry(Value, frozen=True, kw_only=True):
    """One line: when and what, who did it and from where, on which server, to which session, why, and the result."""

    at: Moment
    command: str
    action: Action
    os_user: str
    os_host: str
    role: str
    server: str
    database: str
    pid: int
    backend_start: Moment
    user: str | None
    victim_database: str | None
    application_name: str | None
    client_addr: str | None
    state: str | None
    state_seconds: float | None
    reason: str
    result: EndResult
    detail: str
    pooled_client: str | None = None


class Audit:
    """Appends a line to a file as soon as an end is known; raises WrongUsage when the file cannot be opened."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self._plan = plan
        self._os_user, self._os_host = _os_user(), socket.gethostname()
        self.failure: str | None = None
        try:
            if path.exists() and not path.is_file():
                raise WrongUsage(f"{path} is not a file", hint="an audit grows, so it needs a file of its own")
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise WrongUsage(f"cannot write {path}: {error.strerror}", hint="no session was ended") from None
        self._file: BinaryIO = os.fdopen(descriptor, "ab", buffering=0)

    def write(self, victim: Victim, outcome: Outcome) -> None:
        """Append what became of one victim; what goes wrong is kept in `failure`, because the deed is done."""
        entry = Entry(
            at=datetime.now(UTC),
            command=self._plan.command,
            action=self._plan.action,
            os_user=self._os_user,
            os_host=self._os_host,
            role=self._plan.origin.role,
            server=f"{self._plan.origin.host}:{self._plan.origin.port}",
            database=self._plan.origin.database,
            pid=victim.pid,
            backend_start=victim.backend_start,
            user=victim.user,
            victim_database=victim.database,
            application_name=victim.application_name,
            client_addr=victim.client_addr,
            state=victim.state,
            state_seconds=victim.state_seconds,
            reason=victim.reason,
            result=outcome.result,
            detail=outcome.detail,
            pooled_client=victim.pooled_client,
        )
        if self.failure is None:
            self._append(msgspec.json.encode(entry) + b"\n", victim.pid)

    def _append(self, line: bytes, pid: int) -> None:
        """Write a line whole or not at all, and none after one that failed."""
        try:
            append(self._file, line)
        except OSError as error:
            self.failure = f"the audit lacks {pid} and what follows: {error.strerror}"

    def close(self) -> None:
        """Close the file, with all that was written on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self.failure = self.failure or f"the audit may be incomplete: {error.strerror}"
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
