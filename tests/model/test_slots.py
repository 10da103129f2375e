"""The arithmetic of slots and limits."""

import msgspec
import pytest
from hypothesis import given, strategies as st

from pgconn.model.instance import Capacity
from pgconn.model.session import STARTING, Session
from pgconn.model.slots import Limit, Slots, count_slots
from tests.model.making import CAPACITY, SESSIONS, USABLE, limit, session, sessions, snapshot, walsender

pytestmark = pytest.mark.offline

NUMBERS = st.integers(0, 60)
CAPACITIES = st.builds(
    Capacity,
    max_connections=st.integers(1, 60),
    superuser_reserved=NUMBERS,
    reserved=NUMBERS,
    reserved_role=st.booleans(),
    provider_reserved=NUMBERS,
    max_wal_senders=NUMBERS,
)
MANY = st.lists(SESSIONS, max_size=40)


def counted(*found: Session, capacity: Capacity = CAPACITY) -> Slots:
    return count_slots(capacity, found, own=1)


def test_an_empty_server_gives_each_kind_of_role_what_is_not_kept_from_it() -> None:
    free = counted().free
    assert (free.ordinary, free.reserved_role, free.superuser) == (25, 27, 30)


def test_each_session_takes_one_from_everybody() -> None:
    free = counted(*sessions(24)).free
    assert (free.ordinary, free.reserved_role, free.superuser) == (1, 3, 6)


def test_a_full_server_has_no_slot_for_any_role_and_nothing_negative() -> None:
    slots = counted(*sessions(30))
    assert (slots.free.ordinary, slots.free.reserved_role, slots.free.superuser) == (0, 0, 0)
    assert slots.used_ratio == 1.2


def test_the_reserve_of_the_provider_is_kept_from_members_as_well() -> None:
    capacity = msgspec.structs.replace(CAPACITY, provider_reserved=4)
    free = counted(capacity=capacity).free
    assert (free.ordinary, free.reserved_role, free.superuser) == (21, 23, 30)


def test_reserves_larger_than_the_server_have_nothing_over_and_count_as_full() -> None:
    capacity = msgspec.structs.replace(CAPACITY, max_connections=5, superuser_reserved=20, reserved=20)
    slots = counted(capacity=capacity)
    assert (slots.usable, slots.used_ratio) == (0, 1.0)
    assert (slots.free.ordinary, slots.free.reserved_role, slots.free.superuser) == (0, 0, 5)


def test_who_has_a_place_of_its_own_takes_no_slot() -> None:
    slots = counted(walsender(), session(holds_slot=False, backend_type="parallel worker"))
    assert (slots.used, slots.free.ordinary) == (0, USABLE)


def test_a_client_that_still_authenticates_takes_a_slot() -> None:
    slots = counted(Session(pid=7, state=STARTING, holds_slot=True))
    assert (slots.used, slots.authenticating, slots.free.ordinary) == (1, 1, USABLE - 1)


def test_a_session_of_which_it_is_unknown_counts_as_used_and_the_numbers_as_bounds() -> None:
    slots = counted(session(1), session(2, holds_slot=None))
    assert (slots.used, slots.exact) == (2, False)
    assert counted(session(1), walsender()).exact


def test_superusers_are_counted_where_they_hold_slots() -> None:
    assert counted(session(1, superuser=True), walsender(superuser=True), session(3)).superusers == 1


@given(capacity=CAPACITIES, found=MANY)
def test_no_number_is_ever_negative_and_who_may_more_gets_no_less(capacity: Capacity, found: list[Session]) -> None:
    slots = counted(*found, capacity=capacity)
    assert 0 <= slots.free.ordinary <= slots.free.reserved_role <= slots.free.superuser <= capacity.max_connections
    assert 0 <= slots.usable <= capacity.max_connections
    assert slots.used_ratio >= 0
    assert slots.free.ordinary <= slots.usable
    assert slots.authenticating + slots.superusers <= 2 * slots.used


@given(capacity=CAPACITIES, found=MANY, one=SESSIONS)
def test_one_more_session_never_frees_a_slot_and_takes_one_at_most(
    capacity: Capacity, found: list[Session], one: Session
) -> None:
    before, after = counted(*found, capacity=capacity), counted(*found, one, capacity=capacity)
    for kind in ("ordinary", "reserved_role", "superuser"):
        assert 0 <= getattr(before.free, kind) - getattr(after.free, kind) <= 1
    assert after.used - before.used == one.may_hold_slot


@given(capacity=CAPACITIES, found=MANY)
def test_one_more_slot_never_takes_one_away(capacity: Capacity, found: list[Session]) -> None:
    larger = msgspec.structs.replace(capacity, max_connections=capacity.max_connections + 1)
    assert counted(*found, capacity=larger).free.ordinary >= counted(*found, capacity=capacity).free.ordinary


def test_a_limit_counts_the_sessions_of_its_role_or_database_that_hold_slots() -> None:
    found = [*sessions(3), session(4, user="other"), session(5, database="other"), walsender(6, user="app")]
    assert Limit.count(limit(most=5), found).used == 4
    assert Limit.count(limit("database", "shop", 5), found).used == 4
    assert Limit.count(limit(most=5), found).free == 1


def test_minors_before_february_2025_counted_walsenders_towards_a_limit() -> None:
    found = [session(1), walsender(2, user="app"), walsender(3, user="app", database="shop")]
    assert Limit.count(limit(most=5, counts_walsenders=True), found).used == 3
    assert Limit.count(limit("database", "shop", 5, counts_walsenders=True), found).used == 2
    assert Limit.count(limit(most=5), found).used == 1


def test_a_limit_of_zero_is_full_and_one_that_is_exceeded_has_nothing_free() -> None:
    closed = Limit.count(limit(most=0), [])
    assert (closed.used_ratio, closed.free) == (1.0, 0)
    exceeded = Limit.count(limit(most=2), sessions(4))
    assert (exceeded.used_ratio, exceeded.free) == (2.0, 0)


def test_the_fullest_limit_comes_first() -> None:
    seen = snapshot(*sessions(4), connection_limits=(limit(most=10), limit("database", "shop", 5), limit(name="x")))
    assert [one.name for one in seen.limits] == ["shop", "app", "x"]


def test_walsenders_have_a_pool_of_their_own_in_which_pgconn_is_not_counted() -> None:
    seen = snapshot(walsender(1), walsender(2), session(3), entered_by="walsender")
    assert (seen.walsenders.used, seen.walsenders.max, seen.walsenders.own) == (2, 5, 1)
    assert seen.walsenders.used_ratio == 0.4


def test_no_walsenders_allowed_is_no_pool_that_is_full() -> None:
    seen = snapshot(capacity=msgspec.structs.replace(CAPACITY, max_wal_senders=0))
    assert seen.walsenders.used_ratio == 0.0
