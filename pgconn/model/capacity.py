"""How many connections a server may be set to, and how many of them may be reserved."""

from typing import Final

MAX_CONNECTIONS: Final = 262_143
"""The highest max_connections that PostgreSQL takes, and the most places that it has for all of its processes."""


def reserves_fit(max_connections: int, *reserves: int) -> bool:
    """Whether a server with these reserves starts: together they must be less than max_connections."""
    return sum(reserves) < max_connections
