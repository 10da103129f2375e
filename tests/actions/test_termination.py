"""What becomes of those who are to end, one by one, on real servers; and that the report of it is true."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import LiteralString

import msgspec
import pytest
from psycopg import sql

from pgconn.actions.planning import Request
from pgconn.demo.clients import Connection, Target, close, control, scalar, session, sessions, start, wait_until
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import autovacuum
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.transactions import aborted_in_transaction, idle_in_transaction
from pgconn.model.result import Listener
from pgconn.model.termination import Outcome, Plan, Victim
from pgconn.server import timeouts
from tests.conftest import MakeCluster
from tests.ending import alive, busy, carried_out, entered, frozen, in_state, in_wait, pid, planned, planned_to_kill

MICROSECOND = timedelta(microseconds=1)
SLEEP = sql.SQL("select pg_catalog.pg_sleep(60)")
DEAF = sql.SQL(
    "do $$ begin loop"
    " begin perform pg_catalog.pg_sleep(60); exception when query_canceled then null; end;"
    " end loop; end $$"
)


def only(outcomes: dict[int, Outcome]) -> tuple[str, str]:
    (outcome,) = outcomes.values()
    return outcome.result, outcome.detail


def changed(plan: Plan, **fields: object) -> Plan:
    """The plan with other facts of its victims."""
    return msgspec.structs.replace(
        plan, victims=tuple(msgspec.structs.replace(victim, **fields) for victim in plan.victims)
    )


def processes(target: Target) -> set[int]:
    with control(target) as observer:
        return {row[0] for row in observer.execute("select pid from pg_catalog.pg_stat_activity")}


def of_the_server(observer: Connection, backend_type: str) -> int:
    """The process of this kind, which may begin after the server lets sessions in."""
    question = "select pid from pg_catalog.pg_stat_activity where backend_type = %(kind)s"
    wait_until(lambda: scalar(observer, question, kind=backend_type) is not None, f"its {backend_type}")
    return int(scalar(observer, question, kind=backend_type))


@contextlib.contextmanager
def signaller(target: Target, grants: LiteralString) -> Iterator[str]:
    """A role that is no superuser, with these memberships."""
    with role(target, "signaller", sql.SQL("in role " + grants)):
        yield "signaller"


def grant(target: Target, what: str) -> None:
    with control(target) as connection:
        connection.execute(what.encode())


def test_who_is_idle_or_in_a_transaction_is_terminated_and_really_gone(cluster: Target) -> None:
    with (
        session(cluster, user="app") as idle,
        idle_in_transaction(cluster, 1, user="app") as (in_transaction,),
        aborted_in_transaction(cluster, 1, user="app") as (aborted,),
        entered(cluster) as server,
    ):
        victims = (idle, in_transaction, aborted)
        outcomes = carried_out(planned_to_kill(server, *victims), server)
        assert {outcome.result for outcome in outcomes.values()} == {"terminated"}
        assert not processes(cluster) & {pid(victim) for victim in victims}
        assert alive(*victims) == 0


def test_who_is_at_work_when_planned_and_still_at_it_is_terminated_by_kill(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        start(victim, SLEEP)
        in_state(cluster, victim, "active")
        assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


def test_who_left_between_the_plan_and_the_signal_is_gone_and_not_counted_as_ended(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        plan = planned_to_kill(server, victim)
        close(victim)
        assert only(carried_out(plan, server)) == ("gone", "it had ended already")


def test_who_went_to_work_meanwhile_is_left_alone(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        plan = planned_to_kill(server, victim)
        with busy(cluster, victim):
            assert only(carried_out(plan, server)) == ("changed", "it went to work")
        assert victim.pgconn.get_result() is not None
        victim.pgconn.get_result()
        assert alive(victim) == 1


def test_who_worked_meanwhile_and_is_idle_again_is_left_alone(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        plan = planned_to_kill(server, victim)
        victim.execute("select 1")
        assert only(carried_out(plan, server)) == ("changed", "it has worked since, and is idle now")
        assert alive(victim) == 1


def test_who_began_a_transaction_meanwhile_is_left_alone(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        plan = planned_to_kill(server, victim)
        victim.execute("begin")
        assert only(carried_out(plan, server)) == ("changed", "it has worked since, and is idle in transaction now")
        assert alive(victim) == 1


def test_a_process_id_that_another_session_has_by_now_is_not_signalled(cluster: Target) -> None:
    with session(cluster, user="app") as bystander, entered(cluster) as server:
        plan = planned_to_kill(server, bystander)
        for shift in (MICROSECOND, -MICROSECOND):
            earlier = changed(plan, backend_start=plan.victims[0].backend_start + shift)
            assert only(carried_out(earlier, server)) == ("gone", "it had ended already")
        assert alive(bystander) == 1


def test_any_state_ends_who_went_to_work_but_never_who_has_the_process_id_by_now(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        plan = planned(server, Request(command="kill", pids=(pid(victim),), any_state=True))
        start(victim, SLEEP)
        in_state(cluster, victim, "active")
        another = changed(plan, backend_start=plan.victims[0].backend_start + MICROSECOND)
        assert only(carried_out(another, server))[0] == "gone"
        assert only(carried_out(changed(plan, backend_type="walsender"), server))[0] == "changed"
        in_state(cluster, victim, "active")
        assert only(carried_out(plan, server)) == ("terminated", "")


def test_a_superusers_session_is_denied_to_other_roles_and_stops_no_other(cluster: Target) -> None:
    with (
        signaller(cluster, "pg_monitor, pg_signal_backend") as user,
        sessions(cluster, 2, user="app") as before,
        session(cluster) as superuser,
        sessions(cluster, 2, user="app2") as after,
        entered(cluster, user=user) as server,
    ):
        for victim in (*before, superuser, *after):  # the first is idle the longest
            victim.execute("select pg_catalog.pg_sleep(0.02)")
        plan = planned_to_kill(server, *before, superuser, *after, lifted=["superusers"])
        assert [victim.pid for victim in plan.victims][2] == pid(superuser)
        outcomes = carried_out(plan, server)
        denied = outcomes.pop(pid(superuser))
        assert (denied.result, denied.detail) == ("denied", "only a superuser may terminate a session of a superuser")
        assert {outcome.result for outcome in outcomes.values()} == {"terminated"}
        assert (len(outcomes), alive(superuser, *before, *after)) == (4, 1)


def test_without_pg_signal_backend_another_roles_session_is_denied_until_the_grant_that_is_named(
    cluster: Target,
) -> None:
    with signaller(cluster, "pg_monitor") as user, session(cluster, user="app") as victim:
        with entered(cluster, user=user) as server:
            result, detail = only(carried_out(planned_to_kill(server, victim), server))
            assert (result, detail) == ("denied", 'it belongs to another role: GRANT pg_signal_backend TO "signaller"')
            assert alive(victim) == 1
        grant(cluster, detail.partition(": ")[2])
        with entered(cluster, user=user) as server:
            assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


def test_without_pg_read_all_stats_a_plan_of_others_is_denied_until_the_grant_that_is_named(cluster: Target) -> None:
    with signaller(cluster, "pg_signal_backend") as user, session(cluster, user="app") as victim:
        with entered(cluster) as superuser:
            plan = planned_to_kill(superuser, victim)
        plan = msgspec.structs.replace(plan, origin=msgspec.structs.replace(plan.origin, role=user))
        with entered(cluster, user=user) as server:
            result, detail = only(carried_out(plan, server))
        assert result == "denied"
        assert detail == 'what it does may not be seen: GRANT pg_read_all_stats TO "signaller"'
        assert alive(victim) == 1
        grant(cluster, detail.partition(": ")[2])
        with entered(cluster, user=user) as server:
            assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


def test_a_role_ends_its_own_sessions_without_any_grant(cluster: Target) -> None:
    with session(cluster, user="app") as mine, session(cluster, user="app2") as other:
        with entered(cluster, user="app") as server:
            plan = planned_to_kill(server, mine, other)
            assert [spared.pid for spared in plan.spared] == [pid(other)]
            assert 'GRANT pg_read_all_stats TO "app"' in plan.spared[0].why
            assert only(carried_out(plan, server)) == ("terminated", "")
        assert (alive(mine), alive(other)) == (0, 1)


def test_a_session_whose_role_was_dropped_can_still_be_ended(cluster: Target) -> None:
    with session(cluster) as superuser:
        superuser.execute("create role short_lived login")
        with session(cluster, user="short_lived") as victim:
            superuser.execute("drop role short_lived")
            with entered(cluster) as server:
                assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


def test_a_process_that_no_role_has_is_denied_and_not_reported_to_be_a_superusers(cluster: Target) -> None:
    with (
        signaller(cluster, "pg_monitor, pg_signal_backend") as user,
        entered(cluster, user=user) as server,
        control(cluster) as observer,
    ):
        launcher = of_the_server(observer, "autovacuum launcher")
        plan = planned(server, Request(command="kill", pids=(launcher,)), "server-processes")
        result, detail = only(carried_out(plan, server))
        assert (result, detail) == ("denied", "only a superuser may terminate a process that belongs to no role")


@pytest.mark.pg(">= 18")
def test_an_autovacuum_worker_is_ended_by_a_member_of_its_role_and_by_no_other(cluster: Target) -> None:
    with (
        signaller(cluster, "pg_monitor, pg_signal_backend") as user,
        entered(cluster, user=user) as server,
        control(cluster) as observer,
        autovacuum(cluster) as worker,
    ):
        plan = planned(server, Request(command="kill", pids=(worker,)), "server-processes")
        assert plan.costs[0].effect == (
            "1 autovacuum worker: its vacuum or analyze is rolled back and begins again later"
        )
        result, detail = only(carried_out(plan, server))
        assert (result, detail) == (
            "denied",
            f'it is an autovacuum worker: GRANT pg_signal_autovacuum_worker TO "{user}"',
        )
        observer.execute(sql.SQL("revoke pg_signal_backend from {}").format(sql.Identifier(user)))
        observer.execute(sql.SQL("grant pg_signal_autovacuum_worker to {}").format(sql.Identifier(user)))
        plan = planned(server, Request(command="kill", pids=(worker,)), "server-processes")
        assert plan.lacks_signal is None
        assert only(carried_out(plan, server)) == ("terminated", "")


@pytest.mark.pg("< 18")
def test_before_18_an_autovacuum_worker_is_a_superusers_to_end(cluster: Target) -> None:
    with (
        signaller(cluster, "pg_monitor, pg_signal_backend") as user,
        entered(cluster, user=user) as server,
        entered(cluster) as superuser,
        autovacuum(cluster) as worker,
    ):
        plan = planned(server, Request(command="kill", pids=(worker,)), "server-processes")
        result, detail = only(carried_out(plan, server))
        assert (result, detail) == ("denied", "only a superuser may terminate a process that belongs to no role")
        assert only(carried_out(plan, superuser)) == ("terminated", "")


def test_a_process_that_postgresql_does_not_signal_is_denied_and_not_reported_as_gone(cluster: Target) -> None:
    with entered(cluster) as server, control(cluster) as observer:
        checkpointer = of_the_server(observer, "checkpointer")
        plan = planned(server, Request(command="kill", pids=(checkpointer,)), "server-processes")
        result, detail = only(carried_out(plan, server))
        assert (result, detail) == ("denied", "PostgreSQL does not allow this process to be terminated")
        assert of_the_server(observer, "checkpointer") == checkpointer


def test_a_process_that_does_not_react_is_alive_and_named_with_what_it_hangs_in(local_cluster: Cluster) -> None:
    with (
        session(local_cluster, user="app") as stopped,
        session(local_cluster, user="app") as well,
        entered(local_cluster) as server,
    ):
        plan = planned_to_kill(server, stopped, well)
        with frozen(local_cluster, stopped):
            outcomes = carried_out(plan, server, wait=60, listener=_StopsAfter(1))
        assert outcomes[pid(well)].result == "terminated"
        assert outcomes[pid(stopped)].result == "alive"
        detail = outcomes[pid(stopped)].detail
        assert re.fullmatch(r"signalled [0-9.]+ s ago; it is idle and waits for Client: ClientRead", detail)


def test_a_cancel_ends_the_statement_and_keeps_the_session(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        start(victim, SLEEP)
        in_state(cluster, victim, "active")
        plan = planned(server, Request(command="cancel", action="cancel", pids=(pid(victim),)))
        assert only(carried_out(plan, server)) == ("canceled", "")
        failed = victim.pgconn.get_result()
        assert failed is not None
        assert failed.error_field(ord("C")) == b"57014"
        victim.pgconn.get_result()
        assert alive(victim) == 1


def test_a_cancel_never_hits_the_statement_after_the_one_that_was_planned(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        with busy(cluster, victim):
            plan = planned(server, Request(command="cancel", action="cancel", pids=(pid(victim),)))
        while victim.pgconn.get_result() is not None:
            pass
        with busy(cluster, victim):
            assert only(carried_out(plan, server))[0] == "changed"
        finished = victim.pgconn.get_result()
        assert finished is not None
        assert finished.error_field(ord("C")) is None
        victim.pgconn.get_result()


def test_a_cancel_of_an_idle_session_is_spared_with_what_would_help(cluster: Target) -> None:
    with (
        session(cluster, user="app") as idle,
        idle_in_transaction(cluster, 1, user="app") as (in_transaction,),
        entered(cluster) as server,
    ):
        pids = (pid(idle), pid(in_transaction))
        plan = planned(server, Request(command="cancel", action="cancel", pids=pids))
        assert plan.victims == ()
        whys = {spared.pid: spared.why for spared in plan.spared}
        for one, state in zip(pids, ("idle", "idle in transaction"), strict=True):
            assert whys[one] == (f"it is {state}: there is no statement to cancel; pgconn kill {one} ends the session")


def test_a_statement_that_survives_its_cancel_is_alive(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        start(victim, DEAF)
        in_wait(cluster, victim, "PgSleep")
        plan = planned(server, Request(command="cancel", action="cancel", pids=(pid(victim),)))
        result, detail = only(carried_out(plan, server, wait=0.2))
        assert result == "alive"
        assert re.fullmatch(r"cancelled [0-9.]+ s ago; it is active and waits for Timeout: PgSleep", detail)
        assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


def test_who_sends_to_a_client_that_does_not_read_is_deaf_to_a_cancel_and_ended_by_a_kill(cluster: Target) -> None:
    with session(cluster, user="app") as victim, entered(cluster) as server:
        start(victim, sql.SQL("select repeat('x', 50000000)"))
        in_wait(cluster, victim, "ClientWrite")
        plan = planned(server, Request(command="cancel", action="cancel", pids=(pid(victim),)))
        result, detail = only(carried_out(plan, server, wait=0.2))
        assert result == "alive"
        assert f"sends to a client that does not read (ClientWrite); pgconn kill {pid(victim)} ends it" in detail
        assert only(carried_out(planned_to_kill(server, victim), server)) == ("terminated", "")


@pytest.mark.parametrize("per_second", [20.0, 40.0])
def test_so_many_a_second_are_signalled_and_no_more(cluster: Target, per_second: float) -> None:
    with sessions(cluster, 12, user="app") as victims, entered(cluster) as server:
        plan = planned_to_kill(server, *victims)
        began = time.monotonic()
        outcomes = carried_out(plan, server, per_second=per_second)
        took = time.monotonic() - began
        assert {outcome.result for outcome in outcomes.values()} == {"terminated"}
        at_once = per_second / 10
        assert took >= (12 - at_once) / per_second


class _StopsAfter(Listener):
    """Wants no more once so many outcomes are final."""

    def __init__(self, count: int) -> None:
        self._count, self._done = count, 0

    def on_progress(self, done: int, total: int) -> None:
        self._done = done

    @property
    def wants_stop(self) -> bool:
        return self._done >= self._count


def test_after_an_interrupt_no_other_session_is_signalled_and_each_that_was_is_reported(cluster: Target) -> None:
    with sessions(cluster, 20, user="app") as victims, entered(cluster) as server:
        plan = planned_to_kill(server, *victims)
        outcomes = carried_out(plan, server, per_second=10, listener=_StopsAfter(3))
        assert 3 <= len(outcomes) < 20
        assert {outcome.result for outcome in outcomes.values()} == {"terminated"}
        assert not processes(cluster) & set(outcomes)
        reached = [victim for victim in victims if pid(victim) in outcomes]
        assert alive(*victims) == len(victims) - len(reached)


def test_an_interrupt_shortens_the_wait_for_who_does_not_end(local_cluster: Cluster) -> None:
    with session(local_cluster, user="app") as stopped, entered(local_cluster) as server:
        plan = planned_to_kill(server, stopped)
        with frozen(local_cluster, stopped):
            began = time.monotonic()
            outcomes = carried_out(plan, server, wait=60, listener=_StopsSoon())
        assert time.monotonic() - began < 30
        assert outcomes[pid(stopped)].result == "alive"
        assert "signalled 60 s ago" not in outcomes[pid(stopped)].detail


class _StopsSoon(Listener):
    """Wants no more a moment after it was first asked, which is before the first signal."""

    def __init__(self) -> None:
        self._asked: float | None = None

    @property
    def wants_stop(self) -> bool:
        self._asked = self._asked or time.monotonic()
        return time.monotonic() > self._asked + 0.2


class _StopsTheServer(Listener):
    """Crashes the server at the first outcome."""

    def __init__(self, cluster: Cluster) -> None:
        self._postmaster = cluster.pid

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._postmaster, signal.SIGQUIT)


def test_a_server_that_stops_in_the_middle_gives_a_true_report(
    local_cluster: object, make_cluster: MakeCluster
) -> None:
    cluster = make_cluster()
    assert isinstance(cluster, Cluster)
    opened = [cluster.connect(user="app") for _ in range(8)]
    with entered(cluster) as server:
        plan = planned_to_kill(server, *opened)
        last = plan.victims[-1].pid
        outcomes = carried_out(plan, server, per_second=4, listener=_StopsTheServer(cluster))
    results = [outcome.result for outcome in outcomes.values()]
    assert results[0] == "terminated"
    assert len(results) < 8, "it reports on sessions that it never reached"
    assert last not in outcomes
    for outcome in outcomes.values():
        assert (outcome.result == "terminated") or "it was signalled or was about to be" in outcome.detail
    for connection in opened:
        connection.close()


class _Freezes(Listener):
    """Stops a backend at the first outcome, and has us wait for its answers for a moment only."""

    def __init__(self, backend: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._backend, self._monkeypatch = backend, monkeypatch

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        os.kill(self._backend, signal.SIGSTOP)
        self._monkeypatch.setattr(timeouts, "ANSWER_TIMEOUT", 0.5)  # seconds, instead of many


def test_a_server_that_falls_silent_in_the_middle_gives_a_true_report(
    local_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sessions(local_cluster, 8, user="app") as victims, entered(local_cluster) as server:
        plan = planned_to_kill(server, *victims)
        freezes = _Freezes(server.announced_pid, monkeypatch)
        try:
            outcomes = carried_out(plan, server, per_second=4, listener=freezes)
        finally:
            os.kill(server.announced_pid, signal.SIGCONT)
        left = [one for one in plan.victims if one.pid not in outcomes]
        assert left, "it reports on sessions that it never reached"
        for outcome in outcomes.values():
            assert outcome.result == "terminated" or "it was signalled or was about to be" in outcome.detail
        assert {outcome.result for outcome in outcomes.values()} == {"terminated", "alive"}
        there = processes(local_cluster)
        assert {one.pid for one in left} <= there
        assert not {one for one, outcome in outcomes.items() if outcome.result == "terminated"} & there
