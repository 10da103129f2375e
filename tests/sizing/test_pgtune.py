"""PgTune's numbers, to the kB: pgtune.tsv has what the calculator itself answered to 331 machines."""

import csv
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.documents.sizing import Sizing
from pgconn.errors import WrongUsage
from pgconn.sizing.pgtune import EDITIONS, Edition, Machine
from pgconn.sizing.rules_of_thumb import pgtune

pytestmark = pytest.mark.offline

MB: Final = 2**20
ASKED: Final = ("edition", "type", "ram_mb", "cpus", "asked", "disk", "os", "pg", "db")
IN_KB: Final = frozenset(
    [
        "shared_buffers",
        "effective_cache_size",
        "maintenance_work_mem",
        "autovacuum_work_mem",
        "wal_buffers",
        "work_mem",
        "min_wal_size",
        "max_wal_size",
    ]
)

with (Path(__file__).parent / "pgtune.tsv").open(encoding="utf-8", newline="") as answers:
    ROWS: Final = tuple(csv.DictReader(answers, delimiter="\t"))


def machine(row: dict[str, str]) -> Machine:
    return Machine(
        ram=int(row["ram_mb"]) * MB,
        max_connections=int(row["asked"]) if row["asked"] else None,
        cores=int(row["cpus"]) if row["cpus"] else None,
        workload=row["type"],  # type: ignore[arg-type]
        storage=row["disk"],  # type: ignore[arg-type]
        system=row["os"],  # type: ignore[arg-type]
        pg_version=int(row["pg"]),
        database=row["db"],  # type: ignore[arg-type]
    )


def as_written(name: str, value: object) -> str:
    if name in IN_KB:
        assert isinstance(value, int)
        assert value % 1024 == 0
        return str(value // 1024)
    return "off" if value is False else str(value)


def web(*, gigabytes: float = 8, connections: int | None = 200, edition: Edition = "current") -> Sizing:
    return pgtune(Machine(ram=int(gigabytes * 1024) * MB, max_connections=connections, pg_version=17), edition)


def test_there_are_answers_of_two_editions() -> None:
    assert [sum(row["edition"] == edition for row in ROWS) for edition in ("current", "classic")] == [184, 147]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[name] for name in ASKED if row[name]))
def test_it_answers_what_pgtune_answers(row: dict[str, str]) -> None:
    edition: Edition = "current" if row["edition"] == "current" else "classic"
    answer = {name: as_written(name, value) for name, value in pgtune(machine(row), edition).settings.items()}
    assert answer == {name: value for name, value in row.items() if name not in ASKED and value}


def test_the_editions_differ_by_a_factor_of_two_on_one_machine() -> None:
    answers = {edition: web(edition=edition).settings["work_mem"] for edition in EDITIONS}
    assert answers == {"current": 10082 * 1024, "2025": 10082 * 1024, "classic": 5242 * 1024}


def test_the_editions_differ_in_their_floor_where_the_memory_is_gone() -> None:
    answers = {edition: web(connections=5000, edition=edition).settings["work_mem"] for edition in EDITIONS}
    assert answers == {"current": 4096 * 1024, "2025": 418 * 1024, "classic": 209 * 1024}


def test_a_floor_that_the_memory_does_not_hold_is_called_so() -> None:
    answer = web(connections=5000)
    assert not answer.fits
    (promised,) = [reason for reason in answer.reasons if reason.name == "promised"]
    assert promised.value == 2048 * MB + 5000 * 4 * MB
    assert "269% of 8GB: does not fit" in promised.why
    assert web(connections=5000, edition="2025").fits


def test_the_memory_adds_up_to_the_ram() -> None:
    for connections in (20, 200, 5000):
        memory = dict(web(connections=connections).memory)
        assert memory.pop("ram") == sum(memory.values())


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_setting_has_its_reason(edition: Edition) -> None:
    answer = web(edition=edition)
    reasons = {reason.name: reason for reason in answer.reasons}
    for name, value in answer.settings.items():
        assert reasons[name].value == value
        assert "PgTune" in reasons[name].source


def test_what_its_form_refuses_is_refused() -> None:
    with pytest.raises(WrongUsage, match="512MB"):
        web(gigabytes=0.49)
    with pytest.raises(WrongUsage, match="20 connections"):
        web(connections=19)
    assert web(gigabytes=0.5, connections=20).settings["max_connections"] == 20


def test_without_a_number_of_connections_it_takes_that_of_the_workload_and_says_so() -> None:
    answer = web(connections=None)
    assert answer.settings["max_connections"] == 200
    assert answer.inputs["max_connections"].origin == "assumed"


@given(st.integers(512, 2**21), st.integers(20, 5000), st.sampled_from(list(EDITIONS)))
def test_more_connections_never_get_more_work_mem_and_more_ram_never_less(mb: int, n: int, edition: Edition) -> None:
    def work_mem(ram: int, connections: int) -> int:
        return int(pgtune(Machine(ram=ram * MB, max_connections=connections), edition).settings["work_mem"])

    assert work_mem(mb, n + 1) <= work_mem(mb, n) <= work_mem(mb * 2, n)


@pytest.mark.parametrize(
    ("version", "edition", "notes"), [(18, "current", 2), (17, "current", 1), (14, "current", 0), (18, "classic", 0)]
)
def test_what_not_every_server_was_built_with_is_said(version: int, edition: Edition, notes: int) -> None:
    answer = pgtune(Machine(ram=8192 * MB, pg_version=version), edition)
    assert len(answer.notes) == notes
    assert all("does not start" in note for note in answer.notes)
