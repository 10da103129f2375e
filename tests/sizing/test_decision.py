"""Which max_connections is the answer, and what binds it."""

from typing import Any, Final

import pytest

from pgconn.errors import WrongUsage
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.decision import Decision, direct, pooled, worth_having
from pgconn.sizing.demand import Service, Surge
from pgconn.sizing.measured import GIB, MIB
from pgconn.sizing.request import Request, SizingInput, inputs_of, resolve

pytestmark = pytest.mark.offline

PODS: Final = tuple(Service(app=name, instances=10, pool=20) for name in ("api", "web", "jobs"))


def basis(ram: int = 8 * GIB, **known: Any) -> SizingInput:
    return resolve(Request(ram=ram, **known), Request(), Assumptions())


def connections(decision: Decision) -> tuple[int, str, bool]:
    return decision.connections, decision.binding, decision.fits


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({}, (100, "default", True)),
        ({"ram": GIB}, (21, "memory", True)),
        ({"ram": GIB, "pg_version": 17}, (22, "memory", True)),
        ({"ram": 512 * MIB}, (0, "memory", False)),
        ({"max_connections": 150}, (150, "given", True)),
        ({"max_connections": 200}, (164, "memory", False)),
        ({"max_connections": 200, "huge_pages": True}, (200, "given", True)),
        ({"provider_limit": 60}, (60, "provider", True)),
        ({"services": PODS}, (164, "memory", False)),
        ({"services": PODS, "ram": 64 * GIB}, (500, "cpu", False)),
        ({"services": PODS, "ram": 64 * GIB, "max_connections": 300}, (300, "given", False)),
        ({"services": PODS[:1], "surge": Surge(deploy="recreate"), "ram": 16 * GIB}, (270, "demand", True)),
        ({"tps": 800.0, "hold": 0.1}, (140, "demand", True)),
        ({"sessions": 110}, (150, "demand", True)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else None,
)
def test_the_tightest_limit_binds(known: dict[str, Any], answer: tuple[int, str, bool]) -> None:
    assert connections(direct(basis(**known))) == answer


def test_600_connections_of_pods_need_1520_and_8_gib_hold_164() -> None:
    found = direct(basis(services=PODS))
    assert (found.clients, found.demand, found.limits.memory) == (1200, 1520, 164)
    assert found.pools == (2, 2, 2)


def test_a_pooler_lets_them_all_in_with_100_connections() -> None:
    found = pooled(basis(services=PODS, cores=4.0, pg_version=15))
    assert connections(found) == (100, "default", True)
    assert found.pooler is not None
    assert (found.pooler.default_pool_size, found.pooler.reserve_pool_size) == (5, 2)
    assert (found.pooler.max_client_conn, found.pooler.server_connections) == (1500, 21)
    assert found.pooler.server_connections <= found.slots.for_pools == 72


@pytest.mark.parametrize(
    ("known", "regular"),
    [
        ({"pg_version": 15}, 97),
        ({"pg_version": 16}, 95),
        ({"pg_version": 16, "reserved": 0, "provider_reserved": 2}, 95),
        ({"pg_version": 16, "reserved": 5, "provider_reserved": 2}, 90),
        ({"pg_version": 15, "superuser_reserved": 10, "provider_reserved": 5}, 85),
    ],
)
def test_what_is_reserved_is_not_for_applications(known: dict[str, Any], regular: int) -> None:
    assert direct(basis(**known)).slots.usable == regular


@pytest.mark.parametrize(
    ("known", "active"),
    [
        ({}, (25, 50)),
        ({"cores": 4.0}, (8, 20)),
        ({"cores": 4.0, "storage": "hdd"}, (9, 20)),
        ({"cores": 0.5}, (1, 3)),
    ],
)
def test_the_cores_say_how_many_sessions_are_worth_having(known: dict[str, Any], active: tuple[int, int]) -> None:
    assert worth_having(basis(**known)) == active


def test_the_limit_of_a_container_beats_the_ram_of_its_host() -> None:
    inside = basis(ram=64 * GIB, container=8 * GIB)
    assert inside.ram == 8 * GIB
    assert direct(inside).room.budget.system == 128


def test_what_is_given_wins_over_what_was_detected_and_that_over_what_is_assumed() -> None:
    given, detected = Request(ram=8 * GIB), Request(ram=GIB, cores=2.0)
    found = resolve(given, detected, Assumptions())
    assert found.ram == 8 * GIB
    inputs = inputs_of(given, detected, found)
    origins = {name: inputs[name].origin for name in ("ram", "cores", "workload")}
    assert origins == {"ram": "given", "cores": "detected", "workload": "assumed"}


@pytest.mark.parametrize(
    "known",
    [
        {"ram": MIB},
        {"pg_version": 12},
        {"pg_version": 15, "reserved": 2},
        {"tps": 5.0},
        {"hold": 0.1},
        {"max_connections": 3},
    ],
    ids=str,
)
def test_what_no_server_can_be_is_refused(known: dict[str, Any]) -> None:
    with pytest.raises(WrongUsage):
        basis(**known)


def test_without_any_ram_there_is_no_answer() -> None:
    with pytest.raises(WrongUsage, match="RAM"):
        resolve(Request(), Request(), Assumptions())
