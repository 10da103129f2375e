"""The options that choose servers and poolers, known to pytest before it takes their values for folders of tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("servers")
    group.addoption(
        "--bindir", action="append", default=[], metavar="DIR", help="test on the server in DIR; repeatable"
    )
    group.addoption("--containers", nargs="*", type=int, metavar="MAJOR", help="test on official images (16 18)")
    group.addoption(
        "--pooler",
        action="append",
        default=[],
        metavar="PATH",
        help="test with this program: pgbouncer, pgpool, pgagroal or odyssey; repeatable",
    )
