import os
import socket

import asyncpg


async def make_pool():
    """Once in each process."""
    return await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        max_size=1001,  # all that this process may open; default 10
        min_size=1,  # one is ready; default 10, opened at the start
        # 5 min unused: closed, its slot is free
        max_inactive_connection_lifetime=300,
        # Then replaced: there is no limit by age; default 50000
        max_queries=10_000,
        timeout=5,  # s for the server to answer; acquire() has its own
        # What pg_stat_activity shows: the service, and its host or pod.
        server_settings={
            "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
        },
        # pgconn: begin transaction pooling
        statement_cache_size=0,  # prepared ones would stay behind
        # pgconn: end transaction pooling
    )
