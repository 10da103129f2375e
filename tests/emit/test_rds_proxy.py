"""Amazon RDS Proxy: both files say the same, and no more connections than the server has for pools."""

import re
from typing import Any, Final

import msgspec
import pytest
import yaml

from pgconn.data.pooler_settings import rds_proxy_notes
from pgconn.documents.sizing import Input, Sizing
from pgconn.emit import emit
from pgconn.emit.emitted import Options, Pooler
from pgconn.errors import PgconnError, WrongUsage
from tests.emit.made import MIB
from tests.emit.started import for_slots

pytestmark = pytest.mark.offline

RESOURCES: Final = {
    "AWS::RDS::DBProxy": "aws_db_proxy",
    "AWS::EC2::SecurityGroup": "aws_security_group",
    "AWS::EC2::SecurityGroupIngress": "aws_security_group_rule",
    "AWS::IAM::Role": "aws_iam_role",
    "AWS::IAM::Policy": "aws_iam_role_policy",
}


Template: Final[Any] = type("Template", (yaml.SafeLoader,), {})
"""A reader of CloudFormation, whose functions are read as a map of their name and what they are given."""


def _function(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise ValueError(node)


Template.add_multi_constructor("!", _function)


def server(provider: str = "rds", *, made: Sizing | None = None, **current: int) -> Sizing:
    """A sizing for a server of 16 GiB there."""
    one = made or for_slots(71, pool_size=50)
    known: dict[str, int | str] = {"provider": provider, "ram": 16 * 1024 * MIB}
    inputs = {name: Input(value=value, origin="given") for name, value in known.items()}
    return msgspec.structs.replace(one, inputs=one.inputs | inputs, current=dict(current))


def files(made: Sizing, *users: str) -> tuple[str, dict[str, Any]]:
    """The Terraform as text, and the template as it is read."""
    terraform, template = emit("rds-proxy", made, Options(pooler=Pooler(users=users)))
    return terraform.text, yaml.load(template.text, Loader=Template)


def percentages(made: Sizing) -> tuple[int, int]:
    """What both files say, which is the same."""
    terraform, template = files(made)
    pool = template["Resources"]["ProxyTargets"]["Properties"]["ConnectionPoolConfigurationInfo"]
    found = dict(re.findall(r"^    (\w+) += (\S+)$", terraform, re.MULTILINE))
    assert pool == {
        "MaxConnectionsPercent": int(found["max_connections_percent"]),
        "MaxIdleConnectionsPercent": int(found["max_idle_connections_percent"]),
        "ConnectionBorrowTimeout": int(found["connection_borrow_timeout"]),
        "SessionPinningFilters": [],
    }
    assert found["session_pinning_filters"] == "[]"
    return pool["MaxConnectionsPercent"], pool["MaxIdleConnectionsPercent"]


@pytest.mark.parametrize("has", [100, 97, 120, 400, 1802, 5000])
def test_the_percentages_are_of_the_max_connections_that_the_server_has(has: int) -> None:
    most, idle = percentages(server(max_connections=has))
    assert most * has // 100 <= min(71, has - 5)
    assert (most + 1) * has / 100 > min(71, has - 5)
    assert 1 <= idle <= most


def test_without_a_look_they_are_of_what_the_class_gives_and_that_is_said() -> None:
    """16 GiB by 9531392 bytes each; and with the 24 that were planned they would be others."""
    assert percentages(server()) == (71 * 100 // 1802, 3)
    terraform, _ = files(server())
    said = " ".join(terraform.replace("#", " ").split())
    assert "1802 is the max_connections that RDS gives this instance by itself" in said
    assert "with the 24 that were planned, max_connections_percent is 100" in said


def test_aurora_has_a_cluster_and_rds_an_instance() -> None:
    for provider, kind, key in (
        ("rds", "instance", "DBInstanceIdentifiers"),
        ("aurora", "cluster", "DBClusterIdentifiers"),
    ):
        terraform, template = files(server(provider, max_connections=100))
        assert f"db_{kind}_identifier = var.server" in terraform
        assert template["Resources"]["ProxyTargets"]["Properties"][key] == [{"Ref": "Server"}]


def test_both_files_make_the_same_resources() -> None:
    terraform, template = files(server(max_connections=100))
    made = {resource["Type"] for resource in template["Resources"].values()}
    assert made - {"AWS::RDS::DBProxyTargetGroup"} == set(RESOURCES)
    there = set(re.findall(r'^resource "(\w+)"', terraform, re.MULTILINE))
    assert there == {*RESOURCES.values(), "aws_db_proxy_default_target_group", "aws_db_proxy_target"}
    proxy = template["Resources"]["Proxy"]["Properties"]
    assert (proxy["EngineFamily"], proxy["RequireTLS"], proxy["Auth"][0]["IAMAuth"]) == ("POSTGRESQL", True, "REQUIRED")
    named = set(re.findall(r"\bvar\.(\w+)", terraform))
    assert named == set(re.findall(r'^variable "(\w+)"', terraform, re.MULTILINE))
    assert set(_names(template["Resources"])) <= {*template["Parameters"], *template["Resources"]}


def _names(value: Any) -> list[str]:
    """Every name that a template refers to."""
    if isinstance(value, dict):
        return [*([value["Ref"]] if "Ref" in value else []), *(name for one in value.values() for name in _names(one))]
    return [name for one in value for name in _names(one)] if isinstance(value, list) else []


def test_both_files_say_what_a_function_needs_and_what_pins() -> None:
    for file in emit("rds-proxy", server(max_connections=100), Options()):
        said = " ".join(file.text.replace("#", " ").split())
        notes = rds_proxy_notes()
        assert all(f"- {note}" in said for note in (*notes.needs, *notes.pins))
    assert all(word in str(notes) for word in ("rds-db:connect", "a pool of 1", "security group", "LISTEN", "SET"))


@pytest.mark.parametrize("name", ['a"b', "${var.x}", "%{ if true }", "a\nb: c", "!Ref x", "{{resolve:x}}", "数"])
def test_a_role_is_a_text_in_both_languages(name: str) -> None:
    terraform, template = files(server(max_connections=100), name)
    assert template["Parameters"]["DbUser"]["Default"] == name
    (line,) = re.findall(r"^  default = (.*)$", terraform, re.MULTILINE)
    plain = yaml.safe_load(line.replace("$${", "${").replace("%%{", "%{"))
    assert plain == name
    assert not re.search(r"(?<![$])[$]\{|(?<!%)%\{", line)


def test_a_server_elsewhere_or_without_a_known_number_makes_no_file() -> None:
    with pytest.raises(WrongUsage, match="does not stand before Neon"):
        emit("rds-proxy", server("neon"), Options())
    unknown = server()
    unknown = msgspec.structs.replace(unknown, inputs={})
    with pytest.raises(WrongUsage, match="is not known"):
        emit("rds-proxy", unknown, Options())
    with pytest.raises(WrongUsage, match="no pooler"):
        emit("rds-proxy", msgspec.structs.replace(server(), pgbouncer={}), Options())
    with pytest.raises(PgconnError, match="50 connections are the fewest, and 9 slots"):
        emit("rds-proxy", server(made=for_slots(9), max_connections=5000), Options())
