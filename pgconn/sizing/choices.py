"""The numbers of the sizing that are a judgement: each with its unit, its default, and why."""

from typing import Final

from pgconn.model.value import Value


class Choices(Value, frozen=True, kw_only=True):
    """What somebody may see otherwise; the important ones are options of `pgconn size`."""

    utilisation: float = 0.8  # of the slots of applications and of a pool; the rest is for bursts, and for the alert
    page_at: float = 0.9  # of the slots of applications; somebody is to be woken, before the next deploy fills them
    active_share: float = 0.5  # of the sessions, at work at once; the rules that people quote promise work_mem to all
    page_cache: float = 0.15  # of the RAM, kept for the files that the system caches; below it every read is a disk's
    os_share: float = 0.10  # of the RAM, for the system, its agents and ssh, within the next two numbers
    os_least: int = 128  # MiB for the system, and all of it in a container, where the system is elsewhere
    os_most: int = 2048  # MiB for the system; it does not grow with the RAM for ever
    desktop_share: float = 0.5  # of the RAM of a desktop, which is there for other programs
    shared_buffers: float = 0.25  # of the RAM; what PostgreSQL's documentation advises
    desktop_shared_buffers: float = 0.0625  # of the RAM of a desktop
    effective_cache_size: float = 0.75  # of the RAM; shared_buffers and what the system caches, for the planner alone
    maintenance_share: float = 0.0625  # of the RAM, for maintenance_work_mem, between 32 MiB and 2 GiB
    autovacuum_share: float = 0.015625  # of the RAM, for each autovacuum worker, between 16 MiB and 1 GiB
    work_mem_safety: float = 0.8  # of the memory for queries, promised; arrays, plans and large rows obey no work_mem
    work_mem_least: int = 4  # MiB; PostgreSQL's own default. Where less is left, the answer is that it does not fit
    ceiling: int = 500  # connections; with 500 clients two cores did a fifth of the work that they did with two
    default_connections: int = 100  # connections; PostgreSQL's own default, kept until the pools are known
    round_to: int = 10  # connections; a max_connections that a person can remember
    superuser_reserved: int = 3  # slots; PostgreSQL's own default, so that an administrator gets in
    reserved: int = 2  # slots for pg_use_reserved_connections from 16 on; the monitoring, and pgconn
    direct: int = 5  # connections beside the pools: migrations, psql, cron, a dump
    tables: int = 200  # tables that a session touches in its life, each of which its catalog cache keeps
    prepared: int = 100  # prepared statements that a session keeps
    unknown_active: int = 25  # sessions at work at once where the cores are unknown; rules of thumb say 25 to 50
    per_core: int = 2  # sessions at work at once worth having for each core, and one more for each disk arm
    most_per_core: int = 5  # sessions at work at once for each core that are still worth having on fast storage
    busy: float = 0.5  # of the time that a pooler lends a server connection out, it works; the rest is the client's
    p99_wait: float = 0.01  # seconds that one of a hundred transactions may wait for its pool
    peak: float = 3.0  # times the average load that a server has counted; its nights are in that average
    default_pool: int = 5  # connections of a pool in front of a pooler, where neither the size nor the load is known
    reserve_pool: float = 0.25  # of default_pool_size, beside it, for a pool whose clients wait
    client_headroom: float = 1.2  # of the clients at the peak of a deploy, for max_client_conn of a pooler
    files_headroom: int = 2  # times the file descriptors that PgBouncer expects, for LimitNOFILE


NODES: Final = {"web": 2, "oltp": 2, "mixed": 4, "dw": 8, "desktop": 4}
"""Sorts and hashes of one query, each of which may take work_mem: a judgement by workload; half of them hash."""

PARALLEL: Final = {"web": 0, "oltp": 0, "mixed": 2, "dw": 2, "desktop": 2}
"""Parallel workers of one query: none where queries are short, else PostgreSQL's max_parallel_workers_per_gather."""

WORK_MEM_MOST: Final = {"web": 64, "oltp": 64, "mixed": 128, "dw": 1024, "desktop": 128}
"""MiB of work_mem for all; more belongs to the role that needs it: ALTER ROLE … SET work_mem."""

IDLE_IN_TRANSACTION: Final = {"web": 300, "oltp": 300, "mixed": 300, "dw": 600, "desktop": 600}
"""Seconds that a session may be idle within a transaction, by how long the work of a client takes."""

SPINDLES: Final = {"ssd": 0, "nvme": 0, "san": 0, "hdd": 1}
"""Disk arms that sessions at work can wait for at once; storage without arms has none in the rule."""

RANDOM_PAGE_COST: Final = {"ssd": 1.1, "nvme": 1.1, "san": 1.1, "hdd": 4.0}
"""What a random page costs against the next one: an arm has to move, a chip does not."""
