"""The engine runs what can run, and says of the rest why it could not, so that a person understands."""

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from pgconn.config.policy import DEFAULT, Policy
from pgconn.documents.readiness import FileSetting
from pgconn.model.finding import Finding
from pgconn.model.session import ACTIVE, IDLE_IN_TRANSACTION, Session
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.rules import RULES, judge, page
from pgconn.rules.engine import NEEDS, Need, rule, run
from tests.docs.reading import ROOT
from tests.model.making import INSTANCE, session, sessions, shop, snapshot
from tests.rules.making import everything, files

pytestmark = pytest.mark.offline

EVERYTHING = everything()


def silent(need: Need) -> Any:
    """A rule that needs this, and finds nothing."""

    @rule(needs=(need,))
    def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
        yield from ()

    return judge


def why_not(need: Need, observation: Observation) -> str | None:
    """Why a rule with this need did not judge."""
    not_judged = run((silent(need),), observation, DEFAULT).not_judged
    return not_judged[0].why if not_judged else None


def seen(*snapshots: Snapshot, **more: Any) -> Observation:
    return Observation(snapshots=snapshots, **more)


def hidden(pid: int) -> Session:
    return Session(pid=pid, user="app", database="shop", hidden=True)


WAITS = session(2, state=ACTIVE, wait_event_type="Lock")
STATELESS = msgspec.structs.replace(INSTANCE, track_activities=False)


@pytest.mark.parametrize(
    ("need", "without", "within", "why"),
    [
        ("samples", seen(snapshot()), seen(snapshot(), snapshot()), "there is only one sample"),
        ("settings", seen(snapshot()), EVERYTHING, "the settings of the server were not asked for"),
        (
            "files",
            seen(snapshot()),
            EVERYTHING,
            "the configuration files were not asked for, or this role may not read them",
        ),
        ("sessions", seen(snapshot(hidden(1))), seen(shop()), "1 session of other roles is hidden from this role"),
        (
            "slots",
            seen(snapshot(hidden(1), hidden(2))),
            seen(shop()),
            "this role may not see which sessions hold slots",
        ),
        (
            "states",
            seen(snapshot(instance=STATELESS)),
            seen(shop()),
            "track_activities is off, so sessions show no state",
        ),
        (
            "blockers",
            seen(snapshot(WAITS)),
            seen(shop()),
            "the blockers of 1 waiting session were not asked for",
        ),
    ],
)
def test_a_rule_that_lacks_something_is_reported_with_the_reason(
    need: Need, without: Observation, within: Observation, why: str
) -> None:
    assert why_not(need, without) == why
    assert why_not(need, within) is None


@pytest.mark.parametrize("need", ["counters", "host"])
def test_what_was_not_asked_for_is_named(need: Need) -> None:
    why = why_not(need, seen(shop()))
    assert why is not None
    assert NEEDS[need].split()[-1] in why or "machine" in why


def test_a_rule_whose_need_is_missing_does_not_run() -> None:
    @rule(needs=("settings",))
    def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
        raise AssertionError("it ran")

    assert run((judge,), seen(snapshot()), DEFAULT).findings == ()


def test_what_a_rule_finds_in_the_part_that_it_sees_is_true_and_only_its_silence_proves_nothing() -> None:
    old = session(1, state=IDLE_IN_TRANSACTION, state_seconds=900.0)
    found = judge(seen(snapshot(old, hidden(2))))
    assert "idle_in_transaction" in {finding.rule for finding in found.findings}
    assert "idle_in_transaction" not in {one.rule for one in found.not_judged}
    assert "idle_sessions" in {one.rule for one in found.not_judged}


def test_several_reasons_are_one_line() -> None:
    not_judged = judge(seen(snapshot(WAITS, hidden(3)))).not_judged
    (why,) = [one.why for one in not_judged if one.rule == "idle_in_transaction"]
    assert why == (
        "1 session of other roles is hidden from this role; the blockers of 1 waiting session were not asked for"
    )


def test_a_status_which_asks_for_no_settings_judges_none() -> None:
    names = {one.rule for one in judge(seen(shop())).not_judged}
    assert names == {rule.name for rule in RULES if {"settings", "files"} & set(rule.needs)}


def test_everything_that_is_there_is_judged() -> None:
    judged = judge(EVERYTHING)
    assert judged.not_judged == ()
    configuration = {rule.name for rule in RULES if {"settings", "files"} & set(rule.needs)}
    assert configuration <= {finding.rule for finding in judged.findings}


def test_a_bound_is_taken_for_the_number_only_where_that_is_asked_for() -> None:
    superuser = msgspec.structs.replace(hidden(1), superuser=True, user="postgres")
    (rule,) = [rule for rule in RULES if rule.name == "superusers_in_slots"]
    assert run((rule,), seen(snapshot(superuser)), DEFAULT).findings == ()
    assert run((rule,), seen(snapshot(superuser)), DEFAULT, bounds=True).findings


class Watched:
    """A policy that remembers which thresholds were read."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(DEFAULT, name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_rests_on_the_thresholds_that_it_declares_and_on_no_others(rule: Any) -> None:
    policy: Any = Watched()
    for one in (EVERYTHING, seen(snapshot(*sessions(25), *sessions(3, 300, superuser=True)))):
        list(rule(one, policy))
    assert policy.read == set(rule.thresholds) <= set(Policy.__struct_fields__)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_page_of_a_rule_tells_when_it_speaks_and_its_thresholds(rule: Any) -> None:
    shown = page(rule.name)
    assert shown is not None
    assert shown.question
    assert any(line.startswith("Speaks: one finding") for line in shown.answer)
    assert all(any(line.startswith(f"Threshold: {name} is ") for line in shown.answer) for name in rule.thresholds)


def test_the_page_of_a_rule_says_what_to_do_where_a_topic_beside_it_does() -> None:
    shown = page("idle_in_transaction")
    assert shown is not None
    assert "idle-in-transaction" in shown.topics
    assert any("kill-idle-tx" in (step.command or "") for step in shown.steps)


def test_there_is_no_page_of_what_is_no_rule() -> None:
    assert page("slots") is None


@pytest.mark.parametrize(
    ("reserved", "most", "speaks"), [(27, 30, False), (29, 30, False), (30, 30, True), (31, 30, True)]
)
def test_reserves_are_too_large_from_max_connections_on(reserved: int, most: int, speaks: bool) -> None:
    found = judge(seen(snapshot(), files=files(reserved, most))).findings
    assert bool([finding for finding in found if finding.rule == "reserves_too_large"]) == speaks
    nothing: tuple[FileSetting, ...] = ()
    assert judge(seen(snapshot(), files=nothing)).findings == ()


def test_the_rule_that_the_documents_show_is_one_that_the_engine_runs() -> None:
    text = (ROOT / "docs" / "extending" / "add-a-rule.md").read_text(encoding="utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    module = ModuleType("pgconn.rules.just_started")
    exec(code, vars(module))
    started = msgspec.structs.replace(INSTANCE, started_at=INSTANCE.taken_at - timedelta(seconds=7))
    policy: Any = SimpleNamespace(restart_seconds=60.0)
    for instance, message in ((started, ["the server was started 7 s ago"]), (INSTANCE, [])):
        found = run((module.judge,), seen(snapshot(instance=instance)), policy).findings
        assert [finding.message for finding in found] == message
        assert {finding.rule for finding in found} <= {module.judge.name}
