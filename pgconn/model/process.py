"""A server's processes and its machine as the operating system shows them; sizes in bytes, unknown is None."""

from datetime import datetime
from typing import Literal

from pgconn.model import Moment, Value
from pgconn.model.instance import Capacity
from pgconn.model.session import Session

CLIENT: Literal["client backend"] = "client backend"
WALSENDER: Literal["walsender"] = "walsender"
SILENT: Literal["silent"] = "silent"


class ServerLocation(Value, frozen=True, kw_only=True):
    """Where on this machine a server is looked for; a data directory alone is enough."""

    pgdata: str | None = None
    host: str | None = None  # a name, an address or a socket directory
    port: int | None = None


class Title(Value, frozen=True, kw_only=True):
    """What a process title says.

    `backend_type` is that of pg_stat_activity, "silent" for a child that has not heard from its client yet, and
    None where the title cannot be read. `names` is the role and the database as they stand; `user` and `database`
    are None where a space in one of them makes unclear which is which. `state` is None where the title shows none.
    """

    backend_type: str | None = None
    names: str | None = None
    user: str | None = None
    database: str | None = None
    client_addr: str | None = None
    client_port: int | None = None
    state: str | None = None


class Process(Value, frozen=True, kw_only=True):
    """A child of the postmaster. `started` is in seconds since 1970, `work` grows with all that it does."""

    pid: int
    started: float
    uid: int
    text: str
    title: Title
    work: tuple[float, int]  # seconds of CPU time, and how often it gave the CPU away

    @property
    def backend_start(self) -> datetime:
        """When it started, by this machine's clock."""
        return local_time(self.started)

    @property
    def session(self) -> Session:
        """The process as the session that the server would show."""
        title = self.title
        return Session(
            pid=self.pid,
            backend_start=self.backend_start,
            backend_type=title.backend_type,
            user=title.user,
            database=title.database,
            client_addr=title.client_addr,
            state=title.state,
            holds_slot=title.backend_type in (CLIENT, None),
        )


class Postmaster(Value, frozen=True, kw_only=True):
    """The first process of a server; None is what this user may not read.

    `cluster_name` is what the titles of its children say, and `status` the last line of postmaster.pid.
    """

    pid: int
    started: float
    uid: int
    owner: str
    command: tuple[str, ...]
    data_directory: str | None = None
    port: int | None = None
    socket_directory: str | None = None
    status: str | None = None
    major: int | None = None

    @property
    def name(self) -> str:
        """The server in a few words."""
        where = f" in {self.data_directory}" if self.data_directory else ""
        port = f" on port {self.port}" if self.port else ""
        return f"the server of {self.owner}{port}{where} (pid {self.pid})"


class HostSnapshot(Value, frozen=True, kw_only=True):
    """A server's processes at one moment.

    `capacity` is what the configuration files say, None where they cannot be read. `settled` is false where a file
    changed after the server had started, so that the server may still go by the old one.
    """

    taken_at: Moment
    postmaster: Postmaster
    cluster_name: str | None
    capacity: Capacity | None
    settled: bool
    titles_tell_states: bool
    processes: tuple[Process, ...]

    @property
    def holders(self) -> tuple[Process, ...]:
        """The processes that hold a slot, and those that might."""
        return tuple(process for process in self.processes if process.title.backend_type in (CLIENT, None))


def local_time(seconds: float) -> datetime:
    """Seconds since 1970 as a time in the zone of this machine."""
    return datetime.fromtimestamp(seconds).astimezone()


class Machine(Value, frozen=True, kw_only=True):
    """The machine that a server runs on: its own RAM and cores, and the limits of the control group that it is in.

    `huge_pages` are those in use. `sessions` are what each client backend owns alone, without page tables; empty where
    we may not look.
    """

    ram: int
    limit: int | None
    cores: float
    huge_pages: int | None
    sessions: tuple[int, ...]


class Tuning(Value, frozen=True, kw_only=True):
    """The settings of a server that a sizing starts from or is compared with; sizes in bytes, times in seconds.

    `huge_pages_on` is None where the version does not tell whether it got them. `tables` are those of this database,
    `databases` those that let sessions in.
    """

    shared_buffers: int
    work_mem: int
    maintenance_work_mem: int
    autovacuum_work_mem: int | None
    effective_cache_size: int
    hash_mem_multiplier: float
    max_locks_per_transaction: int
    autovacuum_max_workers: int
    idle_in_transaction_session_timeout: float
    idle_session_timeout: float | None
    huge_pages: str
    huge_pages_on: bool | None
    jit: bool
    tables: int
    databases: int


class Traffic(Value, frozen=True, kw_only=True):
    """What all databases did since their counters began; the times are None before 14."""

    transactions: int
    active_seconds: float | None
    idle_in_transaction_seconds: float | None
    since: Moment
    seconds: float
