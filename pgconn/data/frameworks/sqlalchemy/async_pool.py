import os
import socket

from sqlalchemy.ext.asyncio import create_async_engine

# Made once in each process, after it forked.
engine = create_async_engine(
    os.environ["DATABASE_URL"],  # postgresql+asyncpg://...
    pool_size=1001,  # the reasons are those of the other block
    max_overflow=0,
    pool_timeout=5,
    pool_recycle=1800,
    pool_use_lifo=True,
    pool_pre_ping=True,
    connect_args={
        "server_settings": {
            "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
        },
        "timeout": 5,
        # pgconn: begin transaction pooling
        "statement_cache_size": 0,  # prepared ones would stay behind
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": lambda: "",
        # pgconn: end transaction pooling
    },
)
