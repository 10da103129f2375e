"""Settings and files made by hand, as the rules about them see them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from pgconn.documents.readiness import FileSetting
from pgconn.model.setting import ServerSetting
from pgconn.observe import Observation
from tests.model.making import shop

UNITS = {
    "authentication_timeout": "s",
    "tcp_keepalives_idle": "s",
    "idle_in_transaction_session_timeout": "ms",
    "idle_session_timeout": "ms",
    "transaction_timeout": "ms",
    "statement_timeout": "ms",
    "client_connection_check_interval": "ms",
}


def setting(name: str, value: str | None, **different: Any) -> ServerSetting:
    """A setting as pg_settings shows it."""
    usual = ServerSetting(
        name=name,
        value=value,
        default=value,
        unit=UNITS.get(name),
        context="sighup",
        kind="string",
        least=None,
        most=None,
        choices=None,
        source="default",
        file=None,
        line=None,
        pending_restart=False,
    )
    return msgspec.structs.replace(usual, **different)


def unwise_settings() -> Iterator[ServerSetting]:
    """Settings of which every rule has something to say."""
    yield setting("superuser_reserved_connections", "0")
    yield setting("reserved_connections", "0")
    yield setting("max_wal_senders", "0")
    yield setting("max_connections", "5000", pending_restart=True)
    yield setting("max_locks_per_transaction", "64")
    yield setting("log_min_messages", "warning, backend:panic")
    for name in ("idle_in_transaction_session_timeout", "tcp_keepalives_idle", "client_connection_check_interval"):
        yield setting(name, "0")
    for name in ("idle_session_timeout", "transaction_timeout", "statement_timeout", "authentication_timeout"):
        yield setting(name, "60000")
    for name in ("log_connections", "log_disconnections", "track_activities", "update_process_title"):
        yield setting(name, "off")
    yield setting("log_line_prefix", "%m [%p] ")


def everything() -> Observation:
    """A server, a 19, of which every rule about settings and files has something to say."""
    seen = shop()
    nineteen = msgspec.structs.replace(seen.instance, version="19.0", major=19)
    seen = msgspec.structs.replace(seen, instance=nineteen)
    return Observation(snapshots=(seen,), settings=tuple(unwise_settings()), files=files(30, 30))


def files(superuser_reserved: int, max_connections: int) -> tuple[FileSetting, ...]:
    """What the configuration files set."""
    return (
        FileSetting(name="superuser_reserved_connections", setting=str(superuser_reserved)),
        FileSetting(name="max_connections", setting=str(max_connections)),
    )
