"""Whether a server would start with the settings of its files; ALTER SYSTEM itself stores what keeps it from that."""

from collections.abc import Iterator, Mapping
from typing import Final

from pgconn.model.capacity import MAX_CONNECTIONS, reserves_fit

_WORKERS: Final = ("autovacuum_worker_slots", "autovacuum_max_workers")


def why_not(values: Mapping[str, str]) -> Iterator[str]:
    """What would keep the server from starting; the values are as the server stores them, of all its settings."""
    most = _number(values, "max_connections")
    superusers, reserved = (
        _number(values, "superuser_reserved_connections"),
        _number(values, "reserved_connections"),
    )
    if not reserves_fit(most, superusers, reserved):
        kept = f"superuser_reserved_connections ({superusers})"
        kept += f" plus reserved_connections ({reserved})" if "reserved_connections" in values else ""
        yield f"{kept} must be less than max_connections ({most})"
    if values.get("wal_level") == "minimal":
        if _number(values, "max_wal_senders"):
            yield "max_wal_senders above 0 needs wal_level replica or logical; it is minimal"
        if values.get("archive_mode", "off") != "off":
            yield "archive_mode needs wal_level replica or logical; it is minimal"
        if values.get("summarize_wal", "off") == "on":
            yield "summarize_wal needs wal_level replica or logical; it is minimal"
    workers = next((_number(values, name) for name in _WORKERS if name in values), 0)
    backends = most + workers + _number(values, "max_worker_processes") + _number(values, "max_wal_senders") + 2
    if backends > MAX_CONNECTIONS:
        yield f"max_connections with the places of workers and walsenders is {backends}, above {MAX_CONNECTIONS}"


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "0")
    return int(text) if text.lstrip("-").isdecimal() else 0
