"""The pool of each service, and the pooler between."""

from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.sizing.demand import SLOW, Service, Surge
from pgconn.sizing.pooler import Pooler, expected_files, server_connections
from pgconn.sizing.pools import Load, as_sizes, peak_of, sized, split
from pgconn.sizing.slots import Slots

pytestmark = pytest.mark.offline

FAST: Final = Surge(deploy="fast")
SERVICES: Final = st.lists(
    st.builds(
        Service,
        app=st.just("app"),
        instances=st.integers(1, 60),
        workers=st.integers(1, 8),
        pool=st.none() | st.integers(1, 50),
        surge=st.none() | st.sampled_from([FAST, SLOW, Surge(more=2)]),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize(
    ("regular", "usable", "services", "surge", "weights", "sizes"),
    [
        (97, 72, [Service(app="api", instances=10, workers=4)], SLOW, (), [0]),
        (839, 666, [Service(app="api", instances=12, workers=2)], SLOW, (), [13]),
        (
            497,
            392,
            [Service(app="api", instances=10, workers=4), Service(app="jobs", instances=5)],
            FAST,
            (3, 1),
            [5, 14],
        ),
    ],
    ids=["none fits", "a large server", "by weight"],
)
def test_pools_share_what_is_below_the_alert(
    regular: int, usable: int, services: list[Service], surge: Surge, weights: tuple[int, ...], sizes: list[int]
) -> None:
    room = Slots(connections=regular, superuser_reserved=0).for_pools
    assert room == usable
    assert split(room, services, surge, weights) == sizes


@given(SERVICES, st.integers(0, 2000), st.sampled_from([SLOW, FAST]), st.booleans())
def test_pools_never_exceed_the_slots_while_a_deploy_rolls(
    services: list[Service], room: int, surge: Surge, loaded: bool
) -> None:
    load = Load(tps=500, hold=0.01, p99_wait=0.01, utilisation=0.8) if loaded else None
    sizes = sized(services, room, surge, load)
    assert peak_of(services, sizes, surge) <= room
    shown = as_sizes(services, sizes, surge, load)
    assert sum(pool.peak for pool in shown) <= room
    assert all(pool.pool_size is None or pool.pool_size >= 1 for pool in shown)


def test_a_pool_that_was_asked_for_is_kept_where_all_of_it_fits() -> None:
    asked = Service(app="jobs", instances=2, pool=7, surge=Surge())
    computed = Service(app="web", instances=4, workers=2, surge=Surge())
    assert sized([asked, computed], 71, SLOW, None) == [7, (71 - 14) // 8]


def test_a_load_decides_the_size_where_it_is_known() -> None:
    load = Load(tps=1000, hold=0.015, p99_wait=0.005, utilisation=0.8)
    service = Service(app="web", instances=30, surge=Surge())
    assert sized([service], 400, SLOW, load) == [3]
    (shown,) = as_sizes([service], [3], SLOW, load)
    assert shown.p99_wait == pytest.approx(0.0025, rel=0.01)


def test_a_pool_that_gets_more_than_it_can_do_has_no_wait_to_show() -> None:
    load = Load(tps=1000, hold=0.05, p99_wait=0.005, utilisation=0.8)
    (shown,) = as_sizes([Service(app="web", instances=1, pool=50)], [50], SLOW, load)
    assert shown.p99_wait is None


@pytest.mark.parametrize(
    ("regular", "active", "databases", "users", "clients", "wanted"),
    [
        # wanted: target, default_pool_size, reserve_pool_size, max_db_connections, max_client_conn, worst, files
        (97, 8, 1, 1, 1200, (16, 16, 4, 72, 1500, 20, 1544)),
        (97, 8, 1, 3, 1200, (16, 5, 2, 72, 1500, 21, 1532)),
        (390, 32, 200, 1, 2000, (64, 1, 0, 1, 2400, 200, 2812)),
    ],
    ids=["one pool", "a pool for each role", "a database for each tenant"],
)
def test_the_numbers_of_pgbouncer(
    regular: int, active: int, databases: int, users: int, clients: int, wanted: tuple[int, ...]
) -> None:
    found = Pooler(
        usable=Slots(connections=regular, superuser_reserved=0).for_pools,
        wanted=server_connections(active, 0.5),
        clients=clients,
        databases=databases,
        users=users,
    )
    assert found.fits
    assert wanted == (
        found.server_target,
        found.default_pool_size,
        found.reserve_pool_size,
        found.max_db_connections,
        found.max_client_conn,
        found.server_connections,
        found.files,
    )


@given(
    usable=st.integers(0, 1000),
    target=st.integers(1, 1000),
    clients=st.integers(0, 20_000),
    processes=st.integers(1, 8),
    databases=st.integers(1, 20),
    users=st.integers(1, 20),
)
def test_pgbouncer_never_opens_more_than_is_usable_or_says_that_it_does_not_fit(
    usable: int, target: int, clients: int, processes: int, databases: int, users: int
) -> None:
    found = Pooler(usable=usable, wanted=target, clients=clients, processes=processes, databases=databases, users=users)
    assert found.default_pool_size >= 1
    assert found.max_client_conn * processes >= clients
    assert found.fits == (found.server_connections <= usable)
    if found.fits:
        assert found.max_db_connections * databases * processes <= max(usable, databases * processes)
        assert min(found.default_pool_size * users, found.max_db_connections) * databases * processes <= usable


@pytest.mark.parametrize(
    ("clients", "databases", "users", "files"),
    [(100, [], 0, 110), (1000, [(20, False)], 3, 1070), (1000, [(20, True), (50, False)], 2, 1130)],
)
def test_the_file_descriptors_are_those_of_pgbouncers_own_log(
    clients: int, databases: list[tuple[int, bool]], users: int, files: int
) -> None:
    assert expected_files(clients, databases, users) == files
