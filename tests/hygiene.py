"""What a test must restore on a server that others use after it."""

import time
from typing import Final

from pgconn.demo.clients import Target, control, wait_until

_PATIENCE: Final = 20.0
"""Seconds that the backends of a test are given to exit."""

_LEFT: Final = """
select 'role ' || rolname || ' limit ' || rolconnlimit || coalesce(' until ' || rolvaliduntil, '')
       || case when rolcanlogin then '' else ' nologin' end
from pg_catalog.pg_roles where rolname !~ '^pg_'
union all
select 'database ' || datname || ' limit ' || datconnlimit || ' ' || datallowconn from pg_catalog.pg_database
union all
select 'setting ' || setdatabase || ' ' || setrole || ' ' || setconfig::text
from pg_catalog.pg_db_role_setting
union all
select 'alter system set ' || name || ' = ' || setting
from pg_catalog.pg_file_settings where sourcefile ~ 'postgresql.auto.conf$'
union all
select 'prepared transaction ' || gid from pg_catalog.pg_prepared_xacts
union all
select 'replication slot ' || slot_name from pg_catalog.pg_replication_slots
union all
select pg_catalog.concat_ws(' ', backend_type, pid, usename, datname, application_name, state, query)
from pg_catalog.pg_stat_activity
where pid <> pg_catalog.pg_backend_pid()
  and backend_type in ('client backend', 'walsender', 'parallel worker')
union all
select distinct 'half authenticated backend ' || pid from pg_catalog.pg_locks
where locktype = 'virtualxid' and pid not in (select pid from pg_catalog.pg_stat_activity)
"""


def inventory(server: Target) -> set[str]:
    """Sessions, roles, databases, settings, slots, prepared transactions: a line each, less ourselves."""
    with control(server) as connection:
        return {line for (line,) in connection.execute(_LEFT)}


def difference(server: Target, before: set[str], patience: float = _PATIENCE) -> list[str]:
    """What is more (`+`) and less (`-`) than before, once the sessions have had time to end."""
    deadline = time.monotonic() + patience
    while (now := inventory(server)) != before and time.monotonic() < deadline:
        time.sleep(0.05)
    return [f"+ {line}" for line in sorted(now - before)] + [f"- {line}" for line in sorted(before - now)]


def end_sessions(server: Target) -> None:
    """End every session, so that one guilty test does not make the others fail."""
    others = (
        "from pg_catalog.pg_stat_activity"
        " where pid <> pg_catalog.pg_backend_pid() and backend_type in ('client backend', 'walsender')"
    )
    with control(server) as connection:
        connection.execute(f"select pg_catalog.pg_terminate_backend(pid) {others}".encode())
        wait_until(lambda: not connection.execute(f"select 1 {others}".encode()).fetchall(), "the end of all sessions")
