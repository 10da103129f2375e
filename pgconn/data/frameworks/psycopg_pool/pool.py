import os
import socket

from psycopg_pool import ConnectionPool

# Made once in each process, after it forked.
pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    max_size=1001,  # all that this process may open; default: min_size, 4
    min_size=1,  # one is ready; default 4, never closed
    timeout=5,  # 5 s without a free one: an error; default 30
    max_idle=300,  # 5 min unused: closed, its slot is free
    max_lifetime=1800,  # 30 min old, less some jitter: replaced
    check=ConnectionPool.check_connection,  # tried before it is handed out
    kwargs={
        # What pg_stat_activity shows: the service, and its host or pod.
        "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
        "connect_timeout": 5,  # s for the server to answer
        # pgconn: begin transaction pooling
        "prepare_threshold": None,  # prepared ones would stay behind
        # pgconn: end transaction pooling
    },
    open=True,
)
