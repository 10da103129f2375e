"""`pgconn pool` and `pgconn pool --list`, which need no server."""

import csv
import io
import json

import pytest
from markdown_it import MarkdownIt

from pgconn.data import framework as data
from pgconn.emit.pools import pool
from tests.conftest import Run
from tests.docs.test_contracts import assert_keeps_its_contract

pytestmark = pytest.mark.offline

AWKWARD = "we'b\"\\\n${x} «max» [b]x[/b] `id`" + "x" * 80


def texts(framework: str, app: str = "web", *, pooled: bool = False) -> list[str]:
    made = pool(framework, most=8, app=app, transaction_pooling=pooled)
    return [snippet.text for snippet in (*made.snippets, made.give_back)]


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize("output", ["plain", "table"])
@pytest.mark.parametrize("framework", ["npgsql", "rails", "php-pdo", "database-sql"])
def test_the_snippets_are_printed_as_they_stand_at_every_width(
    pgconn: Run, framework: str, output: str, columns: int
) -> None:
    ran = pgconn("pool", framework, "--max", "8", "--app", AWKWARD, "-o", output, columns=columns)
    assert (ran.returncode, ran.stderr) == (0, "")
    for text in texts(framework, AWKWARD):
        assert f"\n\n{text}" in ran.stdout


def test_the_snippets_in_markdown_are_fences_that_hold_them_whole(pgconn: Run) -> None:
    ran = pgconn("pool", "postgres.js", "--max", "8", "--app", "```", "-o", "markdown")
    fences = [token for token in MarkdownIt("commonmark").parse(ran.stdout) if token.type == "fence"]
    assert [fence.content for fence in fences] == texts("postgres.js", "```")
    assert {fence.info for fence in fences} == {"javascript"}


@pytest.mark.parametrize("name", data.names())
def test_the_json_of_every_framework_keeps_its_contract(pgconn: Run, name: str) -> None:
    ran = pgconn("pool", name, "--max", "8", "--app", "web", "--transaction-pooling", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert_keeps_its_contract(ran.stdout, "pool")
    value = json.loads(ran.stdout)
    assert (value["max"], value["application_name"], value["transaction_pooling"]) == (8, "web", True)
    assert [snippet["text"] for snippet in value["snippets"]] == texts(name, pooled=True)[:-1]


def test_the_list_has_them_all_in_every_format(pgconn: Run) -> None:
    ran = pgconn("pool", "--list", "--json")
    assert_keeps_its_contract(ran.stdout, "frameworks")
    names = [one["name"] for one in json.loads(ran.stdout)["frameworks"]]
    assert len(names) == 22
    rows = list(csv.DictReader(io.StringIO(pgconn("pool", "--list", "-o", "csv").stdout)))
    assert [row["name"] for row in rows] == names
    assert rows[names.index("npgsql")]["peak"] == "100"
    plain = pgconn("pool", "--list").stdout
    table = pgconn("pool", "--list", "-o", "table", columns=80).stdout
    for name in names:
        assert f"\n{name} " in plain
        assert f"\n{name} " in table
    assert "…" not in table
    assert max(map(len, table.splitlines())) <= 80


def test_the_csv_of_a_pool_holds_the_snippets_in_a_column(pgconn: Run) -> None:
    printed = pgconn("pool", "pgx", "--max", "8", "--app", "web", "-o", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["what"] for row in rows][:3] == ["snippet", "snippet", "give_back"]
    assert "config.MaxConns = 8" in rows[0]["text"]


@pytest.mark.parametrize(
    ("arguments", "said", "hinted"),
    [
        (["railz", "--max", "8"], "there is no framework 'railz'", "rails"),
        (["x\x1b[2Jy", "--max", "8"], r"x\x1b[2Jy", "--list"),
        (["pg"], "how many connections may pg open?", "--max 8"),
        ([], "no framework is named", "--list"),
        (["pg", "--max", "0"], "--max", ""),
        (["pg", "--max", "-1"], "--max", ""),
        (["pg", "--max", "99999999999999999999"], "--max", ""),
        (["pg", "--max", "many"], "--max", ""),
        (["pg", "--max", "8", "--app", " "], "empty", "--app web"),
        (["pg", "--list"], "--list", ""),
        (["--list", "--max", "8"], "--list", ""),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(pgconn: Run, arguments: list[str], said: str, hinted: str) -> None:
    ran = pgconn("pool", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    first, hint = ran.stderr.splitlines()
    assert said in first
    assert hint.startswith("hint: ")
    assert hinted in hint
    assert "\x1b" not in ran.stderr


def test_without_a_name_of_the_service_the_page_says_how_to_give_it(pgconn: Run) -> None:
    ran = pgconn("pool", "pg", "--max", "8")
    assert "my-service@" in ran.stdout
    assert "--app NAME" in ran.stdout


def test_a_pool_needs_neither_the_driver_nor_rich(pgconn: Run) -> None:
    ran = pgconn("pool", "rails-8.0", "--max", "5", env={"PYTHONVERBOSE": "1"})
    loaded = {line.split("'")[1] for line in ran.stderr.splitlines() if line.startswith("import '")}
    assert "pgconn.emit.pools" in loaded
    assert not {"psycopg", "rich", "tabulate"} & loaded
