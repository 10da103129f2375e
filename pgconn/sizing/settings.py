"""The settings beside connections and memory that keep slots from being lost."""

from collections.abc import Iterator
from typing import Final

from pgconn.data.settings import known_setting
from pgconn.documents.sizing import Reason
from pgconn.sizing.assumptions import IDLE_IN_TRANSACTION, RANDOM_PAGE_COST
from pgconn.sizing.measured import GIB, floored
from pgconn.sizing.number import number
from pgconn.sizing.request import SizingInput
from pgconn.text.units import Seconds

_HUGE_FROM: Final = 2 * GIB


def further_settings(known: SizingInput, shared_buffers: float) -> Iterator[Reason]:
    """Each with its value as PostgreSQL takes it, times in seconds; `shared_buffers` in MiB."""
    yield number("idle_in_transaction_session_timeout", Seconds(IDLE_IN_TRANSACTION[known.workload]))
    since_14 = ("idle_session_timeout", "client_connection_check_interval") if known.pg_version >= 14 else ()
    for name in (*since_14, "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"):
        yield number(name, _wise(name))
    if floored(shared_buffers) >= _HUGE_FROM:
        yield number("huge_pages", "try")
    if not known.jit:
        yield number("jit", False)
    if known.storage is not None:
        yield number("random_page_cost", RANDOM_PAGE_COST[known.storage], storage=known.storage)


def _wise(name: str) -> int:
    """The value that does no harm anywhere, in its unit."""
    setting = known_setting(name)
    return Seconds(setting.wise_number) if setting.unit else setting.wise_number
