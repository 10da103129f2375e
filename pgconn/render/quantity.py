"""The values of a sizing as a person writes them, by their names."""

from typing import Final

from pgconn.documents.sizing import Number
from pgconn.text.quantities import show_duration, show_size

SIZES: Final = (
    "ram",
    "container",
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "autovacuum_work_mem",
    "effective_cache_size",
    "shared",
    "system",
    "maintenance",
    "backends",
    "queries",
    "min_wal_size",
    "max_wal_size",
    "wal_buffers",
    "page_cache",
    "room",
    "session",
    "session_memory",
    "per_connection",
    "promised",
    "all_at_work",
)
TIMES: Final = (
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "client_connection_check_interval",
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "hold",
    "p99_wait",
)
SHARES: Final = ("active_share", "utilisation", "busy", "page_cache_share")


def shown(name: str, value: Number) -> str:
    """A value as a person writes it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    if name in TIMES:
        return show_duration(value) if value >= 1 or value == 0 else f"{value * 1000:g}ms"
    if name in SHARES or (name == "page_cache" and isinstance(value, float)):
        return f"{value:.0%}"
    if name in SIZES:
        return show_size(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
