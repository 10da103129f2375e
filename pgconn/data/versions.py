"""The major versions of PostgreSQL that pgconn knows: `versions.toml`, a table each."""

import datetime
import functools
from typing import Any

import msgspec

from pgconn.data.reading import toml
from pgconn.model import Value


class Version(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A major version: the day of its last release, None while that is open, some defaults, and what a slot takes.

    `slot_mib` is the shared memory of a slot, `lock_mib` and `io_handle_mib` what each of max_locks_per_transaction and
    each handle for asynchronous I/O add to it. `locks_held` is how many locks the table of all locks holds, of those
    that it held until 18 at the same setting.
    """

    ends: datetime.date | None = None
    hash_mem_multiplier: float
    max_locks_per_transaction: int
    jit: bool
    slot_mib: float
    lock_mib: float
    io_handle_mib: float
    locks_held: float


@functools.cache
def versions() -> dict[int, Version]:
    """Every version that pgconn knows, the oldest first."""
    found, so_far = dict[int, Version](), dict[str, Any]()
    for major, table in toml("versions.toml", dict[str, dict[str, Any]]).items():
        so_far |= table
        found[int(major)] = msgspec.convert(so_far if "ends" in table else so_far | {"ends": None}, Version)
    return found


def version(major: int) -> Version:
    """What is known of a version; of a newer one, what holds for the newest."""
    known = versions()
    return known.get(major) or known[max(known) if major > max(known) else min(known)]


def oldest() -> int:
    """The oldest version that pgconn works with."""
    return min(versions())


def newest() -> int:
    """The newest version that pgconn works with."""
    return max(versions())
