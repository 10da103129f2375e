"""The proof that a pool keeps to its number: a program that asks for far more connections at once, and a server."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from pgconn.demo.clients import Connection, Target, session
from tests.conftest import Run, libpq_variables

MOST: Final = 3  # no framework has this as its default
MANY: Final = 5 * MOST
APP: Final = "pool test"
NAME: Final = f"{APP}@{socket.gethostname()}"[:63]
LOCK: Final = 7
REPEATS: Final = 8
"""How often each task repeats a query with a parameter: drivers prepare what is repeated."""

HELD: Final = f"select pg_catalog.pg_advisory_xact_lock_shared({LOCK})::text, pg_catalog.pg_backend_pid() as pid"
COUNTED: Final = b"""
select pg_catalog.count(*), pg_catalog.array_agg(distinct application_name) filter (where state <> 'starting')
from pg_catalog.pg_stat_activity
where usename = 'app' and backend_type = 'client backend'
"""
_PATIENCE: Final = 60.0
_LONGER: Final = 0.5  # seconds that a pool which is full is watched for one connection more


def snippets(pgconn: Run, framework: str, *options: str) -> list[str]:
    """The configuration that pgconn prints for this framework, in the order in which it does."""
    ran = pgconn("pool", framework, "--max", str(MOST), "--app", APP, "--json", *options)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [snippet["text"] for snippet in json.loads(ran.stdout)["snippets"]]


def variables(conninfo: str, scheme: str) -> dict[str, str]:
    """Where the server is, in the words of each framework."""
    where = conninfo_to_dict(conninfo)
    host, port, user = (str(where[name]) for name in ("host", "port", "user"))
    at = f"{host}:{port}/{where['dbname']}"
    return libpq_variables(conninfo) | {
        "DATABASE_URL": f"{scheme}://{quote(user)}@{at}",
        "JDBC_DATABASE_URL": f"jdbc:postgresql://{at}?user={quote(user)}",
        "HOSTNAME": socket.gethostname(),
        "MANY": str(MANY),
        "HELD": HELD,
        "REPEATS": str(REPEATS),
    }


def start(
    command: Sequence[str], conninfo: str, folder: Path, env: Mapping[str, str] | None, scheme: str
) -> subprocess.Popen[str]:
    """The program, which opens its pool and gives each of MANY tasks a connection at the same time."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(os.environ) | variables(conninfo, scheme) | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def prove(
    server: Target,
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    scheme: str = "postgresql",
) -> None:
    """Hold the tasks up on a lock until the pool is full: it fills to MOST, never beyond, and all are served."""
    where = server.conninfo(user="app", dbname="app")
    with session(server, dbname="app") as watcher, session(server, dbname="app") as holder:
        holder.execute(f"select pg_catalog.pg_advisory_lock({LOCK})".encode())
        program = start(command, where, folder, env, scheme)
        try:
            peak = _fullest(watcher, program)
            holder.execute(f"select pg_catalog.pg_advisory_unlock({LOCK})".encode())
            while program.poll() is None:
                peak = max(peak, _count(watcher))
            served = _served(program)
        finally:
            program.kill()
            program.communicate()
    assert peak == MOST
    assert len(served) == MANY
    assert len(set(served)) == MOST


def prove_through_a_pooler(
    conninfo: str,
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    scheme: str = "postgresql",
) -> None:
    """The tasks are served though their connections share fewer ones to the server, in turns."""
    program = start(command, conninfo, folder, env, scheme)
    try:
        assert len(_served(program)) == MANY
    finally:
        program.kill()
        program.communicate()


def _fullest(watcher: Connection, program: subprocess.Popen[str]) -> int:
    """How many connections it has at most, from its start until it had the time for one too many."""
    peak, full, deadline = 0, None, time.monotonic() + _PATIENCE
    while full is None or time.monotonic() < full + _LONGER:
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < deadline, f"it opened {peak} connections and no more"
        peak = max(peak, _count(watcher))
        if full is None and peak >= MOST:
            full = time.monotonic()
    return peak


def _count(watcher: Connection) -> int:
    ((count, names),) = watcher.execute(COUNTED)
    assert set(names or ()) <= {NAME}
    return int(count)


def _served(program: subprocess.Popen[str]) -> list[int]:
    out, talk = program.communicate(timeout=_PATIENCE)
    assert program.returncode == 0, talk
    found = json.loads(out.splitlines()[-1])
    assert isinstance(found, list)
    return [int(pid) for pid in found]
