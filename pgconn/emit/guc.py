"""The settings that a sizing may hold: in which unit PostgreSQL counts them, and what a change of them needs."""

from typing import Final, Literal

from pgconn.model.value import Value
from pgconn.text.quantities import SIZE_UNITS, TIME_UNITS, show_exact

Unit = Literal["", "B", "kB", "8kB", "MB", "ms", "s"]
Change = Literal["restart", "reload"]
Number = int | float | str | bool


class Guc(Value, frozen=True, kw_only=True):
    """A setting: its unit in pg_settings, what a change of it needs, and the versions that have it."""

    unit: Unit = ""
    change: Change = "reload"
    since: int = 13
    restart_until: int | None = None  # the last version where a change of it needs a restart


def _all(unit: Unit, change: Change, names: str, since: int = 13) -> dict[str, Guc]:
    return {name: Guc(unit=unit, change=change, since=since) for name in names.split()}


GUCS: Final[dict[str, Guc]] = {
    **_all(
        "",
        "restart",
        "max_connections superuser_reserved_connections max_wal_senders max_worker_processes "
        "max_prepared_transactions max_locks_per_transaction max_replication_slots huge_pages max_files_per_process "
        "wal_level",
    ),
    **_all("", "restart", "reserved_connections", since=16),
    **_all("", "restart", "autovacuum_worker_slots io_method", since=18),
    "autovacuum_max_workers": Guc(restart_until=17),
    **_all("8kB", "restart", "shared_buffers wal_buffers"),
    **_all("B", "restart", "track_activity_query_size"),
    **_all("8kB", "reload", "effective_cache_size temp_buffers"),
    **_all("kB", "reload", "work_mem maintenance_work_mem autovacuum_work_mem temp_file_limit"),
    **_all("kB", "reload", "logical_decoding_work_mem"),
    **_all("MB", "reload", "min_wal_size max_wal_size wal_keep_size max_slot_wal_keep_size"),
    **_all(
        "",
        "reload",
        "hash_mem_multiplier max_parallel_workers max_parallel_workers_per_gather max_parallel_maintenance_workers "
        "random_page_cost effective_io_concurrency maintenance_io_concurrency jit default_statistics_target "
        "checkpoint_completion_target wal_compression log_disconnections log_connections log_lock_waits "
        "tcp_keepalives_count",
    ),
    **_all("", "reload", "io_workers", since=18),
    **_all("ms", "reload", "statement_timeout lock_timeout idle_in_transaction_session_timeout deadlock_timeout"),
    **_all("ms", "reload", "tcp_user_timeout log_min_duration_statement wal_sender_timeout"),
    **_all("ms", "reload", "idle_session_timeout client_connection_check_interval", since=14),
    **_all("ms", "reload", "transaction_timeout", since=17),
    **_all("s", "reload", "authentication_timeout tcp_keepalives_idle tcp_keepalives_interval checkpoint_timeout"),
}

# A number of bytes has no unit in postgresql.conf.
_SIZES: Final = {"": 1} | {unit: size for unit, size in SIZE_UNITS.items() if unit != "B"}
_BLOCK: Final[dict[str, int]] = {**SIZE_UNITS, "8kB": 2**13}


def change_of(name: str, major: int) -> Change:
    """What a change of a setting needs on a version."""
    guc = GUCS[name]
    return "restart" if guc.restart_until is not None and major <= guc.restart_until else guc.change


def native(name: str, value: Number) -> int | float | str:
    """A value in the unit in which pg_settings counts it, as the consoles of managed services do."""
    unit = GUCS[name].unit
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) or not unit or value < 0:
        return value
    if unit in _BLOCK:
        return int(value) // _BLOCK[unit]
    return round(value * 1000) if unit == "ms" else round(value)


def written(name: str, value: Number) -> str:
    """A value as a person writes it in postgresql.conf: `2GB`, `10MB`, `5min`, `on`, `1.1`."""
    counted, unit = native(name, value), GUCS[name].unit
    if isinstance(counted, str) or not unit or counted <= 0:
        return f"{counted:.10g}" if isinstance(counted, float) else str(counted)
    if unit in _BLOCK:
        return show_exact(int(counted) * _BLOCK[unit], _SIZES)
    return show_exact(int(counted) * TIME_UNITS[unit], TIME_UNITS)
