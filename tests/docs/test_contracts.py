"""docs/contracts.md and docs/schemas/ say what pgconn really does."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

import msgspec
import pytest

from pgconn.demo.clients import sessions
from pgconn.documents.contract import DOCUMENTS
from pgconn.errors import BUG, PgconnError
from pgconn.model.refusal import Limit
from tests.conftest import Run
from tests.docs.generate import DOCS, kind_of
from tests.docs.reading import ROOT
from tests.servers import Server

CONTRACTS: Final = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
KINDS: Final = {kind_of(document): document for document in DOCUMENTS}


def exit_codes(family: type[PgconnError] = PgconnError) -> Iterator[int]:
    yield family.exit_code
    for member in family.__subclasses__():
        yield from exit_codes(member)


def schema(kind: str) -> dict[str, Any]:
    found = json.loads((DOCS / "schemas" / f"{kind}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def keys(kind: str) -> set[str]:
    """Every key that a document of this kind may have, at any depth."""
    whole = schema(kind)
    return {key for part in whole["$defs"].values() for key in part.get("properties", ())}


def assert_fits(value: object, part: dict[str, Any], whole: dict[str, Any], where: str = "$") -> None:
    """The value has exactly the keys that the schema names, wherever it is an object."""
    if "$ref" in part:
        assert_fits(value, whole["$defs"][part["$ref"].rpartition("/")[2]], whole, where)
    elif "anyOf" in part and isinstance(value, dict | list):
        (chosen,) = (choice for choice in part["anyOf"] if choice.get("type") != "null")
        assert_fits(value, chosen, whole, where)
    elif isinstance(value, dict) and "properties" in part:
        assert list(value) == list(part["properties"]), where
        assert set(value) == set(part["required"]), where
        for name, inner in value.items():
            assert_fits(inner, part["properties"][name], whole, f"{where}.{name}")
    elif isinstance(value, list) and "items" in part:
        for inner in value:
            assert_fits(inner, part["items"], whole, f"{where}[]")


def assert_keeps_its_contract(printed: str, kind: str) -> None:
    """One line, one object, of this kind, with the types of the model and the keys of the schema."""
    assert printed.count("\n") == 1
    assert printed.endswith("\n")
    value = json.loads(printed)
    assert list(value)[:2] == ["kind", "version"]
    assert (value["kind"], value["version"]) == (kind, 1)
    document = msgspec.json.decode(printed, type=KINDS[kind])
    assert msgspec.json.decode(msgspec.json.encode(document)) == value
    whole = schema(kind)
    assert_fits(value, whole, whole)


@pytest.mark.offline
@pytest.mark.parametrize("code", sorted({0, 130, BUG, *exit_codes()}))
def test_every_exit_code_is_explained(code: int) -> None:
    assert re.search(rf"^\| {code} \| \S", CONTRACTS, re.MULTILINE)


@pytest.mark.offline
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_json_has_its_section_and_its_schema(kind: str) -> None:
    assert f"### {kind}\n" in CONTRACTS
    assert f"(schemas/{kind}.json)" in CONTRACTS


@pytest.mark.offline
@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained(kind: str) -> None:
    missing = {key for key in keys(kind) if f"`{key}`" not in CONTRACTS}
    assert not missing


@pytest.mark.offline
@pytest.mark.parametrize("limit", get_args(Limit))
def test_every_limit_that_refuses_is_explained(limit: str) -> None:
    assert f"`{limit}`" in CONTRACTS


@pytest.mark.offline
def test_an_error_keeps_its_contract(pgconn: Run) -> None:
    run = pgconn("status", "--json", "-h", "127.0.0.1", "-p", "1")
    assert run.returncode == 3
    assert_keeps_its_contract(run.stdout, "error")
    assert json.loads(run.stdout)["exit"] == 3


def test_a_status_keeps_its_contract(cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    with sessions(cluster, 24, user="app"):
        run = pgconn_at(cluster)("status", "--json", "--by", "app,state")
    assert run.returncode == 0
    assert_keeps_its_contract(run.stdout, "status")
    value = json.loads(run.stdout)
    assert value["findings"]
    assert value["findings"][0]["remedies"]
    assert value["pivot"]["rows"]


def test_the_sessions_keep_their_contract(cluster: Server, pgconn_at: Callable[[Server], Run]) -> None:
    with sessions(cluster, 3, user="app"):
        run = pgconn_at(cluster)("sessions", "--json", "--user", "app")
    assert run.returncode == 0
    assert_keeps_its_contract(run.stdout, "sessions")
    assert json.loads(run.stdout)["matched"] == 3


@pytest.mark.parametrize("arguments", [("status",), ("status", "--by", "app,state"), ("sessions",)])
def test_the_columns_of_csv_are_those_of_the_contract(
    cluster: Server, pgconn_at: Callable[[Server], Run], arguments: tuple[str, ...]
) -> None:
    with sessions(cluster, 2, user="app"):
        run = pgconn_at(cluster)(*arguments, "-o", "csv")
    header = run.stdout.partition("\n")[0]
    assert f"\n{header}\n" in CONTRACTS
