"""What providers give: providers.tsv has what each publishes, or what is known of it."""

import csv
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, strategies as st

from pgconn.data import reading
from pgconn.data.provider import (
    NUMBER,
    Provider,
    Signs,
    lookup,
    names,
    plain,
    provider_in,
    provider_named,
    providers,
    way,
)
from pgconn.data.reading import text
from pgconn.data.service import Assignment
from pgconn.errors import WrongUsage
from pgconn.sql import question

pytestmark = pytest.mark.offline

GB: Final = 2**30
PROVIDERS: Final = providers()
DETECTED: Final = (
    *("Aurora", "RDS", "AlloyDB", "Cloud SQL", "Azure", "Supabase"),
    *("Neon", "Heroku", "DigitalOcean", "Aiven", "Crunchy Bridge", "Timescale"),
)
"""What `pgconn status` calls those that it recognizes."""

with (Path(__file__).parent / "providers.tsv").open(encoding="utf-8", newline="") as published:
    ROWS: Final = tuple(csv.DictReader(published, delimiter="\t"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['provider']}-{row['instance'] or row['ram_gb']}")
def test_it_has_what_the_provider_publishes(row: dict[str, str]) -> None:
    ram = int(float(row["ram_gb"]) * GB) if row["ram_gb"] and not row["instance"] else None
    limits = lookup(row["provider"], row["instance"] or None, ram)
    assert limits.max_connections == int(row["max_connections"])
    assert limits.usable == (int(row["usable"]) if row["usable"] else None)
    assert limits.is_exact == (row["exact"] == "yes")
    if row["ram_gb"]:
        assert limits.ram == int(float(row["ram_gb"]) * GB)


def test_the_formula_of_rds_promises_more_than_aurora_says_it_gives() -> None:
    table = [row for row in ROWS if row["instance"].startswith("db.") and int(row["max_connections"]) < 5000]
    assert len(table) == 11
    for row in table:
        by_formula = lookup("RDS", ram=int(float(row["ram_gb"]) * GB)).max_connections
        assert by_formula is not None
        assert 0.88 < int(row["max_connections"]) / by_formula < 0.97


@pytest.mark.parametrize(
    ("provider", "written", "ram_gb"),
    [
        ("rds", "db.t3.micro", 1),
        ("AWS RDS", "db.m6g.large", 8),
        ("RDS", "db.r7g.4xlarge", 128),
        ("aurora", "db.r6g.large", 16),
        ("azure", "Standard_D2ds_v5", 8),
        ("azure", "Standard_B2ms", 8),
        ("azure", "e4", 32),
        ("neon", "2", 8),
        ("neon", "0.5CU", 2),
        ("cloud sql", "db-custom-2-7680", 7.5),
        ("digitalocean", "db-s-2vcpu-4gb", 4),
        ("digital ocean", "gd-4vcpu-16gb", 16),
        ("aiven", "business-8", 8),
        ("supabase", "xl", 16),
        ("rds", "db.r7i.48xlarge", 1536),
        ("rds", "db.m7g.medium", 4),
        ("azure", "GP_Standard_D2s_v3", 8),
        ("azure", "B_Standard_B1ms", 2),
        ("neon", "9", 36),
        ("neon", "56 CU", 224),
        ("digitalocean", "db-s-16vcpu-64gb", 64),
    ],
)
def test_a_class_is_known_as_its_provider_writes_it(provider: str, written: str, ram_gb: float) -> None:
    assert lookup(provider, written).ram == ram_gb * GB


def test_the_question_for_the_provider_looks_for_its_signs() -> None:
    """The list stands in SQL, so that the question needs neither the files nor a parameter."""
    sql = " ".join(question("Instance", 18).decode().split())
    asked = {name: when for when, name in re.findall(r" when (.+?) then '([^']+)'", sql.partition(" case")[2])}
    signs = {provider.name: provider.recognized for provider in PROVIDERS if provider.recognized is not None}
    assert asked == {name: condition(found) for name, found in signs.items()}
    roles = re.search(r"rolname in \(([^)]+)\)", sql)
    assert roles is not None
    assert set(re.findall(r"'([^']+)'", roles[1])) == {role for found in signs.values() for role in found.roles}
    order = list(asked)
    for name, found in signs.items():
        assert found.before is None or order.index(name) < order.index(found.before)


def condition(signs: Signs) -> str:
    """When a server has one of the signs."""
    parts = [f"exists (select from pg_catalog.pg_proc where proname = '{name}')" for name in signs.functions]
    if len(signs.roles) == 1:
        parts.append(f"'{signs.roles[0]}' = any (roles)")
    elif signs.roles:
        parts.append(f"roles && array[{', '.join(map(repr, signs.roles))}]")
    parts += [f"pg_catalog.current_setting('{name}', true) is not null" for name in signs.settings]
    parts += [f"exists (select from pg_catalog.pg_namespace where nspname = '{name}')" for name in signs.schemas]
    return " or ".join(parts)


@pytest.mark.parametrize("name", DETECTED)
def test_a_service_that_is_recognized_has_a_way(name: str) -> None:
    assert provider_named(name).name == name
    assert lookup(name).words_for(NUMBER)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_provider_says_where_its_number_comes_from_and_how_it_is_changed(provider: Provider) -> None:
    limits = lookup(provider.name)
    assert provider.source
    assert provider.formula
    assert limits.max_connections is None or provider.name == "IBM Cloud"
    assert "{" not in limits.words_for(NUMBER)
    assert limits.restarts
    for command in provider.commands(500):
        assert "{name}" not in command
        assert NUMBER not in command
    if provider.place not in ("plan", "manifest") and limits.commands(NUMBER):
        assert any("max_connections" in command and NUMBER in command for command in limits.commands(NUMBER))


def test_the_way_is_the_one_that_a_refused_change_reports() -> None:
    """What another plan alone changes is not offered as a setting; the others are typed the same everywhere."""
    for provider in PROVIDERS:
        reported = way(provider.name, [Assignment(name="max_connections", value="500", restarts=True)])
        if provider.place == "plan" and provider.service is not None:
            assert "500" not in reported
        else:
            assert all(command in reported for command in provider.commands(500) if provider.service is not None)
    assert '{"max_connections": 500}' in provider_named("IBM").commands(500)[0]
    assert '{"max_connections": NUMBER}' in lookup("IBM").commands(NUMBER)[0]


@pytest.mark.parametrize(
    ("provider", "name", "value", "reported"),
    [
        ("RDS", "jit", "off", "ParameterName=jit,ParameterValue=0,ApplyMethod=immediate"),
        ("Aiven", "work_mem", "16384", "-c work_mem=16"),
        ("DigitalOcean", "work_mem", "16384", '{"work_mem": 16}'),
        ("DigitalOcean", "jit", "off", '{"jit": false}'),
        ("Aiven", "max_connections", "500", "the plan decides"),
        ("Aiven", "shared_buffers", "16384", "shared_buffers_percentage"),
        ("Neon", "max_connections", "500", "the compute size decides"),
        ("Azure", "superuser_reserved_connections", "10", "read-only"),
        ("Cloud SQL", "work_mem", "8192", "name all flags"),
    ],
)
def test_the_way_of_each_service_has_its_own_names_and_units(
    provider: str, name: str, value: str, reported: str
) -> None:
    assert reported in way(provider, [Assignment(name=name, value=value, restarts=False)])


def test_each_is_listed_by_the_name_that_its_file_has() -> None:
    spelled = [name for known in names().values() for name in known]
    assert len({plain(name) for name in spelled}) == len(spelled)
    for file, (name, *_) in names().items():
        assert (provider_in(file).name, plain(name)) == (name, file)


def test_one_file_is_read_for_one_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    names.cache_clear()
    provider_in.cache_clear()

    def noted(path: str) -> str:
        asked.append(path)
        return text(path)

    monkeypatch.setattr(reading, "text", noted)
    assert lookup("gcp", ram=GB).name == "Cloud SQL"
    assert asked == ["providers.toml", "providers/cloudsql.toml"]


def test_a_name_that_is_not_known_gets_the_known_ones() -> None:
    with pytest.raises(WrongUsage, match="'Bahnhof'") as unknown:
        lookup("Bahnhof")
    assert unknown.value.hint
    assert all(provider.name in unknown.value.hint for provider in PROVIDERS)


@pytest.mark.parametrize(
    ("provider", "instance"),
    [
        ("Aurora", "db.r6g.huge"),
        ("Neon", "77"),
        ("Neon", "57"),
        ("DigitalOcean", "0gb"),
        ("DigitalOcean", "db-s-1vcpu"),
        ("Heroku", "standard-1"),
        ("Azure", "Standard_Z9"),
        ("RDS", ".*"),
        ("RDS", ""),
    ],
)
def test_a_class_that_is_not_known_gets_the_known_ones(provider: str, instance: str) -> None:
    with pytest.raises(WrongUsage) as unknown:
        lookup(provider, instance)
    assert repr(instance) in unknown.value.message
    assert unknown.value.hint
    assert all(name in unknown.value.hint for name in provider_named(provider).grants)


def test_a_provider_without_classes_asks_for_nothing() -> None:
    with pytest.raises(WrongUsage) as unknown:
        lookup("Crunchy Bridge", "hobby-2")
    assert unknown.value.hint == "its numbers are not published: ask the server, SHOW max_connections"


@pytest.mark.parametrize("name", ["RDS", "Aurora"])
def test_rds_proxy_opens_a_share_of_what_the_server_has(name: str) -> None:
    assert "as many server connections as MaxConnectionsPercent (100) of max_connections" in lookup(name).pooler


@given(st.integers(2**28, 2**40), st.sampled_from([provider for provider in PROVIDERS if provider.rule]))
def test_more_ram_never_gets_fewer(ram: int, provider: Provider) -> None:
    less, more = lookup(provider.name, ram=ram).max_connections, lookup(provider.name, ram=ram + 2**28).max_connections
    assert less is not None
    assert more is not None
    assert less <= more
