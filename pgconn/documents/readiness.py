"""How well prepared a server is for the hour in which it is full, seen from one role."""

from typing import Literal

from pgconn.model import Value
from pgconn.model.finding import Finding

Door = Literal["slot", "reserve", "walsender", "os"]


class Preparation(Value, frozen=True, kw_only=True):
    """What the role that asks may do, and what the server's files would set at the next start."""

    name: str
    superuser: bool
    replication: bool
    sees_all_sessions: bool
    may_signal: bool
    may_use_reserved: bool
    may_read_files: bool
    may_create_roles: bool
    client_addr: str | None


class FileSetting(Value, frozen=True, kw_only=True):
    """The value that a configuration file sets, the last one where several do."""

    name: str
    setting: str


class Way(Value, frozen=True, kw_only=True):
    """One rung of the ladder: whether it leads in, what was seen, and what makes it lead in."""

    rung: Door
    works: bool
    detail: str
    missing: tuple[str, ...] = ()


class Readiness(Value, frozen=True, kw_only=True, tag_field="kind", tag="readiness"):
    """What was tried before the incident; `ready` when a rung beyond the ordinary one works."""

    version: Literal[1] = 1
    server: str
    standby: bool
    role: str
    ready: bool
    ways: tuple[Way, ...]
    findings: tuple[Finding, ...]
    sql: tuple[str, ...]
    pg_hba: str
