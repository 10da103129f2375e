"""The numbers of the sizing that are a judgement: each with its unit, its default, and why."""

from typing import Annotated, Final, Literal

from pgconn.config.policy import number
from pgconn.model import Value

Workload = Literal["web", "oltp", "dw", "mixed", "desktop"]
Storage = Literal["ssd", "nvme", "san", "hdd"]


class Assumptions(Value, frozen=True, kw_only=True):
    """What somebody may see otherwise; the important ones are options of `pgconn size`."""

    utilisation: Annotated[
        float, number("of the slots of applications and of a pool", "the rest is for bursts, and for the alert")
    ] = 0.8
    page_at: Annotated[
        float, number("of the slots of applications", "call the person on duty, before the next deploy fills them")
    ] = 0.9
    active_share: Annotated[
        float, number("of the sessions, at work at once", "the rules that people quote promise work_mem to all")
    ] = 0.5
    page_cache: Annotated[
        float, number("of the RAM, kept for the files that the system caches", "below it every read is a disk's")
    ] = 0.15
    os_share: Annotated[
        float, number("of the RAM", "for the system, its agents and ssh, within the next two numbers")
    ] = 0.10
    os_least: Annotated[
        int, number("MiB for the system", "and all of it in a container, where the system is elsewhere")
    ] = 128
    os_most: Annotated[int, number("MiB for the system", "it does not grow with the RAM for ever")] = 2048
    desktop_share: Annotated[float, number("of the RAM of a desktop", "which is there for other programs")] = 0.5
    shared_buffers: Annotated[float, number("of the RAM", "what PostgreSQL's documentation advises")] = 0.25
    desktop_shared_buffers: Annotated[float, number("of the RAM of a desktop")] = 0.0625
    effective_cache_size: Annotated[
        float, number("of the RAM", "shared_buffers and what the system caches, for the planner alone")
    ] = 0.75
    maintenance_share: Annotated[float, number("of the RAM", "for maintenance_work_mem, between 32 MiB and 2 GiB")] = (
        0.0625
    )
    autovacuum_share: Annotated[float, number("of the RAM", "for each autovacuum worker, between 16 MiB and 1 GiB")] = (
        0.015625
    )
    work_mem_safety: Annotated[
        float, number("of the memory for queries, promised", "arrays, plans and large rows obey no work_mem")
    ] = 0.8
    work_mem_least: Annotated[
        int, number("MiB", "PostgreSQL's own default. Where less is left, the answer is that it does not fit")
    ] = 4
    ceiling: Annotated[
        int, number("connections", "with 500 clients two cores did a fifth of the work that they did with two")
    ] = 500
    default_connections: Annotated[
        int, number("connections", "PostgreSQL's own default, kept until the pools are known")
    ] = 100
    round_to: Annotated[int, number("connections", "a max_connections that a person can remember")] = 10
    superuser_reserved: Annotated[
        int, number("slots", "PostgreSQL's own default, so that an administrator gets in")
    ] = 3
    reserved: Annotated[
        int, number("slots for pg_use_reserved_connections from 16 on", "the monitoring, and pgconn")
    ] = 2
    direct: Annotated[int, number("connections beside the pools", "migrations, psql, cron, a dump")] = 5
    tables: Annotated[
        int, number("tables that a session touches in its life", "each of which its catalog cache keeps")
    ] = 200
    prepared: Annotated[int, number("prepared statements that a session keeps")] = 100
    unknown_active: Annotated[
        int, number("sessions at work at once where the cores are unknown", "rules of thumb say 25 to 50")
    ] = 25
    per_core: Annotated[
        int, number("sessions at work at once worth having for each core", "and one more for each disk arm")
    ] = 2
    most_per_core: Annotated[
        int, number("sessions at work at once for each core that are still worth having on fast storage")
    ] = 5
    busy: Annotated[
        float, number("of the time that a pooler lends a server connection out, it works", "the rest is the client's")
    ] = 0.5
    p99_wait: Annotated[float, number("seconds that one of a hundred transactions may wait for its pool")] = 0.01
    peak: Annotated[
        float, number("times the average load that a server has counted", "its nights are in that average")
    ] = 3.0
    default_pool: Annotated[
        int, number("connections of a pool in front of a pooler", "where neither the size nor the load is known")
    ] = 5
    reserve_pool: Annotated[float, number("of default_pool_size", "beside it, for a pool whose clients wait")] = 0.25
    client_headroom: Annotated[
        float, number("of the clients at the peak of a deploy", "for max_client_conn of a pooler")
    ] = 1.2
    files_headroom: Annotated[int, number("times the file descriptors that PgBouncer expects", "for LimitNOFILE")] = 2


NODES: Final = {"web": 2, "oltp": 2, "mixed": 4, "dw": 8, "desktop": 4}
"""Sorts and hashes of one query, each of which may take work_mem: a judgement by workload; half of them hash."""

PARALLEL: Final = {"web": 0, "oltp": 0, "mixed": 2, "dw": 2, "desktop": 2}
"""Parallel workers of one query: none where queries are short, else PostgreSQL's max_parallel_workers_per_gather."""

WORK_MEM_MOST: Final = {"web": 64, "oltp": 64, "mixed": 128, "dw": 1024, "desktop": 128}
"""MiB of work_mem for all; more belongs to the role that needs it: ALTER ROLE … SET work_mem."""

DESKTOP_CACHE_SIZE: Final = 0.25
"""Of the RAM of a desktop, for effective_cache_size."""

IDLE_IN_TRANSACTION: Final = {"web": 300, "oltp": 300, "mixed": 300, "dw": 600, "desktop": 600}
"""Seconds that a session may be idle within a transaction, by how long the work of a client takes."""

SPINDLES: Final = {"ssd": 0, "nvme": 0, "san": 0, "hdd": 1}
"""Disk arms that sessions at work can wait for at once; storage without arms has none in the rule."""

RANDOM_PAGE_COST: Final = {"ssd": 1.1, "nvme": 1.1, "san": 1.1, "hdd": 4.0}
"""What a random page costs against the next one: an arm has to move, a chip does not."""
