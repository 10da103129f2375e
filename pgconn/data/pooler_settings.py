"""What the files for a pooler set beside the numbers of a sizing, and why."""

import functools
from typing import Literal

from pgconn.data import reading
from pgconn.data.reading import toml
from pgconn.model import Value

Product = Literal["pgpool", "odyssey", "pgagroal", "rds-proxy"]


class ChosenSetting(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value in the notation of the product, and the reason for it."""

    value: str
    why: str


@functools.cache
def pooler_settings() -> dict[Product, dict[str, ChosenSetting]]:
    """The settings of each product by name, in the sequence in which they are written."""
    return toml("pooler_settings.toml", dict[Product, dict[str, ChosenSetting]])


class RdsProxyNotes(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a function needs to come in through RDS Proxy, and what ties a client to one connection of the server."""

    needs: tuple[str, ...]
    pins: tuple[str, ...]


@functools.cache
def rds_proxy_notes() -> RdsProxyNotes:
    """What the files for RDS Proxy explain."""
    return toml("rds_proxy/notes.toml", RdsProxyNotes)


def rds_proxy_template(form: Literal["tf", "yaml"]) -> str:
    """A file for RDS Proxy, with gaps such as `@@{user}`."""
    return reading.text(f"rds_proxy/proxy.{form}")
