"""The protections that every command which ends sessions obeys."""

from typing import Literal

from pgconn.model.protection import Protection
from pgconn.model.value import Value


class Protected(Value, frozen=True, kw_only=True, tag_field="kind", tag="protections"):
    """All protections, in the order in which they are looked at."""

    version: Literal[1] = 1
    protections: tuple[Protection, ...]
