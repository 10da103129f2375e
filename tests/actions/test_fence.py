"""The plan of a fence: what it says, and which role it refuses to lock out, on snapshots made by hand."""

from typing import Any

import msgspec
import pytest

from pgconn.actions.fence_planning import FenceRequest, ServerLimits, limit_in_words, plan_fence, plan_undo
from pgconn.errors import NotThere, PgconnError, PrivilegeMissing, WrongUsage
from pgconn.model.change import Limited
from pgconn.model.session import LOCAL
from pgconn.model.snapshot import Snapshot
from tests.model.making import INSTANCE, ROLE, session, sessions, snapshot, walsender

pytestmark = pytest.mark.offline


def limited(name: str = "app", scope: str = "role", **different: Any) -> Limited:
    """A role or database without a limit that we may change."""
    usual = Limited(
        scope="role",
        oid=len(name) + 100 * len(scope),
        name=name,
        limit=-1,
        superuser=False,
        lets_in=True,
        owner="owner",
        may_alter=True,
        creates_roles=True,
        needs_admin=True,
        holds_walsenders=False,
    )
    return msgspec.structs.replace(usual, scope=scope, **different)


def around(seen: Snapshot, *found: Limited) -> ServerLimits:
    return ServerLimits(snapshot=seen, limited=found)


def superuser() -> Any:
    return msgspec.structs.replace(ROLE, name="postgres", superuser=True)


def refusal(where: ServerLimits, request: FenceRequest) -> PgconnError:
    with pytest.raises(PgconnError) as raised:
        plan_fence(where, request)
    return raised.value


@pytest.mark.parametrize(
    ("count", "limit", "reported"),
    [
        (0, 2, "0 sessions of the role 'app' now: 2 more are accepted, and then"),
        (1, 2, "1 session of the role 'app' now: 1 more is accepted, and then"),
        (2, 2, "2 sessions of the role 'app' now: they stay, and new ones get 53300"),
        (9, 2, "until fewer than 2 are left"),
        (9, 0, "they stay, and no new one is accepted"),
    ],
)
def test_the_plan_says_what_the_limit_does_now(count: int, limit: int, reported: str) -> None:
    (change,) = plan_fence(around(snapshot(*sessions(count)), limited()), FenceRequest(roles=("app",), limit=limit))
    assert reported in change.effects[0]
    assert (change.before, change.after) == ("-1", str(limit))
    assert change.sql == f'ALTER ROLE "app" CONNECTION LIMIT {limit};'
    assert change.undo == 'ALTER ROLE "app" CONNECTION LIMIT -1;'


def test_a_limit_of_0_is_explained() -> None:
    where = around(snapshot(role=superuser()), limited("shop", "database"))
    (change,) = plan_fence(where, FenceRequest(databases=("shop",), limit=0))
    assert "a limit of 0 locks the database out: only superusers can connect until you undo it" in change.effects


def test_a_limit_that_is_there_already_is_no_change() -> None:
    assert plan_fence(around(snapshot(), limited(limit=5)), FenceRequest(roles=("app",), limit=5)) == ()


def test_a_higher_limit_than_before_is_reported_to_accept_more() -> None:
    (change,) = plan_fence(around(snapshot(), limited(limit=5)), FenceRequest(roles=("app",), limit=9))
    assert "this accepts more: the limit was 5" in change.effects


@pytest.mark.parametrize("limit", [0, 3, 4])
def test_the_role_that_asks_keeps_a_place_for_its_next_connection(limit: int) -> None:
    mine = sessions(3, user="watcher")
    where = around(snapshot(*mine), limited("watcher"))
    request = FenceRequest(roles=("watcher",), limit=limit)
    if limit < 4:
        assert isinstance(refusal(where, request), WrongUsage)
    else:
        assert len(plan_fence(where, request)) == 1


def test_its_sessions_in_another_database_keep_theirs_too() -> None:
    mine = sessions(3, user="watcher", database="other")
    where = around(snapshot(*mine), limited("other", "database"))
    assert isinstance(refusal(where, FenceRequest(databases=("other",), limit=2)), WrongUsage)
    assert len(plan_fence(where, FenceRequest(databases=("other",), limit=3))) == 1


def test_a_superuser_is_locked_out_by_nothing() -> None:
    where = around(snapshot(*sessions(3), role=superuser()), limited("shop", "database"))
    assert len(plan_fence(where, FenceRequest(databases=("shop",), limit=0))) == 1


def test_sessions_of_superusers_count_towards_the_limit_of_a_database() -> None:
    seen = snapshot(session(1, user="postgres", superuser=True, client_addr=LOCAL), role=superuser())
    (change,) = plan_fence(around(seen, limited("shop", "database")), FenceRequest(databases=("shop",), limit=1))
    assert change.effects[0].startswith("1 session of the database 'shop' now: they stay")


@pytest.mark.parametrize(("holds", "reported"), [(True, "may be refused"), (False, "is not held by it")])
def test_walsenders_are_held_by_the_minors_that_count_them(holds: bool, reported: str) -> None:
    seen = snapshot(walsender(user="replica"))
    (change,) = plan_fence(
        around(seen, limited("replica", holds_walsenders=holds)), FenceRequest(roles=("replica",), limit=1)
    )
    assert any(reported in effect for effect in change.effects)
    assert change.effects[0].startswith("1 session" if holds else "0 sessions")


def test_one_wrong_name_stops_everything() -> None:
    where = around(snapshot(), limited())
    wrong = refusal(where, FenceRequest(roles=("app", "ap"), limit=3))
    assert isinstance(wrong, NotThere)
    assert wrong.hint == "there is 'app'"


@pytest.mark.parametrize("different", [{"superuser": True}, {"lets_in": False}, {"limit": -2, "scope": "database"}])
def test_what_no_limit_can_hold_is_refused(different: dict[str, Any]) -> None:
    one = limited(**different)
    request = (
        FenceRequest(databases=("app",), limit=3) if one.scope == "database" else FenceRequest(roles=("app",), limit=3)
    )
    assert isinstance(refusal(around(snapshot(), one), request), WrongUsage)


@pytest.mark.parametrize(
    ("different", "hint"),
    [
        ({}, 'GRANT "app" TO "watcher" WITH ADMIN OPTION;'),
        ({"creates_roles": False}, 'ALTER ROLE "watcher" CREATEROLE; GRANT "app" TO "watcher" WITH ADMIN OPTION;'),
        ({"creates_roles": False, "needs_admin": False}, 'ALTER ROLE "watcher" CREATEROLE;'),
        ({"needs_admin": False}, "log in as a superuser"),
        ({"scope": "database"}, 'GRANT "owner" TO "watcher";'),
    ],
)
def test_a_missing_privilege_comes_with_the_statement_that_gives_it(different: dict[str, Any], hint: str) -> None:
    one = limited(may_alter=False, **different)
    request = (
        FenceRequest(databases=("app",), limit=3) if one.scope == "database" else FenceRequest(roles=("app",), limit=3)
    )
    missing = refusal(around(snapshot(), one), request)
    assert isinstance(missing, PrivilegeMissing)
    assert missing.hint == hint


def test_a_standby_is_no_place_for_a_fence() -> None:
    standby = snapshot(instance=msgspec.structs.replace(INSTANCE, standby=True))
    assert "is a standby" in refusal(around(standby, limited()), FenceRequest(roles=("app",), limit=3)).message


def test_undo_goes_to_the_role_by_its_oid_and_says_what_it_finds() -> None:
    (fence,) = plan_fence(around(snapshot(), limited()), FenceRequest(roles=("app",), limit=3))
    now = limited("app", limit=9)
    undo = plan_undo(around(snapshot(), msgspec.structs.replace(now, name="renamed")), fence)
    assert undo is not None
    assert (undo.name, undo.before, undo.after) == ("renamed", "9", "-1")
    assert undo.sql == 'ALTER ROLE "renamed" CONNECTION LIMIT -1;'
    assert undo.undo == 'ALTER ROLE "renamed" CONNECTION LIMIT 9;'
    assert plan_undo(around(snapshot(), limited("app", oid=1)), fence) is None


def test_no_limit_has_a_name() -> None:
    assert (limit_in_words("-1"), limit_in_words("0")) == ("no limit", "a limit of 0")
