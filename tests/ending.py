"""What the tests that end sessions share: a plan made and carried out as the commands do it."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from pgconn.actions.planning import Request, plan
from pgconn.actions.protections import enabled_except
from pgconn.actions.termination import Limits, carry_out
from pgconn.demo.clients import Connection, Override, Target, control, scalar, session, start, wait_until
from pgconn.model.instance import Target as Asked
from pgconn.model.result import Listener
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Outcome, Plan
from pgconn.observe.snapshot import take
from pgconn.server import Server


@contextmanager
def entered(target: Target, **who: Override) -> Iterator[Server]:
    """A session of pgconn's, as this role."""
    with Server.connect(Asked(dbname=target.conninfo(**who))) as server:
        yield server


def looked(server: Server) -> Snapshot:
    """The snapshot that a plan is made of."""
    return take(server, with_queries=True, with_blockers=True, with_locks=True)


def planned(server: Server, request: Request, *lifted: str) -> Plan:
    """What the request means now, with these protections lifted."""
    return plan(looked(server), request, enabled_except(lifted))


def planned_to_kill(server: Server, *connections: Connection, lifted: Sequence[str] = ()) -> Plan:
    """A plan to end these sessions."""
    return planned(server, Request(command="kill", pids=tuple(map(pid, connections))), *lifted)


def carried_out(
    plan: Plan, server: Server, *, wait: float = 10.0, per_second: float | None = None, listener: Listener | None = None
) -> dict[int, Outcome]:
    """What became of each session, by process id."""
    limits = Limits(wait_seconds=wait, per_second=per_second)
    outcomes = carry_out(plan, server, limits, listener or Listener())
    assert len({outcome.pid for outcome in outcomes}) == len(outcomes)
    return {outcome.pid: outcome for outcome in outcomes}


def pid(connection: Connection) -> int:
    return connection.info.backend_pid


def alive(*connections: Connection) -> int:
    """How many of these sessions live on, asked for a statement each."""
    return sum(1 for connection in connections if _answers(connection))


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def in_state(target: Target, connection: Connection, state: str) -> None:
    """Wait until the server shows a session in a state."""
    question = "select state from pg_catalog.pg_stat_activity where pid = %(pid)s"
    with control(target) as observer:
        wait_until(lambda: scalar(observer, question, pid=pid(connection)) == state, f"a session that is {state}")


def in_wait(target: Target, connection: Connection, event: str) -> None:
    """Wait until the server shows that a session waits for this; a statement is active before it comes so far."""
    question = "select wait_event from pg_catalog.pg_stat_activity where pid = %(pid)s"
    with control(target) as observer:
        wait_until(lambda: scalar(observer, question, pid=pid(connection)) == event, f"a session in {event}")


@contextmanager
def busy(target: Target, connection: Connection) -> Iterator[None]:
    """A session at work on a statement that comes to its end after the block, however long that takes."""
    with session(target) as holder:
        holder.execute("select pg_catalog.pg_advisory_lock(53300)")
        start(connection, sql.SQL("select pg_catalog.pg_advisory_xact_lock(53300)"))
        in_wait(target, connection, "advisory")
        yield


@contextmanager
def frozen(target: Target, connection: Connection) -> Iterator[None]:
    """An idle backend that takes no notice of anything; stopped any earlier, it may not yet wait for its client."""
    in_wait(target, connection, "ClientRead")
    os.kill(pid(connection), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid(connection), signal.SIGCONT)
