"""Plans carried out again and again while sessions flip state by the thousand: which ends the server saw, and how.

The evidence is the server's own log: each statement when it begins and when it is done, our message when it arrives,
and each session's end. The backends write it themselves, so it knows of every end, whichever client caused it.
"""

import itertools
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pgconn.actions.planning import Request
from pgconn.demo.clients import Connection, close, control, session, start
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import autovacuum, logical_stream, parallel_workers, physical_walsenders
from pgconn.demo.incidents.names import role
from pgconn.model.criteria import Criteria
from pgconn.model.session import ABORTED, IDLE, IDLE_IN_TRANSACTION
from pgconn.model.termination import Outcome, Plan
from pgconn.server import Server
from tests.ending import alive, carried_out, entered, in_state, pid, planned

AGE: Final = 0.02
SECONDS: Final = 2.0
PATIENCE: Final = 60.0
RESTLESS: Final = 6

REQUESTS: Final = (
    Request(command="kill-idle", criteria=Criteria(older_seconds=AGE), states=(IDLE,)),
    Request(command="kill-idle-tx", criteria=Criteria(older_seconds=AGE), states=(IDLE_IN_TRANSACTION, ABORTED)),
    Request(
        command="free",
        criteria=Criteria(older_seconds=AGE),
        states=(IDLE, ABORTED, IDLE_IN_TRANSACTION),
        count=15,
    ),
)

LOGGED: Final = {"log_statement": "all", "log_duration": "on", "log_line_prefix": "%n %p "}
USUAL: Final = {"log_statement": "none", "log_duration": "off", "log_line_prefix": "%m [%p] "}

_LINE: Final = re.compile(r"^(\d+\.\d+) (\d+) (LOG|FATAL|ERROR|WARNING): +(.*(?:\n\t.*)*)", re.MULTILINE)
_KILLED: Final = "terminating connection due to administrator command"
_MILLISECOND: Final = 0.001  # as exact as the log is


class Line(NamedTuple):
    at: float
    pid: int
    kind: str
    text: str


@dataclass
class Restless:
    """A client that works, rests, begins, fails and reconnects without end; some rests are longer than the age."""

    cluster: Cluster
    flips: int = 0
    died: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        chance = random.Random()
        while not self.over.is_set():
            with suppress(psycopg.OperationalError), session(self.cluster, user="app") as connection:
                self._live(connection, chance)

    def _live(self, connection: Connection, chance: random.Random) -> None:
        try:
            while not self.over.is_set() and chance.random() > 0.002:
                if chance.random() < 0.02:
                    time.sleep(chance.random() * 4 * AGE)
                self._work(
                    connection, chance
                )  # so that a session that disconnects was no victim, which the server might miss
        except psycopg.OperationalError:
            self.died += 1
            raise

    def _work(self, connection: Connection, chance: random.Random) -> None:
        self.flips += 1
        match chance.randrange(4):
            case 0:
                connection.execute("select 1")
            case 1:
                connection.execute("begin")
                if chance.random() < 0.1:
                    time.sleep(chance.random() * 2 * AGE)
                connection.execute("commit")
            case 2:
                connection.execute("begin")
                with suppress(psycopg.errors.DivisionByZero):
                    connection.execute("select 1 / 0")
                connection.execute("rollback")
            case 3:
                connection.execute("select pg_catalog.pg_sleep(0.002)")


@contextmanager
def restless(cluster: Cluster) -> Iterator[list[Restless]]:
    """So many of them, until the end of the block."""
    clients = [Restless(cluster) for _ in range(RESTLESS)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.over.set()
        for thread in threads:
            thread.join()


@contextmanager
def protected(cluster: Cluster) -> Iterator[dict[str, int]]:
    """A session of each kind that is never ended by the way, idle for longer than the age; the process id of each."""
    with ExitStack() as stack:
        for name, options in (("copier", "replication"), ("guardian", "in role pg_monitor")):
            stack.enter_context(role(cluster, name, sql.SQL(options)))
        whose = {
            "pgconn": {"user": "app", "application_name": "pgconn"},
            "superusers": {},
            "replication-roles": {"user": "copier"},
            "advisory-locks": {"user": "app"},
            "listeners": {"user": "app"},
            "backups": {"user": "app", "application_name": "pg_dump"},
            "high-availability": {"user": "app", "application_name": "Patroni"},
            "monitoring": {"user": "guardian"},
            "poolers": {"user": "app", "application_name": "PgBouncer"},
        }
        opened = {name: stack.enter_context(session(cluster, **who)) for name, who in whose.items()}
        opened["advisory-locks"].execute("select pg_catalog.pg_advisory_lock(1)")
        opened["listeners"].execute("listen news")
        opened["backups"].execute("begin")
        stream = stack.enter_context(logical_stream(cluster, user="copier"))
        (physical,) = stack.enter_context(physical_walsenders(cluster, 1, user="copier"))
        yield {name: pid(connection) for name, connection in opened.items()} | {"replication": pid(stream)}
        assert stream.pgconn.is_busy() or stream.pgconn.transaction_status == TransactionStatus.ACTIVE
        assert physical.execute("IDENTIFY_SYSTEM").fetchone() is not None
        assert alive(*opened.values()) == len(opened)


@contextmanager
def logged(cluster: Cluster) -> Iterator[list[Line]]:
    """What the server logs during the block, each statement with its beginning and its end."""
    cluster.reload(LOGGED)
    begin, lines = len(cluster.log), list[Line]()
    try:
        yield lines
    finally:
        found = _LINE.findall(cluster.log[begin:])
        lines += [Line(float(at), int(pid), kind, text) for at, pid, kind, text in found]
        cluster.reload(USUAL)


@dataclass
class Round:
    """One plan and what became of it."""

    plan: Plan
    outcomes: dict[int, Outcome]


def one_round(cluster: Cluster, server: Server, request: Request, resting: dict[str, Connection]) -> Round:
    """Plan, let some of those who rest go on or disconnect, and carry the plan out."""
    chance = random.Random()
    time.sleep(1.5 * AGE)
    plan = planned(server, request)
    victims = {victim.pid for victim in plan.victims}
    meant = {name: connection for name, connection in resting.items() if pid(connection) in victims}
    expected = {}
    for name, connection in meant.items():
        what = chance.choice(("rests", "works", "worked", "left"))
        expected[pid(connection)] = {"rests": "terminated", "left": "gone"}.get(what, "changed")
        match what:
            case "works" if name != ABORTED:
                start(connection, sql.SQL("select pg_catalog.pg_sleep(3600)"))
                in_state(cluster, connection, "active")
            case "works" | "worked":
                with suppress(psycopg.errors.InFailedSqlTransaction):
                    connection.execute("select 1")
            case "left":
                close(connection)
    outcomes = carried_out(plan, server)
    for victim, result in expected.items():
        assert outcomes[victim].result == result, outcomes[victim]
    return Round(plan, outcomes)


@contextmanager
def rested(cluster: Cluster) -> Iterator[dict[str, Connection]]:
    """Sessions in each of the three idle states, which no test uses any more."""
    with (
        session(cluster, user="app2") as idle,
        session(cluster, user="app2") as in_transaction,
        session(cluster, user="app2") as aborted,
    ):
        in_transaction.execute("begin")
        aborted.execute("begin")
        with suppress(psycopg.errors.DivisionByZero):
            aborted.execute("select 1 / 0")
        yield {IDLE: idle, IDLE_IN_TRANSACTION: in_transaction, ABORTED: aborted}


def test_no_session_is_ended_but_who_is_as_the_plan_saw_it_while_all_flip_their_state(local_cluster: Cluster) -> None:
    rounds: list[Round] = []
    with logged(local_cluster) as lines, protected(local_cluster) as spared:
        with restless(local_cluster) as clients, entered(local_cluster) as server:
            began = time.monotonic()
            for request in itertools.cycle(REQUESTS):
                with rested(local_cluster) as resting:
                    rounds.append(one_round(local_cluster, server, request, resting))
                if time.monotonic() > began + (SECONDS if enough(rounds, clients) else PATIENCE):
                    break
        whys = {one.pid: one.protection for each in rounds for one in each.plan.spared}
        named = [name for name in spared if name not in ("replication", "backups")]
        assert {name: whys.get(spared[name]) for name in named} == dict(zip(named, named, strict=True))
        assert whys.get(spared["backups"]) == "backups"
    assert enough(rounds, clients)
    assert "denied" not in results_of(rounds)
    assert_the_log_agrees(lines, rounds)


def results_of(rounds: list[Round]) -> set[str]:
    return {outcome.result for each in rounds for outcome in each.outcomes.values()}


def enough(rounds: list[Round], clients: list[Restless]) -> bool:
    """Whether there was a round of each request, some were hit and some missed, and the clients were restless."""
    flips = sum(client.flips for client in clients)
    return len(rounds) >= len(REQUESTS) and {"terminated", "changed"} <= results_of(rounds) and flips >= 1000


def assert_the_log_agrees(lines: list[Line], rounds: list[Round]) -> None:
    """Who was ended was planned, and had done nothing between the plan's look and our message."""
    messages = [line.at for line in lines if "pg_terminate_backend" in line.text]
    killed = [line for line in lines if line.kind == "FATAL" and line.text == _KILLED]
    terminated = {
        outcome.pid: victim
        for each in rounds
        for victim in each.plan.victims
        if (outcome := each.outcomes[victim.pid]).result == "terminated"
    }
    assert {line.pid for line in killed} == set(terminated)
    for end in killed:
        seen = terminated[end.pid].state_change
        assert seen is not None
        work = [line for line in lines if line.pid == end.pid and line.at <= end.at and line.kind == "LOG"]
        latest = work[-1].at if work else 0.0
        arrived = max(at for at in messages if at <= end.at + _MILLISECOND)
        # What began after our message arrived is the race that cannot be won; all else must be as the plan saw it.
        assert latest <= seen.timestamp() + 2 * _MILLISECOND or latest >= arrived - _MILLISECOND, (end, work[-3:])


def test_neither_walsenders_nor_workers_are_ever_ended(local_cluster: Cluster) -> None:
    everybody = Request(command="kill-idle", criteria=Criteria(older_seconds=0.0), states=())
    by_the_way = Request(command="free", criteria=Criteria(older_seconds=0.0), states=(), count=30)
    with (
        physical_walsenders(local_cluster, 1) as (physical,),
        logical_stream(local_cluster) as stream,
        parallel_workers(local_cluster, 2, user="app") as leader,
        autovacuum(local_cluster) as vacuum,
        control(local_cluster) as observer,
        entered(local_cluster) as server,
    ):
        leaders = "select pid from pg_catalog.pg_stat_activity where leader_pid = %(pid)s and pid <> leader_pid"
        workers = {row[0] for row in observer.execute(leaders, {"pid": pid(leader)})}
        assert len(workers) == 2
        kept = {pid(physical), pid(stream), vacuum, *workers}
        for request in (*REQUESTS, everybody, by_the_way):
            plan = planned(server, request, "superusers", "replication-roles")
            assert not kept & {victim.pid for victim in plan.victims}
            if request in REQUESTS:
                carried_out(plan, server)
        there = "select pid from pg_catalog.pg_stat_activity"
        assert kept <= {row[0] for row in observer.execute(there)}
        # Nor where they are named, unless their protection is lifted by its name.
        named = planned(server, Request(command="kill", pids=tuple(kept)), "superusers", "replication-roles")
        assert named.victims == ()
        assert {one.pid: one.protection for one in named.spared} == {
            pid(physical): "replication",
            pid(stream): "replication",
            vacuum: "server-processes",
            **dict.fromkeys(workers, "server-processes"),
        }
