"""What a machine gives a server, and what its sessions were seen to own; sizes in bytes, unknown is None."""

from pgconn.model.value import Moment, Value


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
