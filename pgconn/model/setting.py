"""Settings of a server: their values, where these come from, and whether they are wise for its connections."""

from typing import Literal

from pgconn.model.finding import Severity
from pgconn.model.value import Moment, Value

Takes = Literal["restart", "reload", "new_sessions", "never"]
"""What a change of the server's configuration needs to take effect."""


class ServerSetting(Value, frozen=True, kw_only=True):
    """A row of pg_settings; `value` and `default` are in `unit`, as the server stores them."""

    name: str
    value: str | None
    default: str | None
    unit: str | None
    context: str
    kind: str
    least: str | None
    most: str | None
    choices: tuple[str, ...] | None
    source: str
    file: str | None
    line: int | None
    pending_restart: bool

    @property
    def takes(self) -> Takes:
        """What a change in the configuration needs."""
        match self.context:
            case "internal":
                return "never"
            case "postmaster":
                return "restart"
            case "backend" | "superuser-backend":
                return "new_sessions"
        return "reload"


class Configured(Value, frozen=True, kw_only=True):
    """A line of the configuration files."""

    name: str
    value: str | None
    file: str | None
    line: int | None
    by_alter_system: bool
    error: str | None


class OwnValue(Value, frozen=True, kw_only=True):
    """A setting that new sessions of a role or a database get; `within` is the database of a role's value in one."""

    scope: Literal["role", "database"]
    name: str
    within: str | None
    setting: str
    value: str


class Configurer(Value, frozen=True, kw_only=True):
    """What the role that asks may do to the configuration."""

    name: str
    superuser: bool
    may_reload: bool
    may_read_files: bool
    settings_grantable: bool
    loaded_at: Moment


class GrantedSetting(Value, frozen=True, kw_only=True):
    """A setting that was granted to the role that asks, which is possible from 15 on."""

    name: str
    may_set: bool
    may_alter_system: bool


class Advice(Value, frozen=True, kw_only=True):
    """Whether a value is wise, with the reason, and a better one where there is one for everybody."""

    severity: Severity
    message: str
    better: str | None = None
