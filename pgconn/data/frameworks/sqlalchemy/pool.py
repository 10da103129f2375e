import os
import socket

from sqlalchemy import create_engine

# Made once in each process, after it forked.
engine = create_engine(
    os.environ["DATABASE_URL"],  # postgresql+psycopg://...
    pool_size=1001,  # all that this process may open; default 5
    max_overflow=0,  # default 10 more, so that 5 means 15
    pool_timeout=5,  # 5 s without a free one: an error; default 30
    pool_recycle=1800,  # 30 min old: replaced, its memory comes back
    pool_use_lifo=True,  # the one used last first, so that the others may rest
    pool_pre_ping=True,  # tried before it is handed out
    connect_args={
        # What pg_stat_activity shows: the service, and its host or pod.
        "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
        "connect_timeout": 5,  # s for the server to answer
        # pgconn: begin transaction pooling
        "prepare_threshold": None,  # prepared ones would stay behind
        # pgconn: end transaction pooling
    },
)
