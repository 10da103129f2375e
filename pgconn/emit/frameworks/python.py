"""The pools of Python: SQLAlchemy, psycopg_pool and asyncpg; that of Django is in `django`."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import python

_SQLALCHEMY: Final = """
import os
import socket

from sqlalchemy import create_engine

# Made once in each process, after it forked.
engine = create_engine(
    os.environ["DATABASE_URL"],  # postgresql+psycopg://...
    pool_size=«max»,  # all that this process may open; untouched: 5
    max_overflow=0,  # untouched: 10 more, so that 5 means 15
    pool_timeout=5,  # 5 s without a free one: an error; untouched: 30
    pool_recycle=1800,  # 30 min old: replaced, its memory comes back
    pool_use_lifo=True,  # the one used last first, so that the others may rest
    pool_pre_ping=True,  # tried before it is handed out
    connect_args={
        # What pg_stat_activity shows: the service, and its host or pod.
        "application_name": «app» + socket.gethostname(),
        "connect_timeout": 5,  # s for the server to answer
        «pooled»
    },
)
"""

_SQLALCHEMY_ASYNC: Final = """
import os
import socket

from sqlalchemy.ext.asyncio import create_async_engine

# Made once in each process, after it forked.
engine = create_async_engine(
    os.environ["DATABASE_URL"],  # postgresql+asyncpg://...
    pool_size=«max»,  # the reasons are those of the other block
    max_overflow=0,
    pool_timeout=5,
    pool_recycle=1800,
    pool_use_lifo=True,
    pool_pre_ping=True,
    connect_args={
        "server_settings": {
            "application_name": «app» + socket.gethostname(),
        },
        "timeout": 5,
        «pooled»
    },
)
"""

_SQLALCHEMY_BACK: Final = """
from sqlalchemy import text

with engine.connect() as connection:  # given back at the end, also by an error
    connection.execute(text("SELECT 1"))
"""

_PSYCOPG_POOL: Final = """
import os
import socket

from psycopg_pool import ConnectionPool

# Made once in each process, after it forked.
pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    max_size=«max»,  # all that this process may open; untouched: min_size, 4
    min_size=1,  # one is ready; untouched: 4, never closed
    timeout=5,  # 5 s without a free one: an error; untouched: 30
    max_idle=300,  # 5 min unused: closed, its slot is free
    max_lifetime=1800,  # 30 min old, less some jitter: replaced
    check=ConnectionPool.check_connection,  # tried before it is handed out
    kwargs={
        # What pg_stat_activity shows: the service, and its host or pod.
        "application_name": «app» + socket.gethostname(),
        "connect_timeout": 5,  # s for the server to answer
        «pooled»
    },
    open=True,
)
"""

_PSYCOPG_POOL_BACK: Final = """
with pool.connection() as connection:  # given back at the end, also by an error
    connection.execute("SELECT 1")
"""

_ASYNCPG: Final = """
import os
import socket

import asyncpg


async def make_pool():
    \"\"\"Once in each process.\"\"\"
    return await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        max_size=«max»,  # all that this process may open; untouched: 10
        min_size=1,  # one is ready; untouched: 10, opened at the start
        # 5 min unused: closed, its slot is free
        max_inactive_connection_lifetime=300,
        # Then replaced: there is no limit by age; untouched: 50000
        max_queries=10_000,
        timeout=5,  # s for the server to answer; acquire() has its own
        # What pg_stat_activity shows: the service, and its host or pod.
        server_settings={
            "application_name": «app» + socket.gethostname(),
        },
        «pooled»
    )
"""

_ASYNCPG_BACK: Final = """
async def work(pool):
    # 5 s without a free one: an error; untouched it waits for ever.
    async with pool.acquire(timeout=5) as connection:  # given back at the end
        await connection.execute("SELECT 1")
"""

_UNPREPARED: Final = '"prepare_threshold": None,  # prepared ones would stay behind'


def _sqlalchemy(asked: Asked) -> tuple[Snippet, ...]:
    app = python(asked.service)
    pooled = when(
        asked.transaction_pooling,
        '"statement_cache_size": 0,  # prepared ones would stay behind\n'
        '"prepared_statement_cache_size": 0,\n'
        '"prepared_statement_name_func": lambda: "",',
    )
    unprepared = when(asked.transaction_pooling, _UNPREPARED)
    return (
        _snippet(
            "the pool, for SQLAlchemy 2 on psycopg 3", fill(_SQLALCHEMY, app=app, max=asked.max, pooled=unprepared)
        ),
        _snippet("the same on asyncpg", fill(_SQLALCHEMY_ASYNC, app=app, max=asked.max, pooled=pooled)),
    )


def _psycopg_pool(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, _UNPREPARED)
    text = fill(_PSYCOPG_POOL, app=python(asked.service), max=asked.max, pooled=pooled)
    return (_snippet("the pool, for psycopg_pool 3.2 and later", text),)


def _asyncpg(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, "statement_cache_size=0,  # prepared ones would stay behind")
    text = fill(_ASYNCPG, app=python(asked.service), max=asked.max, pooled=pooled)
    return (_snippet("the pool, for asyncpg", text),)


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="python", text=text)


PYTHON: Final = (
    Known(
        framework=Framework(
            name="sqlalchemy",
            title="SQLAlchemy 2",
            language="Python",
            aliases=("sa", "flask", "fastapi", "flask-sqlalchemy", "sqlmodel", "alembic", "airflow"),
            parameter="pool_size + max_overflow",
            default="5 + 10",
            peak=15,
            peak_text="15",
            other=None,
        ),
        snippets=_sqlalchemy,
        give_back=_snippet("give it back", fill(_SQLALCHEMY_BACK)),
        traps=(
            "max_overflow triples the number untouched: 5 in the file is 15 on the server.",
            (
                "Each gunicorn or celery worker has an engine of its own; one made before a fork is shared by mistake: "
                "engine.dispose(close=False) in each child."
            ),
            "It closes no idle connection; one that is too old is replaced when it is asked for again.",
        ),
        behind_a_pooler="No prepared statements, as above; PgBouncer 1.21 or later can carry them "
        "(max_prepared_statements), and then those lines may go.",
    ),
    Known(
        framework=Framework(
            name="psycopg_pool",
            title="psycopg_pool (psycopg 3)",
            language="Python",
            aliases=("psycopg", "psycopg3", "psycopg-pool", "python"),
            parameter="max_size",
            default="4 (min_size)",
            peak=4,
            peak_text="4",
            other=None,
        ),
        snippets=_psycopg_pool,
        give_back=_snippet("give it back", fill(_PSYCOPG_POOL_BACK)),
        traps=(
            "min_size connections are open from the start and never closed for being idle.",
            "connection.close() inside the block throws the connection away; leaving the block gives it back.",
        ),
        behind_a_pooler="prepare_threshold None, as above; psycopg 3.2 with libpq 17 and PgBouncer 1.22 may prepare.",
    ),
    Known(
        framework=Framework(
            name="asyncpg",
            title="asyncpg",
            language="Python",
            aliases=("tortoise",),
            parameter="max_size",
            default="10",
            peak=10,
            peak_text="10, at start",
            other=None,
        ),
        snippets=_asyncpg,
        give_back=_snippet("give it back", fill(_ASYNCPG_BACK)),
        traps=(
            "Untouched it opens ten connections at the start: 30 pods hold 300 slots while nobody asks for anything.",
            "Untouched acquire() waits for ever, and there is no limit by age.",
        ),
        behind_a_pooler="statement_cache_size=0, as above; PgBouncer 1.21 or later can carry prepared statements "
        "(max_prepared_statements), and then it may go.",
    ),
)
