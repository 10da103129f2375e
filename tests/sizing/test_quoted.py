"""What the numbers of calculators promise a machine with 8 GB; comparison.tsv has those of fourteen, in MB."""

import csv
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.sizing.pgtune import Machine
from pgconn.sizing.rules_of_thumb import PER_CONNECTION, all_at_work, pgtune, textbook
from tests.docs.reading import ROOT

pytestmark = pytest.mark.offline

MB: Final = 2**20
RAM: Final = 8192 * MB

with (Path(__file__).parent / "comparison.tsv").open(encoding="utf-8", newline="") as calculators:
    ROWS: Final = tuple(csv.DictReader(calculators, delimiter="\t"))


def promised(row: dict[str, str]) -> tuple[int, int, int]:
    """What it promises in MB: one work_mem each, 10 MB each as well, and every connection at work."""
    buffers, n = int(row["shared_buffers"]), int(row["max_connections"])
    work_mem, maintenance = float(row["work_mem"]), float(row["maintenance_work_mem"])
    one_each = buffers + n * work_mem
    at_work = all_at_work(buffers * MB, n, round(work_mem * MB), round(maintenance * MB)) / MB
    return round(one_each), round(one_each + n * PER_CONNECTION / MB), round(at_work)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["calculator"])
def test_what_a_calculator_promises_adds_up(row: dict[str, str]) -> None:
    expected = tuple(int(row[name]) for name in ("one_each", "ten_each", "all_at_work"))
    assert promised(row) == pytest.approx(expected, abs=2)


def test_the_rules_that_people_quote_promise_three_quarters_and_may_take_twice_the_ram() -> None:
    reasons = {reason.name: reason.why for reason in textbook(RAM, 200).reasons}
    assert "74% of 8GB" in reasons["promised"]
    assert "172% of 8GB" in reasons["all_at_work"]


@pytest.mark.parametrize(
    ("connections", "edition", "one_each", "at_work"),
    [(200, "current", "50%", "170%"), (200, "classic", "37%", "122%"), (1000, "current", "74%", "378%")],
)
def test_pgtune_promises_half_and_may_take_more_than_there_is(
    connections: int, edition: str, one_each: str, at_work: str
) -> None:
    machine = Machine(ram=RAM, max_connections=connections, cores=4, pg_version=17)
    answer = pgtune(machine, "current" if edition == "current" else "classic")
    reasons = {reason.name: reason.why for reason in answer.reasons}
    assert one_each in reasons["promised"]
    assert at_work in reasons["all_at_work"]


@given(st.integers(20, 5000), st.integers(9, 20))
def test_more_connections_never_promise_less(connections: int, doublings: int) -> None:
    ram = 2**doublings * MB
    less, more = textbook(ram, connections), textbook(ram, connections + 1)
    assert less.fits >= more.fits
    assert less.memory["unplanned"] + 2**20 >= more.memory["unplanned"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["calculator"])
def test_the_page_about_the_rules_has_these_numbers(row: dict[str, str]) -> None:
    page = (ROOT / "docs" / "why" / "sizing-rules.md").read_text(encoding="utf-8")
    numbers = [row["calculator"], f"{row['shared_buffers']} MB", row["max_connections"], f"{row['work_mem']} MB"]
    (line,) = (line for line in page.splitlines() if line.startswith(f"| {' | '.join(numbers)} |"))
    shares = [float(cell.strip(" %")) for cell in line.split("|")[5:8]]
    assert shares == pytest.approx([100 * size * MB / RAM for size in promised(row)], abs=0.6)
