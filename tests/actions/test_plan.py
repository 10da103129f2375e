"""Whatever two scans show, only idle backends of ordinary roles that did nothing in between become victims."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from pgconn.actions.rescue_planning import plan_rescue
from pgconn.host.titles import read_title
from pgconn.model.process import HostSnapshot, Postmaster, Process

pytestmark = pytest.mark.offline

SERVER = Postmaster(pid=1, started=0.0, uid=70, owner="pg", command=("postgres",))
ACTIVITIES = ("idle", "idle in transaction", "idle in transaction (aborted)", "SELECT", "authentication", "", "idle x")
TEXTS = st.one_of(
    st.sampled_from(["postgres", "postgres: checkpointer", "postgres: autovacuum worker app", "sh -c true", ""]),
    st.builds(
        "postgres: {} {} {} {}".format,
        st.sampled_from(["app", "postgres", "pg", "dba", "barman", "we ird", "walsender app", "postgres x"]),
        st.sampled_from(["shop", "my db", "[local] idle"]),
        st.sampled_from(["[local]", "10.0.0.7(5)", "::1(5)"]),
        st.sampled_from(ACTIVITIES),
    ),
)
PROCESSES = st.builds(
    lambda pid, started, text, cpu: Process(
        pid=pid,
        started=started,
        uid=70,
        text=text,
        title=read_title(text, prefix="postgres: ", postmaster="postgres"),
        work=(cpu, 0),
    ),
    st.integers(2, 12),
    st.sampled_from([1.0, 2.0]),
    TEXTS,
    st.sampled_from([0.0, 0.1]),
)
LOOKS = st.lists(PROCESSES, max_size=12, unique_by=lambda process: process.pid).map(tuple)


def look(processes: tuple[Process, ...]) -> HostSnapshot:
    return HostSnapshot(
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        postmaster=SERVER,
        cluster_name=None,
        capacity=None,
        settled=True,
        titles_tell_states=True,
        processes=processes,
    )


@given(first=LOOKS, second=LOOKS, both=LOOKS)
def test_no_backend_is_chosen_that_should_be_spared(
    first: tuple[Process, ...], second: tuple[Process, ...], both: tuple[Process, ...]
) -> None:
    taken = {process.pid for process in both}
    before = look((*both, *(process for process in first if process.pid not in taken)))
    after = look((*both, *(process for process in second if process.pid not in taken)))
    plan = plan_rescue(before, after, superusers=["dba"])
    for process in plan.candidates:
        assert process in before.processes
        assert process.text.endswith(" idle")
        assert not process.text.removeprefix("postgres: ").startswith(("postgres", "pg", "dba", "barman", "walsender"))
    starts = [process.started for process in plan.candidates]
    assert starts == sorted(starts)
    judged = {victim.pid for victim in plan.victims} | {spared.pid for spared in plan.spared}
    assert judged == {p.pid for p in after.processes if p.title.backend_type in ("client backend", "walsender", None)}
    assert {victim.pid for victim in plan.victims}.isdisjoint(spared.pid for spared in plan.spared)
