"""`pgconn size` as a process."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pgconn.demo.clients import scalar, session, sessions, wait_until
from pgconn.demo.incidents.slots import full
from pgconn.errors import WrongUsage
from pgconn.sizing.demand import Service, Surge, parse_service
from tests.conftest import Run
from tests.docs.reading import ROOT, outputs
from tests.docs.test_contracts import assert_keeps_its_contract
from tests.servers import Server

SEED = ("--app", "api=10x20", "--app", "web=10x20", "--app", "jobs=10x20")


def answer(pgconn: Run, *arguments: str) -> dict[str, Any]:
    run = pgconn("size", *arguments, "--json")
    assert run.returncode in (0, 1), run.stderr
    assert run.stderr == ""
    assert_keeps_its_contract(run.stdout, "sizing")
    found: dict[str, Any] = json.loads(run.stdout)
    assert found["fits"] == (run.returncode == 0)
    return found


@pytest.mark.offline
def test_the_ram_alone_is_enough(pgconn: Run) -> None:
    found = answer(pgconn, "--ram", "8G")
    assert (found["settings"]["max_connections"], found["settings"]["work_mem"]) == (100, 10 * 2**20)
    assert found["inputs"]["ram"] == {"value": 8 * 2**30, "origin": "given"}
    assert sum(size for name, size in found["memory"].items() if name != "ram") == found["memory"]["ram"] == 8 * 2**30
    assert (found["slots"]["usable"], found["slots"]["alert"], found["slots"]["page"]) == (95, 76, 85)


@pytest.mark.offline
def test_600_connections_against_100_are_told_so_in_words(pgconn: Run) -> None:
    run = pgconn("size", "--ram", "8G", "--cores", "4", *SEED)
    assert run.returncode == 1
    assert run.stdout.startswith(
        "does NOT fit: 600 connections of applications, 6 times the 100 that there are by default, 1200 while a deploy"
        " rolls need max_connections 1520, and the memory of 8GB holds 164. With PgBouncer between, as below,"
        " max_connections 100 is enough\n"
    )
    found = answer(pgconn, "--ram", "8G", "--cores", "4", *SEED)
    assert found["pgbouncer"]["default_pool_size"] == 5
    assert found["limits"] == {"memory": 164, "cpu": 500, "demand": 1520}
    assert {pool["asked_peak"] for pool in found["pools"]} == {400}


@pytest.mark.offline
def test_with_the_pooler_they_fit(pgconn: Run) -> None:
    found = answer(pgconn, "--ram", "8G", "--cores", "4", *SEED, "--pooler", "pgbouncer")
    assert found["fits"]
    assert found["pgbouncer"]["max_client_conn"] == 1500
    assert found["pgbouncer"]["server_connections"] == 21


@pytest.mark.offline
def test_a_number_that_does_not_fit_is_never_the_answer(pgconn: Run) -> None:
    run = pgconn("size", "--ram", "8G", "--max-connections", "200")
    assert run.returncode == 1
    assert "200 warm sessions leave 827.7MB for queries that need 1.5GB; 164 fit" in run.stdout
    assert answer(pgconn, "--ram", "8G", "--max-connections", "200")["settings"]["max_connections"] == 164
    assert answer(pgconn, "--ram", "8G", "--max-connections", "200", "--huge-pages")["fits"]


@pytest.mark.offline
def test_where_nothing_holds_nothing_is_set(pgconn: Run) -> None:
    found = answer(pgconn, "--ram", "256M")
    assert not found["fits"]
    assert not {"max_connections", "work_mem"} & set(found["settings"])


@pytest.mark.offline
@pytest.mark.parametrize("output", ["table", "plain", "csv", "markdown", "json"])
@pytest.mark.parametrize("more", [(), ("--explain",), ("--why", "work_mem"), (*SEED, "--tps", "800", "--hold", "15ms")])
def test_every_format_answers(pgconn: Run, output: str, more: tuple[str, ...]) -> None:
    run = pgconn("size", "--ram", "8G", *more, "-o", output)
    assert run.returncode == (1 if more[:1] == ("--app",) else 0)
    assert "work_mem" in run.stdout
    assert run.stderr == ""
    if output == "table":
        assert all(len(line) <= 80 for line in run.stdout.splitlines())


@pytest.mark.offline
def test_explain_shows_formula_numbers_and_source(pgconn: Run) -> None:
    shown = pgconn("size", "--ram", "8G", "--explain").stdout
    assert "RAM - shared - system - maintenance - page_cache: 8192 - 2119 - 819 - 896 - 1229 = 3129 MB" in shown
    assert "source: measured on PostgreSQL 13 to 19" in shown
    assert "deploy slow" in shown


@pytest.mark.offline
def test_why_shows_the_chain_behind_one_number(pgconn: Run) -> None:
    chain = [reason["name"] for reason in answer(pgconn, "--ram", "8G", "--why", "max_connections")["reasons"]]
    assert chain[:3] == ["max_connections", "memory_allows", "session"]
    assert "work_mem" not in chain


@pytest.mark.offline
def test_a_name_that_is_not_there_is_answered_with_those_that_are(pgconn: Run) -> None:
    run = pgconn("size", "--ram", "8G", "--why", "work_memory")
    assert (run.returncode, run.stdout) == (2, "")
    assert "work_mem, " in run.stderr


@pytest.mark.offline
@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("web=10x20", Service(app="web", instances=10, pool=20)),
        ("web=10x4x5", Service(app="web", instances=10, workers=4, pool=5)),
        ("web=10", Service(app="web", instances=10)),
        ("web=10x?", Service(app="web", instances=10)),
        ("web=10x4x?", Service(app="web", instances=10, workers=4)),
        ("web=6x4x5+10", Service(app="web", instances=6, workers=4, pool=15)),
        ("a b=1x1@recreate", Service(app="a b", instances=1, pool=1, surge=Surge(deploy="recreate"))),
        ("web=3x2@1", Service(app="web", instances=3, pool=2, surge=Surge(more=1))),
    ],
)
def test_an_application_is_read_as_it_is_written(text: str, service: Service) -> None:
    assert parse_service(text) == service


@pytest.mark.offline
@pytest.mark.parametrize(
    "text",
    [
        "web",
        "web=",
        "=10x20",
        "web=0x5",
        "web=10x0",
        "web=1x2x3x4",
        "web=?x5",
        "web=1+2x5",
        "web=1x1@often",
        "web=-1x5",
    ],
)
def test_an_application_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        parse_service(text)


@pytest.mark.offline
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--ram", "8"),
        ("--ram", "1M"),
        ("--ram", "8G", "--app", "web=10x20", "--app", "web=1x1"),
        ("--ram", "8G", "--surge", "often"),
        ("--ram", "8G", "--serverless", "many"),
        ("--ram", "8G", "--tps", "5"),
        ("--ram", "8G", "--tps", "-5", "--hold", "1s"),
        ("--ram", "8G", "--tps", "5", "--hold", "0s"),
        ("--ram", "8G", "--active", "0"),
        ("--ram", "8G", "--utilisation", "180%"),
        ("--ram", "8G", "--pg-version", "9"),
        ("--ram", "8G", "--max-connections", "5"),
        ("--ram", "8G", "--rule", "mine"),
        ("--rule", "textbook"),
        ("--ram", "8G", "--provider", "nobody"),
        ("--ram", "8G", "--instance-class", "db.t4g.large"),
        ("--ram", "8G", "--to", "500"),
        ("--ram", "8G", "--from", "500", "--to", "100"),
        ("--ram", "8G", "--cores", "nan"),
        ("--ram", "8G", "--cores", "inf"),
        ("--from", "100", "--to", "500", "--rule", "textbook"),
        ("--from", "100", "--to", "500", "--app", "web=10x20"),
        ("--from", "100", "--to", "500", "--emit", "conf"),
        ("--ram", "8G", "--emit", "conf", "--why", "work_mem"),
        ("--provider", "rds"),
        ("--provider", "heroku", "--instance-class", "standard-0"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(pgconn: Run, arguments: tuple[str, ...]) -> None:
    run = pgconn("size", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("pgconn: ")
    assert "\nhint: " in run.stderr


@pytest.mark.offline
def test_functions_hold_their_own_connections(pgconn: Run) -> None:
    found = answer(pgconn, "--ram", "8G", "--serverless", "500x2")
    (pool,) = found["pools"]
    assert (pool["asked_peak"], pool["surge"]) == (1000, 500)
    assert found["limits"]["demand"] == 1270


@pytest.mark.offline
def test_the_rules_of_others_answer_as_they_do(pgconn: Run) -> None:
    textbook = answer(pgconn, "--ram", "8G", "--max-connections", "200", "--rule", "textbook")
    assert textbook["settings"]["work_mem"] == pytest.approx(10.24 * 2**20, abs=1024)
    assert textbook["binding"] == "rule"
    classic = answer(pgconn, "--ram", "8G", "--max-connections", "200", "--rule", "pgtune@classic")
    assert classic["settings"]["work_mem"] == 5242 * 1024
    shown = pgconn("size", "--ram", "8G", "--max-connections", "200", "--rule", "pgtune")
    assert "work_mem" in shown.stdout
    for rule in ("textbook", "pgtune"):
        assert not re.search(r"\d{7}", pgconn("size", "--ram", "8G", "--rule", rule, "--explain").stdout)


@pytest.mark.offline
def test_the_textbooks_numbers_stand_beside_ours(pgconn: Run) -> None:
    (work_mem, session) = answer(pgconn, "--ram", "8G")["differences"]
    assert (work_mem["name"], work_mem["textbook"]) == ("work_mem", 20971 * 1024)
    assert (session["name"], session["textbook"]) == ("session", 10 * 2**20)
    assert work_mem["why"]


@pytest.mark.offline
def test_raising_answers_with_its_costs(pgconn: Run) -> None:
    run = pgconn("size", "--ram", "8G", "--from", "100", "--to", "500", "--json")
    assert run.returncode == 0
    assert_keeps_its_contract(run.stdout, "raising")


@pytest.mark.offline
def test_a_provider_gives_ram_reserve_and_limit(pgconn: Run) -> None:
    found = answer(pgconn, "--provider", "neon", "--instance-class", "0.25")
    assert found["inputs"]["ram"]["origin"] == "detected"
    assert found["slots"]["provider_reserved"] + found["slots"]["superuser_reserved"] == 7


@pytest.mark.offline
@pytest.mark.parametrize(
    ("options", "said", "file"),
    [
        (("rds", "--instance-class", "db.t3.micro"), "about 112 by default", "--emit parameter-group"),
        (
            ("aiven", "--instance-class", "startup-4"),
            "to 100 by the plan, and nothing else changes it",
            "parameter-group",
        ),
        (("ibm", "--ram", "8G"), "115 by default", None),
    ],
)
def test_of_a_provider_the_answer_says_what_can_be_set(
    pgconn: Run, options: tuple[str, ...], said: str, file: str | None
) -> None:
    shown = pgconn("size", "--provider", *options).stdout
    assert said in shown
    assert file in shown if file else "--emit" not in shown


@pytest.mark.offline
def test_what_is_advised_next_works_where_nothing_holds(pgconn: Run) -> None:
    shown = pgconn("size", "--ram", "512M").stdout
    assert "6 sessions need 1GB of RAM" in shown
    assert "pgconn size --why memory_allows --ram 512M" in shown
    assert pgconn("size", "--ram", "512M", "--why", "memory_allows").stdout.startswith("why memory_allows is 4\n")


@pytest.mark.offline
def test_what_is_typed_next_leads_to_the_same_answer(pgconn: Run) -> None:
    shown = pgconn("size", "--ram", "8G", "--cores", "4", "--app", "web=2x3", "--no-jit", "--active", "40%").stdout
    assert "pgconn size --why max_connections --ram 8G --cores 4 --no-jit --active 40% --app web=2x3" in shown


@pytest.mark.offline
def test_the_files_are_made_instead_of_the_page(pgconn: Run, tmp_path: Path) -> None:
    run = pgconn("size", "--ram", "8G", "--emit", "conf")
    assert run.returncode == 0
    assert "\nmax_connections = 100" in run.stdout
    assert pgconn("size", "--ram", "8G", "--max-connections", "200", "--emit", "conf").returncode == 1


def test_a_server_and_its_machine_fill_in_what_is_not_given(
    local_cluster: Server, pgconn_at: Callable[[Server], Run]
) -> None:
    with sessions(local_cluster, 6, user="app"):
        found = answer(pgconn_at(local_cluster), "--live")
    inputs = found["inputs"]
    for name in ("ram", "cores", "pg_version", "max_locks_per_transaction", "sessions"):
        assert inputs[name]["origin"] == "detected"
    assert inputs["pg_version"]["value"] == local_cluster.major
    assert inputs["sessions"]["value"] == 6
    assert found["current"]["max_connections"] == 30
    assert found["current"]["work_mem"] == 4 * 2**20


def test_what_is_given_wins_over_what_a_server_tells(local_cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    found = answer(pgconn_at(local_cluster), "--live", "--ram", "8G", "--pg-version", "15")
    assert found["inputs"]["ram"] == {"value": 8 * 2**30, "origin": "given"}
    assert found["inputs"]["pg_version"] == {"value": 15, "origin": "given"}


def test_a_monitoring_role_is_enough_and_what_it_cannot_see_is_said(
    local_cluster: Server, pgconn_at: Callable[[Server], Run]
) -> None:
    run = pgconn_at(local_cluster)("size", "--live", "-U", "watcher", "--ram", "8G")
    assert run.returncode == 0
    assert "transactions since" in run.stdout or "\nload " in run.stdout or local_cluster.major < 14
    ordinary = pgconn_at(local_cluster)("size", "--live", "-U", "nobody_special", "--ram", "8G")
    assert ordinary.returncode == 0


def transactions(server: Server) -> int:
    """How many the server has counted so far, which it does a moment after they are done."""
    with session(server) as connection:
        return int(scalar(connection, "select sum(xact_commit) from pg_catalog.pg_stat_database"))


def test_the_load_is_what_the_server_counted(local_cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    before = transactions(local_cluster)
    with session(local_cluster) as connection:
        for _ in range(1200):
            connection.execute("SELECT 1")
    wait_until(lambda: transactions(local_cluster) >= before + 1200, "what was done")
    found = answer(pgconn_at(local_cluster), "--live")
    if local_cluster.major < 14:
        assert any("from PostgreSQL 14 on" in note for note in found["notes"])
        return
    assert found["inputs"]["tps"]["origin"] == "detected"
    assert found["load"]["hold"] == found["inputs"]["hold"]["value"] > 0


def test_one_connection_is_enough(local_cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    with sessions(local_cluster, 24 if local_cluster.major >= 16 else 26, user="app"):
        assert pgconn_at(local_cluster)("size", "--live", "-U", "app2", "--no-walsender").returncode == 0


def test_the_server_says_from_where_it_is_raised(local_cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    run = pgconn_at(local_cluster)("size", "--live", "--to", "100", "--json")
    assert run.returncode == 0
    slots = json.loads(run.stdout)["slots"]
    assert (slots["from"], slots["usable_before"]) == (30, 25 if local_cluster.major >= 16 else 27)


@pytest.mark.offline
def test_the_guide_shows_what_is_printed(pgconn: Run) -> None:
    guide = (ROOT / "docs" / "how-to" / "size-a-server.md").read_text(encoding="utf-8")
    runs = (("--ram", "8G"), ("--ram", "8G", "--cores", "4", *SEED))
    printed = [line for run in runs for line in pgconn("size", *run, "-o", "table").stdout.splitlines()]
    assert [line for line in outputs(guide) if line not in printed] == []


@pytest.mark.offline
def test_a_load_without_measure_is_told_to_have_no_end(pgconn: Run) -> None:
    run = pgconn("size", "--ram", "8G", "--tps", "1000000", "--hold", "1h")
    assert run.returncode == 1
    assert "the queue grows without end" in run.stdout


@pytest.mark.offline
def test_a_pool_that_is_larger_than_its_load_is_named(pgconn: Run) -> None:
    shown = pgconn("size", "--ram", "8G", "--app", "web=4x10", "--surge", "fast", "--tps", "100", "--hold", "5ms")
    assert "web: a pool of 2 is enough for this load, and 10 were asked for" in shown.stdout


@pytest.mark.offline
def test_a_large_server_without_huge_pages_is_told_what_they_would_save(pgconn: Run) -> None:
    large = ("--ram", "64G", "--max-connections", "400")
    said = "page tables of 400 sessions take 12.5GB, and nothing with huge pages"
    assert said in answer(pgconn, *large)["notes"]
    assert answer(pgconn, *large, "--huge-pages")["notes"] == []


def test_a_full_server_is_looked_at_all_the_same(local_cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    with full(local_cluster):
        run = pgconn_at(local_cluster)("size", "--live", "--ram", "8G", "--json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["inputs"]["sessions"]["value"] == 30
    assert found["slots"]["superusers"] > 0


def test_a_pooler_hides_the_machine_and_that_is_said(
    cluster: Server, pgbouncer: Callable[..., Any], pgconn_at: Callable[[Any], Run]
) -> None:
    run = pgconn_at(pgbouncer(cluster, "transaction"))("size", "--live", "--ram", "8G", "--json")
    assert run.returncode == 0, run.stderr
    notes = json.loads(run.stdout)["notes"]
    assert any("through a pooler" in note for note in notes)
    assert any("give --ram and --cores" in note for note in notes)
