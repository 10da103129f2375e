"""Settings and files made by hand, as the rules about them see them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from pgconn.documents.readiness import FileSetting
from pgconn.model.setting import ServerSetting

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
    for name in ("idle_in_transaction_session_timeout", "tcp_keepalives_idle", "client_connection_check_interval"):
        yield setting(name, "0")
    for name in ("idle_session_timeout", "transaction_timeout", "statement_timeout", "authentication_timeout"):
        yield setting(name, "60000")
    for name in ("log_connections", "log_disconnections", "track_activities", "update_process_title"):
        yield setting(name, "off")
    yield setting("log_line_prefix", "%m [%p] ")


def files(superuser_reserved: int, max_connections: int) -> tuple[FileSetting, ...]:
    """What the configuration files set."""
    return (
        FileSetting(name="superuser_reserved_connections", setting=str(superuser_reserved)),
        FileSetting(name="max_connections", setting=str(max_connections)),
    )
