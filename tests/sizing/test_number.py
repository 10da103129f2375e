"""The words of the numbers: `numbers.toml` against the numbers that the model makes."""

from typing import Final

import pytest

from pgconn.sizing import number as numbers
from pgconn.sizing.calculate import size
from pgconn.sizing.demand import Service
from pgconn.sizing.measured import GIB
from pgconn.sizing.number import Words, known_words, number
from pgconn.sizing.products import Odyssey, Pgagroal, Pgpool, RdsProxy
from pgconn.sizing.raising import raising
from pgconn.sizing.request import Request
from pgconn.sizing.rules_of_thumb import textbook
from pgconn.sizing.slots import Slots

pytestmark = pytest.mark.offline

APPS: Final = (Service(app="web", instances=4),)
REQUESTS: Final = (
    Request(ram=8 * GIB, services=APPS),
    Request(ram=8 * GIB, services=APPS, pg_version=18),
    Request(ram=8 * GIB, workload="desktop", session_memory=2**23, storage="ssd"),
    Request(ram=8 * GIB, container=GIB, max_connections=20),
    Request(ram=256 * GIB, cores=8, services=(Service(app="web", instances=400, pool=20),)),
    Request(ram=256 * GIB, cores=8, services=APPS, tps=800.0, hold=0.015),
    Request(ram=8 * GIB, services=APPS, pooler="pgbouncer"),
    Request(ram=8 * GIB, services=(Service(app="web", instances=90, pool=9),), pooler="pgbouncer"),
    Request(ram=256 * GIB, sessions=800),
)


class Used(dict[str, Words]):
    """Words that know which of them were taken."""

    def __init__(self) -> None:
        super().__init__(known_words())
        self.keys_taken: set[str] = set()

    def __getitem__(self, key: str) -> Words:
        self.keys_taken.add(key)
        return super().__getitem__(key)


def test_a_number_has_its_words_filled_in() -> None:
    made = number("textbook.backends", 2000, n=200, each="10MB")
    assert (made.name, made.value, made.why) == ("backends", 2000, "200 connections x 10MB")
    assert made.source == "rule of thumb of tuning guides"


def test_a_number_may_have_another_name_and_rest_on_less() -> None:
    made = number("for_pools", 71, Slots(connections=100, reserved=2), name="pools", rests_on=())
    assert (made.name, made.rests_on) == ("pools", ())
    assert made.numbers == "0.8 x 95 - 5 = 71"


def test_there_are_words_for_every_number_and_none_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Used()
    monkeypatch.setattr(numbers, "known_words", lambda: used)
    for request in REQUESTS:
        size(request)
    textbook(8 * GIB)
    for request in (Request(), Request(cores=4, huge_pages=True)):
        raising(100, 500, request)
    for share in (Pgpool(usable=9), Odyssey(usable=9), Pgagroal(usable=9), RdsProxy(usable=9, max_connections=20)):
        list(share.numbers())
    assert used.keys_taken == set(known_words())
