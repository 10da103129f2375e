"""The values that travel: each is frozen, slotted, keyword-only, and compared by content."""

from datetime import datetime
from typing import Annotated

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone, ISO 8601 in JSON."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all values; each subclass repeats both words, for the type checker."""
