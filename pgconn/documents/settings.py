"""The settings of a server that concern its connections, with advice."""

from typing import Literal

from pgconn.model import Moment, Value
from pgconn.model.finding import Finding
from pgconn.model.setting import Advice, OwnValue, Takes


class SettingRow(Value, frozen=True, kw_only=True):
    """A setting as the document shows it; values are as PostgreSQL writes them, with their unit."""

    name: str
    value: str | None
    default: str | None
    takes: Takes
    source: str
    file: str | None
    line: int | None
    pending_restart: bool
    next_value: str | None = None
    advice: Advice | None = None


class Settings(Value, frozen=True, kw_only=True, tag_field="kind", tag="settings"):
    """Every setting that concerns connections; `own_values` are those of roles and databases.

    `will_not_start` is what in the configuration files would keep the server from starting again. `findings` are about
    the server and no setting of it: that its version is past its end of life.
    """

    version: Literal[1] = 1
    taken_at: Moment
    server: str
    provider: str | None
    will_not_start: tuple[str, ...]
    settings: tuple[SettingRow, ...]
    own_values: tuple[OwnValue, ...]
    findings: tuple[Finding, ...] = ()
