"""Who comes back after an end: sessions in slots, once it is known whose they are."""

from datetime import timedelta

import pytest

from pgconn.actions.planning import Request, plan
from pgconn.actions.protections import Protections
from pgconn.actions.terminate import report, watch
from pgconn.model.result import Listener
from pgconn.model.session import STARTING
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Outcome
from tests.model.making import NOW, session, snapshot, walsender

pytestmark = pytest.mark.offline

SOON = NOW + timedelta(seconds=1)


def test_workers_walsenders_and_who_still_logs_in_have_not_come_back() -> None:
    before = snapshot(session(1), session(2))
    made = plan(before, Request(command="kill", pids=(1, 2)), Protections())
    outcomes = tuple(Outcome(pid=v.pid, backend_start=v.backend_start, result="terminated") for v in made.victims)
    new = (
        session(3, backend_start=SOON),
        session(4, backend_start=SOON, user=None, application_name="", state=STARTING),
        session(5, backend_start=None, user=None, application_name=None, state=STARTING),
        session(6, backend_start=SOON, backend_type="parallel worker", application_name="report", holds_slot=False),
        session(7, backend_start=SOON, backend_type="autovacuum worker", user=None, holds_slot=False),
        walsender(8, backend_start=SOON),
    )
    looks: list[Snapshot] = []

    def look() -> Snapshot:
        looks.append(snapshot(*new, taken_at=SOON))
        return looks[-1]

    class Once(Listener):
        @property
        def wants_stop(self) -> bool:
            return bool(looks)

    refills = watch(report(made, outcomes, dry_run=False), before, look, 0.01, Once())
    (web,) = refills
    assert (web.application_name, web.user, web.ended, web.came_back, web.first_seconds) == ("web", "app", 2, 1, 1.0)
