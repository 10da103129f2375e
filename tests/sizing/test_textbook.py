"""The rules that people quote are quoted to the letter."""

from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.errors import WrongUsage
from pgconn.sizing.demand import Service, serverless
from pgconn.sizing.raising import raising
from pgconn.sizing.rules_of_thumb import shared_buffers, textbook, work_mem
from pgconn.sizing.slots import Slots

pytestmark = pytest.mark.offline

MB: Final = 2**20
GB: Final = 2**30


def test_shared_buffers_is_a_quarter_of_the_ram() -> None:
    assert shared_buffers(8192 * MB) == 2048 * MB


@pytest.mark.parametrize(("connections", "megabytes"), [(200, 10.24), (100, 20.48), (500, 4.096)])
def test_work_mem_is_a_third_of_what_is_left_shared_by_all(connections: int, megabytes: float) -> None:
    assert work_mem(8192 * MB, connections) == int(megabytes * 1024) * 1024


@pytest.mark.parametrize(("start", "to", "megabytes"), [(100, 200, 1000), (100, 500, 4000)])
def test_raising_costs_ten_megabytes_a_connection(start: int, to: int, megabytes: int) -> None:
    (cost,) = (cost.value for cost in raising(start, to).costs if cost.name == "textbook")
    assert cost == megabytes * MB


def test_three_services_with_ten_pods_of_twenty_open_six_times_the_default() -> None:
    assert sum(Service(app=app, instances=10).steady(20) for app in ("api", "web", "jobs")) == 600 == 6.0 * 100


@pytest.mark.parametrize(("concurrency", "each", "connections"), [(1000, 1, 1000), (500, 2, 1000)])
def test_a_function_holds_its_connections_for_itself(concurrency: int, each: int, connections: int) -> None:
    (functions,) = serverless(f"{concurrency}x{each}")
    assert functions.steady(functions.pool or 0) == connections


@pytest.mark.parametrize(
    ("connections", "reserves", "usable"),
    [(100, (3,), 97), (100, (3, 5, 2), 90), (859, (10, 5), 844), (104, (3, 4), 97), (2, (3,), 0)],
)
def test_applications_get_what_is_not_reserved(connections: int, reserves: tuple[int, ...], usable: int) -> None:
    superuser_reserved, reserved, provider_reserved = (*reserves, 0, 0)[:3]
    slots = Slots(
        connections=connections,
        superuser_reserved=superuser_reserved,
        reserved=reserved,
        provider_reserved=provider_reserved,
    )
    assert slots.usable == usable


def test_eight_gigabytes_and_two_hundred_connections_give_about_ten_megabytes() -> None:
    answer = textbook(8 * GB, 200)
    assert answer.settings == {"max_connections": 200, "shared_buffers": 2 * GB, "work_mem": 10485 * 1024}
    assert answer.slots["usable"] == 197
    assert answer.slots["alert"] == 157
    assert answer.fits


def test_its_memory_adds_up_and_says_when_it_does_not_fit() -> None:
    for connections, fits in ((200, True), (409, True), (410, False), (1000, False)):
        answer = textbook(8 * GB, connections)
        memory = dict(answer.memory)
        assert memory.pop("ram") == sum(memory.values()) == 8 * GB
        assert answer.fits == fits == (memory["unplanned"] >= 0)


def test_every_number_has_its_reason() -> None:
    answer = textbook(8 * GB, 200)
    reasons = {reason.name: reason for reason in answer.reasons}
    assert len(reasons) == len(answer.reasons)
    for name, value in answer.settings.items():
        assert reasons[name].value == value
    assert "(8GB - 2GB) / (200 x 3)" in reasons["work_mem"].why
    assert "25 to 50" in reasons["active"].why


def test_a_number_of_connections_that_nobody_gave_is_called_assumed() -> None:
    answer = textbook(8 * GB)
    assert answer.settings["max_connections"] == 100
    assert answer.inputs["max_connections"].origin == "assumed"
    assert textbook(8 * GB, 100).inputs["max_connections"].origin == "given"


@pytest.mark.parametrize(("ram", "connections", "reserved"), [(0, 100, 0), (GB, 0, 0), (GB, 3, 0), (GB, 20, 17)])
def test_what_cannot_be_is_refused(ram: int, connections: int, reserved: int) -> None:
    with pytest.raises(WrongUsage):
        textbook(ram, connections, reserved=reserved)


@given(st.integers(1, 2**24), st.integers(4, 10_000))
def test_more_connections_never_get_more_work_mem_and_more_ram_never_less(mb: int, n: int) -> None:
    assert work_mem(mb * MB, n + 1) <= work_mem(mb * MB, n) <= work_mem((mb + 1) * MB, n)
