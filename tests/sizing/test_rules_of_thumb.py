"""The answer by a rule, from the inputs that our own answer takes."""

from typing import Final

import msgspec
import pytest

from pgconn.data.settings import known_settings
from pgconn.documents.sizing import Sizing
from pgconn.errors import WrongUsage
from pgconn.sizing.request import Request
from pgconn.sizing.rules_of_thumb import RULES, by_rule
from tests.render.pages import written

pytestmark = pytest.mark.offline

GB: Final = 2**30


def of(rule: str, **known: object) -> Sizing:
    return by_rule(rule, msgspec.convert(known, Request))


@pytest.mark.parametrize(
    ("rule", "work_mem_kb"),
    [
        ("textbook", 10485),
        ("pgtune", 10082),
        ("pgtune@current", 10082),
        ("pgtune@2025", 10082),
        ("pgtune@classic", 5242),
    ],
)
def test_each_rule_answers_by_its_name(rule: str, work_mem_kb: int) -> None:
    answer = of(rule, ram=8 * GB, max_connections=200)
    assert answer.settings["work_mem"] == work_mem_kb * 1024
    assert answer.inputs["rule"].value == ("pgtune@current" if rule == "pgtune" else rule)


@pytest.mark.parametrize("rule", ["", "Textbook", "pgtune@", "pgtune@2024", "classic", "textbook@current"])
def test_another_rule_is_refused_with_the_known_ones(rule: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        of(rule, ram=8 * GB)
    assert refused.value.hint
    assert all(known in refused.value.hint for known in RULES)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_answers_without_the_ram(rule: str) -> None:
    with pytest.raises(WrongUsage, match="RAM"):
        of(rule, max_connections=100)


def test_the_limit_of_a_container_is_its_ram() -> None:
    assert of("textbook", ram=64 * GB, container=8 * GB).settings["shared_buffers"] == 2 * GB


def test_what_was_detected_is_called_so_and_what_was_given_comes_first() -> None:
    answer = by_rule("textbook", Request(ram=8 * GB), Request(ram=16 * GB, max_connections=150))
    origins = {name: known.origin for name, known in answer.inputs.items()}
    assert origins == {"ram": "given", "max_connections": "detected", "rule": "given"}
    assert answer.settings["shared_buffers"] == 2 * GB


def test_the_reserves_are_taken_off() -> None:
    assert of("textbook", ram=8 * GB, superuser_reserved=5, reserved=5, provider_reserved=2).slots["usable"] == 88


def test_pgtune_knows_whole_processors() -> None:
    assert of("pgtune", ram=8 * GB, cores=4.5).settings["max_worker_processes"] == 4
    assert "max_worker_processes" not in of("pgtune", ram=8 * GB, cores=0.5).settings


@pytest.mark.parametrize("workload", ["web", "oltp", "dw", "desktop", "mixed"])
@pytest.mark.parametrize("rule", RULES)
def test_every_setting_of_a_rule_can_be_written_to_a_file(rule: str, workload: str) -> None:
    answer = of(rule, ram=256 * GB, cores=32, workload=workload)
    assert set(answer.settings) <= set(known_settings())


@pytest.mark.parametrize("rule", RULES)
def test_it_is_shown_with_its_reasons_and_what_it_promises(rule: str) -> None:
    answer = of(rule, ram=8 * GB, max_connections=5000, cores=4)
    narrow = written(answer, "table")
    for text in (" ".join(narrow.split()), written(answer, "plain")):
        assert "shared_buffers" in text
        assert "of 8GB" in text
        assert "(8GB - 2GB)" in text
        assert "not advised" in text
    assert max(map(len, narrow.splitlines())) <= 80


def test_a_rule_that_promises_more_than_there_is_says_so_first() -> None:
    assert "does not fit" in written(of("pgtune", ram=8 * GB, max_connections=5000), "plain").partition("\n")[0]
    assert "does not fit" not in written(of("pgtune", ram=8 * GB, max_connections=200), "plain").partition("\n")[0]
