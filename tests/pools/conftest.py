"""Other languages' pools are run where they were installed for that, not wherever a compiler happens to be."""

import pytest

from tests.pools.place import CACHE


@pytest.fixture(autouse=True)
def _was_installed() -> None:
    """Skip everything here before tests/pools/install has made its folder."""
    if not CACHE.is_dir():
        pytest.skip(f"there is no {CACHE}: run tests/pools/install")
