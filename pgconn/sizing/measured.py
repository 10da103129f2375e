"""What was measured on PostgreSQL 13 to 19 (Linux, 4 kB pages, idle clients), in MiB unless the name says otherwise.

A backend's memory is what it owns alone: private pages and page tables. What `top` shows beside that is shared with
all others and is counted once, as shared memory.
"""

from typing import Final

from pgconn.data.versions import version
from pgconn.model import Value
from pgconn.text.units import Bytes

MIB: Final = 2**20
GIB: Final = 2**30


class Footprint(Value, frozen=True, kw_only=True):
    """What a session that has worked for a while owns: itself, each table it touched, each statement it prepared."""

    base_mib: float
    table_kib: float
    statement_kib: float

    def mib(self, tables: int, statements: int) -> float:
        """The memory of a session with so many tables and statements; `DISCARD ALL` returns none of it."""
        return self.base_mib + (tables * self.table_kib + statements * self.statement_kib) / 1024


LOW: Final = Footprint(base_mib=1.6, table_kib=8.2, statement_kib=10.1)
LIKELY: Final = Footprint(base_mib=2.5, table_kib=9.6, statement_kib=14.4)
HIGH: Final = Footprint(base_mib=3.6, table_kib=11.0, statement_kib=17.0)
"""The upper ends of what was seen, on which the answer rests."""

PAGE_TABLES_PER_GIB: Final = 2.0  # a backend's, for each GiB of shared_buffers that it touched: 8 bytes a 4 kB page
JIT: Final = 69.0  # kept from the first compilation until the session ends

SHARED_FIXED: Final = 28.0  # shared memory of an empty server
SHARED_PER_BUFFER: Final = 1.0208  # shared memory for each MiB of shared_buffers, with its headers

IO_HANDLES: Final = 64  # the most that io_max_concurrency = -1 gives a backend; one for each of its share of buffers
_BUFFERS_PER_MIB: Final = 128
_OTHER_PLACES: Final = 74  # workers, walsenders and auxiliary processes, with the settings that these have by default


def floored(mib: float) -> Bytes:
    """Whole MiB, as a setting is written."""
    return Bytes(int(mib) * MIB)


def rounded(mib: float) -> Bytes:
    """To the byte."""
    return Bytes(round(mib * MIB))


def slot_mib(max_locks_per_transaction: int, major: int, io_handles: int = IO_HANDLES) -> float:
    """The shared memory that one more of max_connections takes in a version, whether it is used or not."""
    known = version(major)
    return known.slot_mib + known.lock_mib * max_locks_per_transaction + known.io_handle_mib * io_handles


def slots_mib(connections: int, max_locks_per_transaction: int, major: int, shared_buffers_mib: float) -> float:
    """The shared memory of so many slots; the more there are, the fewer handles for I/O each of them gets."""
    buffers = int(shared_buffers_mib * _BUFFERS_PER_MIB)
    handles = max(1, min(IO_HANDLES, buffers // (connections + _OTHER_PLACES)))
    return connections * slot_mib(max_locks_per_transaction, major, handles)


def shared_mib(shared_buffers_mib: float) -> float:
    """The shared memory of a server, less that of its slots."""
    return SHARED_FIXED + SHARED_PER_BUFFER * shared_buffers_mib


def page_tables_mib(shared_buffers_mib: float, *, huge_pages: bool) -> float:
    """The page tables of a backend that has touched all of shared_buffers."""
    return 0.0 if huge_pages else PAGE_TABLES_PER_GIB * shared_buffers_mib / 1024
