"""Which clients hold the slots, as the titles of the server's processes show without any connection."""

from typing import Literal

from pgconn.model import Moment, Value
from pgconn.model.breakdown import Group, break_down
from pgconn.model.process import CLIENT, SILENT, WALSENDER, HostSnapshot, Process, local_time
from pgconn.model.session import STARTING
from pgconn.model.slots import Free, count_slots


class ProcessServer(Value, frozen=True, kw_only=True):
    """The server whose processes these are."""

    pid: int
    major: int | None
    port: int | None
    data_directory: str | None
    socket_directory: str | None
    cluster_name: str | None
    os_user: str
    status: str | None
    started_at: Moment


class ProcessSlots(Value, frozen=True, kw_only=True):
    """The places of max_connections; None is what cannot be known without asking the server."""

    max_connections: int | None = None
    superuser_reserved: int | None = None
    reserved: int | None = None
    used: int
    authenticating: int
    usable: int | None = None
    used_ratio: float | None = None
    free: Free | None = None
    settled: bool


class ProcessBreakdown(Value, frozen=True, kw_only=True):
    """The holders of slots by what a title shows; an application_name is not in it, nor the age of a state."""

    state: tuple[Group, ...]
    user: tuple[Group, ...]
    client_addr: tuple[Group, ...]
    database: tuple[Group, ...]


class ProcessRow(Value, frozen=True, kw_only=True):
    """One process of a client."""

    pid: int
    backend_start: Moment
    lived_seconds: float
    backend_type: str | None
    user: str | None
    database: str | None
    client_addr: str | None
    client_port: int | None
    state: str | None
    cpu_seconds: float
    title: str


class Processes(Value, frozen=True, kw_only=True, tag_field="kind", tag="processes"):
    """Who holds the slots, from the titles of the processes alone; `silent` children hold none yet."""

    version: Literal[1] = 1
    taken_at: Moment
    server: ProcessServer
    entered_by: Literal["os"] = "os"
    slots: ProcessSlots
    walsenders_used: int
    silent: int
    server_processes: int
    titles_tell_states: bool
    by: ProcessBreakdown
    processes: tuple[ProcessRow, ...]


def processes_of(seen: HostSnapshot) -> Processes:
    """The document of what was seen."""
    kinds = [process.title.backend_type for process in seen.processes]
    clients = [p for p in seen.processes if p.title.backend_type in (CLIENT, WALSENDER, None)]
    groups = break_down(process.session for process in seen.holders)
    postmaster = seen.postmaster
    return Processes(
        taken_at=seen.taken_at,
        server=ProcessServer(
            pid=postmaster.pid,
            major=postmaster.major,
            port=postmaster.port,
            data_directory=postmaster.data_directory,
            socket_directory=postmaster.socket_directory,
            cluster_name=seen.cluster_name,
            os_user=postmaster.owner,
            status=postmaster.status,
            started_at=local_time(postmaster.started),
        ),
        slots=_slots(seen),
        walsenders_used=kinds.count(WALSENDER),
        silent=kinds.count(SILENT),
        server_processes=len(kinds) - len(clients) - kinds.count(SILENT),
        titles_tell_states=seen.titles_tell_states,
        by=ProcessBreakdown(
            state=groups.state, user=groups.user, client_addr=groups.client_addr, database=groups.database
        ),
        processes=tuple(_row(process, seen.taken_at) for process in sorted(clients, key=lambda p: (p.started, p.pid))),
    )


def _slots(seen: HostSnapshot) -> ProcessSlots:
    sessions = [process.session for process in seen.holders]
    authenticating = sum(1 for session in sessions if session.state == STARTING)
    if seen.capacity is None:
        return ProcessSlots(used=len(sessions), authenticating=authenticating, settled=seen.settled)
    counted = count_slots(seen.capacity, sessions, own=0)
    return ProcessSlots(
        max_connections=counted.max_connections,
        superuser_reserved=counted.superuser_reserved,
        reserved=counted.reserved,
        used=counted.used,
        authenticating=authenticating,
        usable=counted.usable if seen.settled else None,
        used_ratio=counted.used_ratio if seen.settled else None,
        free=counted.free if seen.settled else None,
        settled=seen.settled,
    )


def _row(process: Process, now: Moment) -> ProcessRow:
    title = process.title
    return ProcessRow(
        pid=process.pid,
        backend_start=process.backend_start,
        lived_seconds=max(0.0, round(now.timestamp() - process.started, 2)),
        backend_type=title.backend_type,
        user=title.user,
        database=title.database,
        client_addr=title.client_addr,
        client_port=title.client_port,
        state=title.state,
        cpu_seconds=process.work[0],
        title=process.text,
    )
