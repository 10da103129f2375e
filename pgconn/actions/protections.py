"""Who is never ended by the way: one list, as data. A protection is lifted by its name, and by nothing else."""

import difflib
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Final

from pgconn.documents.protections import Protected
from pgconn.errors import WrongUsage
from pgconn.model.protection import Protection
from pgconn.model.session import Session
from pgconn.model.snapshot import Snapshot
from pgconn.model.value import Value

PROTECTIONS: Final = (
    Protection(
        name="pgconn",
        spares="other sessions of pgconn; its own is never ended, whatever is lifted",
        why="it is a session of pgconn",
        applications=("pgconn",),
    ),
    Protection(
        name="replication",
        spares="walsenders, physical and logical: standbys, subscriptions, change data capture, pg_basebackup",
        why="it is a walsender",
    ),
    Protection(
        name="server-processes",
        spares="all else that is no client backend: autovacuum, parallel workers, background workers",
        why="it is not a client backend",
    ),
    Protection(name="superusers", spares="sessions of superusers", why="it belongs to a superuser"),
    Protection(
        name="replication-roles",
        spares="sessions of roles with REPLICATION, which belong to standbys, backups and emergencies",
        why="its role has REPLICATION",
        roles=("replication", "replicator", "streaming_replica"),
    ),
    Protection(
        name="advisory-locks",
        spares="holders of advisory locks: migrations, leader elections, job queues",
        why="it holds an advisory lock",
    ),
    Protection(
        name="listeners",
        spares="sessions whose last query says LISTEN, and which look idle while they wait",
        why="it waits for notifications",
        queries=("listen",),
    ),
    Protection(
        name="backups",
        spares="backups, dumps and copies, some of which keep a session idle for hours",
        why="it belongs to a backup",
        applications=(
            "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "pg_receivewal", "pgbackrest", "barman", "wal-g",
            "pg_probackup", "pgcopydb", "gpbackup", "greenmask", "pg_rman",
        ),
        roles=("barman", "streaming_barman", "pgbackrest", "backup", "walg"),
        queries=(
            r"select\b[^;]*\bpg_(?:start_backup|backup_start|export_snapshot)\b",
        ),
    ),
    Protection(
        name="high-availability",
        spares="agents that judge whether the server lives: Patroni, repmgr, pg_auto_failover and others",
        why="it belongs to a high-availability agent",
        applications=(
            "patroni", "repmgr", "repmgrd", "pg_auto_failover", "pgautofailover", "pg_autoctl", "stolon", "cnpg",
            "cloudnative-pg", "pg_rewind", "pacemaker", "paf", "efm",
        ),
        roles=(
            "patroni", "repmgr", "pgautofailover_monitor", "pgautofailover_replicator", "autoctl_node", "stolon",
            "rewind_user", "efm",
        ),
    ),
    Protection(
        name="monitoring",
        spares="monitoring agents, and roles that were granted pg_monitor",
        why="it belongs to monitoring",
        applications=(
            "postgres_exporter", "pg_exporter", "pgexporter", "pgwatch", "pgwatch2", "pgwatch3", "pgmetrics",
            "pg_activity", "pgcenter", "check_postgres", "check_pgactivity", "datadog", "datadog-agent", "telegraf",
            "zabbix", "zabbix_agent2", "pganalyze", "pganalyze-collector", "pmm-agent", "pgscv", "collectd",
            "netdata", "newrelic", "nri-postgresql", "pgmonitor", "powa", "temboard",
        ),
        roles=(
            "postgres_exporter", "pg_exporter", "datadog", "zabbix", "zbx_monitor", "pgwatch", "pgwatch2", "pgwatch3",
            "pmm", "telegraf", "netdata", "newrelic", "pganalyze", "ccp_monitoring", "check_postgres",
        ),
    ),
    Protection(
        name="poolers",
        spares="a pooler's own sessions, each of which serves many clients in turn",
        why="it is a pooler's, and many clients share it",
        applications=("pgbouncer", "pgpool", "supavisor", "odyssey", "pgcat", "rds proxy", "rdsproxy"),
    ),
)  # fmt: skip

_TOOLS: Final = ("backups", "high-availability", "replication-roles")


class Protections(Value, frozen=True, kw_only=True):
    """The protections that hold, less those that were lifted by name."""

    lifted: tuple[str, ...] = ()

    def keeping(self, session: Session, snapshot: Snapshot) -> Protection | None:
        """The first protection that keeps a session, or None."""
        for protection in PROTECTIONS:
            if protection.name not in self.lifted and _keeps(protection, session, snapshot):
                return protection
        return None


def without(names: Collection[str]) -> Protections:
    """The protections without these; raises WrongUsage for a name that there is not."""
    known = [protection.name for protection in PROTECTIONS]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise WrongUsage(f"{name!r} is not a protection", hint=f"{meant}pgconn protections lists them")
    return Protections(lifted=tuple(dict.fromkeys(names)))


def listed() -> Protected:
    """All protections as a document."""
    return Protected(protections=PROTECTIONS)


def roles_of_tools() -> tuple[str, ...]:
    """The roles of backups, replication and high availability, where a process title tells no more than a role."""
    return tuple(role for p in PROTECTIONS if p.name in _TOOLS for role in p.roles)


def _keeps(protection: Protection, session: Session, snapshot: Snapshot) -> bool:
    fact = _FACTS.get(protection.name)
    return (
        (fact is not None and fact(session, snapshot))
        or (session.user is not None and session.user.lower() in protection.roles)
        or _begins(protection, session.application_name)
        or _asks(protection, session.query)
    )


def _begins(protection: Protection, application: str | None) -> bool:
    return bool(application and protection.applications and _names(protection.name).match(application))


def _asks(protection: Protection, query: str | None) -> bool:
    return bool(query and protection.queries and _statements(protection.name).search(query))


@cache
def _names(protection: str) -> re.Pattern[str]:
    """The applications of a protection, by its name: to hash a list of them takes longer than to match."""
    (applications,) = (one.applications for one in PROTECTIONS if one.name == protection)
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, applications))})(?![^\W_])", re.IGNORECASE)


@cache
def _statements(protection: str) -> re.Pattern[str]:
    """One of a protection's statements at the beginning of a text, or after a semicolon, behind any comments."""
    (queries,) = (one.queries for one in PROTECTIONS if one.name == protection)
    return re.compile(
        rf"(?:\A|;)(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*+(?:{'|'.join(queries)})\b", re.IGNORECASE | re.DOTALL
    )


def _is_pooled(session: Session, snapshot: Snapshot) -> bool:
    """Whether it comes from where the pooler is that pgconn itself came through."""
    if not snapshot.pooler:
        return False
    own = next((s for s in snapshot.sessions if s.pid == snapshot.role.backend_pid), None)
    return own is None or session.client_addr == own.client_addr


_FACTS: Final[dict[str, Callable[[Session, Snapshot], bool]]] = {
    "replication": lambda session, _: session.backend_type == "walsender",
    "server-processes": lambda session, _: session.backend_type not in ("client backend", "walsender"),
    "superusers": lambda session, _: bool(session.superuser),
    "replication-roles": lambda session, _: bool(session.replication) and not session.superuser,
    "advisory-locks": lambda session, _: bool(session.holds_advisory_lock),
    "monitoring": lambda session, _: bool(session.monitors),
    "poolers": _is_pooled,
}
