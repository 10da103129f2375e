"""The pools of Python, run with the printed snippet."""

from pathlib import Path
from typing import Final

import pytest

from pgconn.demo.clients import Target
from tests.conftest import MakePgBouncer, Run
from tests.pools.place import python
from tests.pools.proof import prove, prove_through_a_pooler, snippets

pytestmark = pytest.mark.pg(">= 18")  # a pool does not know the version of its server

# The framework, which of its snippets, and the scheme of its URL.
POOLS: Final = {
    "sqlalchemy": ("sqlalchemy", 0, "postgresql+psycopg"),
    "sqlalchemy-asyncpg": ("sqlalchemy", 1, "postgresql+asyncpg"),
    "django": ("django", 0, "postgresql"),
    "django-no-pool": ("django-no-pool", 0, "postgresql"),
    "psycopg_pool": ("psycopg_pool", 0, "postgresql"),
    "asyncpg": ("asyncpg", 0, "postgresql"),
}

# One task: a connection is taken, used, and released.
TASKS: Final = {
    "sqlalchemy": """
from sqlalchemy import text

def task(_):
    with engine.begin() as connection:
        pid = connection.execute(text(HELD)).one().pid
        for i in range(REPEATS):
            connection.execute(text("select :i + 1"), {"i": i})
        return pid
""",
    "sqlalchemy-asyncpg": """
from sqlalchemy import text

async def task():
    async with engine.begin() as connection:
        pid = (await connection.execute(text(HELD))).one().pid
        for i in range(REPEATS):
            await connection.execute(text("select cast(:i as int) + 1"), {"i": i})
        return pid

async def close():
    await engine.dispose()
""",
    "django": """
import django
from django.conf import settings

settings.configure(DATABASES=DATABASES, USE_TZ=True)
django.setup()
from django.db import close_old_connections, connection

def task(_):
    try:
        with connection.cursor() as cursor:
            cursor.execute(HELD)
            pid = cursor.fetchone()[1]
            for i in range(REPEATS):
                cursor.execute("select %s + 1", [i])
            return pid
    finally:
        RELEASE()
""",
    "psycopg_pool": """
def task(_):
    with pool.connection() as connection:
        pid = connection.execute(HELD).fetchone()[1]
        for i in range(REPEATS):
            connection.execute("select %s + 1", [i])
        return pid
""",
    "asyncpg": """
async def task():
    async with pool.acquire(timeout=5) as connection:
        pid = await connection.fetchval(HELD, column=1)
        for i in range(REPEATS):
            await connection.fetchval("select $1::int + 1", i)
        return pid

async def close():
    await pool.close()
""",
}

BEFORE: Final = """
import json
import os

HELD = os.environ["HELD"]
MANY = int(os.environ["MANY"])
REPEATS = int(os.environ["REPEATS"])
"""

IN_THREADS: Final = """
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(THREADS) as threads:
    pids = list(threads.map(task, range(MANY)))
print(json.dumps(pids))
"""

IN_A_LOOP: Final = """
import asyncio

async def main():
    OPEN
    pids = await asyncio.gather(*(task() for _ in range(MANY)))
    await close()
    print(json.dumps(pids))

asyncio.run(main())
"""


def script(folder: Path, pgconn: Run, name: str, *options: str) -> list[str]:
    """The command that runs the snippet with what uses it."""
    framework, which, _ = POOLS[name]
    interpreter = python(framework)
    printed = snippets(pgconn, framework, *options)
    task = TASKS.get(name) or TASKS["django"]
    if "async def" in task:
        opening = "global pool; pool = await make_pool()" if name == "asyncpg" else ""
        main = IN_A_LOOP.replace("    OPEN\n", f"    {opening}\n" if opening else "")
    else:
        main = IN_THREADS.replace("THREADS", "MANY")
    if name == "django-no-pool":  # what bounds it is the number of threads, which gunicorn reads from its file
        (folder / "gunicorn.conf.py").write_text(printed[1], encoding="utf-8")
        main = 'exec(open("gunicorn.conf.py").read())' + main.replace("(MANY) as", "(threads) as")
        task = task.replace("RELEASE()", "close_old_connections()")
    text = BEFORE + printed[which] + task.replace("RELEASE", "connection.close") + main
    (folder / "pool_test.py").write_text(text, encoding="utf-8")
    return [interpreter, "pool_test.py"]


@pytest.mark.parametrize("name", POOLS)
def test_the_pool_keeps_to_its_number_and_its_name_arrives(
    cluster: Target, pgconn: Run, tmp_path: Path, name: str
) -> None:
    command = script(tmp_path, pgconn, name)
    prove(cluster, command, tmp_path, scheme=POOLS[name][2])


@pytest.mark.parametrize("name", POOLS)
def test_the_pool_works_through_a_pooler_in_transaction_mode(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run, tmp_path: Path, name: str
) -> None:
    command = script(tmp_path, pgconn, name, "--transaction-pooling")
    pooler = pgbouncer(cluster, "transaction", settings={"default_pool_size": "2"})
    conninfo = pooler.conninfo(user="app", dbname="app")
    prove_through_a_pooler(conninfo, command, tmp_path, scheme=POOLS[name][2])
