"""Each number of the policy says its unit and its reason, where schema and documents find them."""

import msgspec
import pytest

from pgconn.config.policy import DEFAULT, Policy, numbers_of
from pgconn.server import timeouts

pytestmark = pytest.mark.offline


def test_every_threshold_has_a_unit_and_a_reason() -> None:
    found = {number.name: number for number in numbers_of(Policy)}
    assert tuple(found) == Policy.__struct_fields__
    assert all(number.unit and number.reason for number in found.values())
    assert found["idle_seconds"].value == DEFAULT.idle_seconds


def test_the_schema_of_the_policy_says_unit_default_and_reason() -> None:
    schema = msgspec.json.schema(Policy)["$defs"]["Policy"]["properties"]
    assert schema["slots_warning"] == {
        "type": "number",
        "minimum": 0,
        "default": 0.8,
        "unit": "of the usable slots",
        "description": "what monitoring commonly warns at, some deploys before the end",
    }
    assert all({"unit", "default", "description"} <= threshold.keys() for threshold in schema.values())


def test_a_threshold_below_zero_is_refused_when_a_policy_is_read() -> None:
    assert msgspec.convert({"idle_share": 0.7}, Policy).idle_share == 0.7
    with pytest.raises(msgspec.ValidationError, match="idle_share"):
        msgspec.convert({"idle_share": -0.1}, Policy)


def test_a_module_with_time_outs_is_read_the_same_way() -> None:
    found = {number.name: number for number in numbers_of(timeouts)}
    assert found["CONNECT_TIMEOUT"].value == 5
    assert found["STATEMENT_TIMEOUT"].sentence.startswith("STATEMENT_TIMEOUT is 4000 milliseconds: our questions")
    assert set(found) == {name for name in vars(timeouts) if name.isupper()}
