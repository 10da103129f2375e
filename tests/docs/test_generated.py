"""What is generated is what would be generated now."""

import pytest

from pgconn.config.policy import Policy
from pgconn.data.provider import providers
from pgconn.rules import RULES
from pgconn.server import timeouts
from pgconn.sizing.assumptions import Assumptions
from tests.docs.generate import DOCS, documents

pytestmark = pytest.mark.offline

_AGAIN = "run: python -m tests.docs.generate"


def test_every_generated_document_is_as_the_code_is() -> None:
    stale = [name for name, text in documents().items() if not _holds(name, text)]
    assert not stale, _AGAIN


def test_no_generated_document_is_left_over() -> None:
    kept = {
        path.relative_to(DOCS).as_posix() for part in ("schemas/*", "reference/*", "*.1") for path in DOCS.glob(part)
    }
    assert kept == set(documents()), _AGAIN


def test_every_rule_has_its_page() -> None:
    pages = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"## {rule.name}\n\n{rule.page}\n" in pages


def test_every_number_of_the_policy_is_explained() -> None:
    page = (DOCS / "reference" / "policy.md").read_text(encoding="utf-8")
    constants = (name for name in vars(timeouts) if name.isupper())
    for name in (
        *Policy.__struct_fields__,
        *constants,
        "TERMINATION_WAIT",
        "MANY_APPLICATIONS",
        *Assumptions.__struct_fields__,
    ):
        assert f"| `{name}` |" in page


def test_every_provider_has_its_section() -> None:
    page = (DOCS / "reference" / "providers.md").read_text(encoding="utf-8")
    for provider in providers():
        assert f"## {provider.name}\n" in page


def _holds(name: str, text: str) -> bool:
    path = DOCS / name
    return path.is_file() and path.read_text(encoding="utf-8") == text
