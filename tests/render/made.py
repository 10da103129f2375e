"""A document of each kind, made by hand, so that its picture does not depend on how it came about."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from pgconn.documents.changes import Changes, Fenced, Fences
from pgconn.documents.explanation import Contents, Entry, Explanation, Topic
from pgconn.documents.log import Episode, LogForm, LogReport, Minute, Sender, Share, Shares
from pgconn.documents.pool import Framework, Frameworks, Pool, Snippet
from pgconn.documents.processes import ProcessBreakdown, Processes, ProcessRow, ProcessServer, ProcessSlots
from pgconn.documents.raising import Move, Raising
from pgconn.documents.readiness import Readiness, Way
from pgconn.documents.settings import SettingRow, Settings
from pgconn.documents.sizing import Input, PoolSize, Range, Reason, Sizing
from pgconn.documents.termination import Protected, Termination
from pgconn.model import Value
from pgconn.model.breakdown import Group
from pgconn.model.change import Changed, Result
from pgconn.model.finding import Finding, Remedy
from pgconn.model.setting import Advice, OwnValue
from pgconn.model.slots import Free
from pgconn.model.termination import Cost, Origin, Outcome, Plan, Protection, Refill, Spared, Victim
from pgconn.render.views import ViewOptions
from pgconn.text.units import Bytes, Seconds, Share as Part
from tests.model.making import NOW, shop
from tests.render.pages import sessions_of, status_of

AGAIN: Final = ("-h", "db1")
JOURNAL: Final = Path("/var/lib/pgconn journal")


def documents() -> dict[str, tuple[Value, ViewOptions]]:
    """Every kind by the name of its transcript, with what was asked of its picture."""
    usual, chosen = ViewOptions(), ViewOptions(connection_args=AGAIN, journal=JOURNAL)
    plan, done = _plan(), _termination()
    return {
        "processes": (_processes(), chosen),
        "plan": (plan, usual),
        "planned": (
            msgspec.structs.replace(done, dry_run=True, outcomes=(), refill=()),
            ViewOptions(lacks_signal="op"),
        ),
        "termination": (done, usual),
        "rescue": (_rescue(dry_run=True), usual),
        "rescued": (msgspec.structs.replace(_rescue(dry_run=False), status=status_of(shop())), chosen),
        "protections": (_protections(), usual),
        "readiness": (_readiness(), usual),
        "changes": (_changes(dry_run=True), chosen),
        "changed": (_changes(dry_run=False), chosen),
        "fences": (_fences(), chosen),
        "settings": (_settings(), chosen),
        "explanation": (_explanation(), usual),
        "topic": (_topic(), usual),
        "contents": (_contents(), usual),
        "log": (_log(), ViewOptions(rows=3)),
        "sizing": (_sizing(), ViewOptions(file="conf", connection_args=("--ram", "8G"))),
        "explained": (_sizing(), ViewOptions(explained=True)),
        "raising": (_raising(), usual),
        "pool": (_pool(), usual),
        "frameworks": (Frameworks(frameworks=(_framework(),)), usual),
        "sessions": (sessions_of(shop()), ViewOptions(full=True, rows=2)),
    }


def _victims() -> tuple[Victim, ...]:
    usual = Victim(
        pid=4711,
        backend_start=NOW,
        backend_type="client backend",
        user="app",
        database="shop",
        application_name="web",
        client_addr="10.0.0.7",
        state="idle",
        state_change=NOW,
        state_seconds=745.5,
        reason="idle for longer than 10m",
    )
    blocks = {"pid": 4712, "blocks": (1, 2), "application_name": "", "client_addr": "local", "reason": "it blocks two"}
    return usual, msgspec.structs.replace(usual, **blocks)


def _spared() -> tuple[Spared, ...]:
    who = {"user": "app", "application_name": "jobs", "client_addr": "10.0.0.8", "state": "idle"}
    return (
        Spared(pid=4713, why="it holds advisory locks", protection="advisory-locks", **who),
        Spared(pid=4714, why="it is a superuser's"),
    )


def _costs() -> tuple[Cost, ...]:
    effect = "its pool opens new sessions when the next requests come"
    web = Cost(
        application_name="web",
        user="app",
        client_addr="10.0.0.7",
        victims=1,
        sessions=3,
        oldest_seconds=745.5,
        effect=effect,
    )
    return web, msgspec.structs.replace(web, application_name="", client_addr="local", oldest_seconds=None)


def _plan() -> Plan:
    origin = Origin(host="db1", port=5432, database="shop", started_at=NOW, role="op", may_signal=False, pooler=True)
    return Plan(
        taken_at=NOW,
        origin=origin,
        command="kill-idle",
        action="terminate",
        any_state=False,
        not_protected=(),
        criteria={"older": 600.0},
        victims=_victims(),
        spared=_spared(),
        costs=_costs(),
        frees=2,
        wanted=5,
        hidden_sessions=1,
    )


def _termination() -> Termination:
    first, second = _victims()
    denied = "it belongs to a superuser; only a superuser may end it"
    return Termination(
        taken_at=NOW,
        command="kill-idle",
        dry_run=False,
        criteria={"older": 600.0},
        victims=(first, second),
        spared=_spared(),
        costs=_costs(),
        frees=2,
        outcomes=(
            Outcome(pid=first.pid, backend_start=NOW, result="terminated"),
            Outcome(pid=second.pid, backend_start=NOW, result="denied", detail=denied),
        ),
        freed=1,
        refill=(
            Refill(
                application_name="web",
                user="app",
                client_addr="10.0.0.7",
                ended=1,
                came_back=1,
                first_seconds=0.4,
                last_seconds=0.4,
                per_second=0.1,
            ),
        ),
    )


def _rescue(*, dry_run: bool) -> Termination:
    first, _ = _victims()
    outcome = Outcome(pid=first.pid, backend_start=NOW, result="terminated")
    return Termination(
        taken_at=NOW,
        dry_run=dry_run,
        criteria={"state": "idle", "superusers": ("postgres",), "include_superusers": False},
        victims=(msgspec.structs.replace(first, application_name=None),),
        spared=_spared(),
        outcomes=() if dry_run else (outcome,),
        freed=0 if dry_run else 1,
    )


def _processes() -> Processes:
    def group(value: str | None, sessions: int) -> Group:
        return Group(
            value=value, sessions=sessions, active=1, idle=1, idle_in_transaction=0, aborted=0, oldest_idle_seconds=None
        )

    free = Free(ordinary=0, reserved_role=0, superuser=3)
    return Processes(
        taken_at=NOW,
        server=ProcessServer(
            pid=77,
            major=16,
            port=5432,
            data_directory="/var/lib/postgresql",
            socket_directory=None,
            cluster_name="main",
            os_user="postgres",
            status="stopping",
            started_at=NOW,
        ),
        slots=ProcessSlots(
            max_connections=30, used=27, authenticating=2, usable=27, used_ratio=1.0, free=free, settled=True
        ),
        walsenders_used=2,
        silent=1,
        server_processes=5,
        titles_tell_states=False,
        by=ProcessBreakdown(
            state=(group("idle", 5), group(None, 2)),
            user=(group("app", 7),),
            client_addr=(group("local", 7),),
            database=(group(None, 7),),
        ),
        processes=(
            ProcessRow(
                pid=101,
                backend_start=NOW,
                lived_seconds=3.5,
                backend_type="client backend",
                user="app",
                database="shop",
                client_addr="local",
                client_port=None,
                state="idle",
                cpu_seconds=0.25,
                title="postgres: app shop [local] idle",
            ),
        ),
    )


def _protections() -> Protected:
    backups = Protection(
        name="backups",
        spares="dumps and base backups",
        why="a backup",
        applications=("pg_dump", "barman"),
        roles=("backup",),
    )
    return Protected(
        protections=(backups, Protection(name="listeners", spares="sessions that LISTEN", why="it listens"))
    )


def _readiness() -> Readiness:
    return Readiness(
        server="db1:5432",
        standby=True,
        role="app",
        ready=False,
        ways=(
            Way(rung="slot", works=True, detail="connected"),
            Way(rung="walsender", works=False, detail="no right", missing=("ALTER ROLE app REPLICATION;",)),
        ),
        findings=(Finding(rule="x", severity="warning", subject="y", message="the reserve is small"),),
        sql=("CREATE ROLE e LOGIN;", "GRANT pg_monitor TO e;"),
        pg_hba="hostssl all e 10.0.0.1/32 scram-sha-256",
    )


def _changes(*, dry_run: bool) -> Changes:
    result: Result = "planned" if dry_run else "done"
    return Changes(
        taken_at=NOW,
        server="db1:5432",
        dry_run=dry_run,
        undo=False,
        journal=None if dry_run else str(JOURNAL),
        changes=(
            Changed(
                scope="role",
                name="app",
                oid=12,
                setting="CONNECTION LIMIT",
                before="-1",
                after="20",
                sql="ALTER ROLE app CONNECTION LIMIT 20;",
                undo="ALTER ROLE app CONNECTION LIMIT -1;",
                effects=("7 sessions more than that stay until they end",),
                result=result,
            ),
            Changed(
                scope="system",
                name=None,
                setting="work_mem",
                before=None,
                after="8MB",
                sql="ALTER SYSTEM SET work_mem = '8MB';\nSELECT pg_reload_conf();",
                undo="ALTER SYSTEM RESET work_mem;\nSELECT pg_reload_conf();",
                result=result,
                detail="a `quoted` *detail*",
            ),
        ),
    )


def _fences() -> Fences:
    ours = Fenced(
        scope="role",
        name="app",
        limit=20,
        used=7,
        free=13,
        set_at=NOW,
        set_by="op",
        set_to=21,
        before=4,
        standing=False,
    )
    return Fences(
        taken_at=NOW,
        server="db1:5432",
        journal=str(JOURNAL),
        fences=(ours, Fenced(scope="database", name="shop", limit=5, used=5, free=0)),
    )


def _settings() -> Settings:
    usual = SettingRow(
        name="max_connections",
        value="100",
        default="100",
        takes="restart",
        source="default",
        file=None,
        line=None,
        pending_restart=False,
    )
    grave = Advice(severity="warning", message="it never ends dead clients", better="1min")
    kept = {
        "name": "tcp_keepalives_idle",
        "value": "",
        "takes": "reload",
        "source": "configuration file",
        "advice": grave,
    }
    hint = Advice(severity="info", message="fine with pools")
    return Settings(
        taken_at=NOW,
        server="db1:5432",
        provider=None,
        will_not_start=("unknown parameter x",),
        settings=(
            usual,
            msgspec.structs.replace(usual, **kept, file="/etc/x.conf", line=12, next_value="9"),
            msgspec.structs.replace(usual, name="idle_session_timeout", value="0", advice=hint),
        ),
        own_values=(OwnValue(scope="role", name="app", within="shop", setting="work_mem", value="1GB"),),
    )


def _explanation() -> Explanation:
    return Explanation(
        limit="slots",
        behind=None,
        sqlstate="53300",
        message="sorry, too many clients already",
        routine=None,
        source="text",
        title="every slot is taken",
        whose="max_connections of the server",
        meaning="no connection can be opened",
        wants_slot=True,
        user="app",
        database="shop",
        who_can_enter="a superuser",
        causes=("a deploy", "a leak"),
        remedies=(
            Remedy(action="see which clients hold them", command="pgconn status"),
            Remedy(action="stop the deploy"),
            Remedy(action="set a timeout", sql="ALTER ROLE app SET idle_session_timeout = '10min';"),
        ),
        prevention=(Remedy(action="size the pools", command="pgconn size", effect="they fit"),),
        topics=("superuser", "pooler"),
    )


def _topic() -> Topic:
    steps = (Remedy(action="look", command="pgconn status"), Remedy(action="wait"))
    return Topic(
        name="superuser",
        question="Who gets in?",
        answer=("Superusers.", "By the reserve."),
        steps=steps,
        topics=("roles",),
    )


def _contents() -> Contents:
    one = Entry(name="superuser", about="Who gets in?")
    return Contents(topics=(one, one), limits=(Entry(name="slots", about="max_connections"),), sqlstates=(one,))


def _log() -> LogReport:
    minutes = tuple(
        Minute(at=f"{NOW + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S+00:00}", refusals=1 + 3 * number)
        for number in range(4)
    )
    episode = Episode(begin=minutes[0].at, end=minutes[-1].at, seconds=190.0, refusals=22)
    users = (Share(value="app", refusals=20), Share(value=None, refusals=2))
    everywhere = (Share(value="shop", refusals=22),)
    return LogReport(
        files=("postgresql.log",),
        size_bytes=10_695_475,
        time_zone="UTC",
        refusals=22,
        untimed=1,
        others=(Share(value="password", refusals=3),),
        pooler_logins=1,
        verdict="sustained",
        episodes=(episode,),
        minute_seconds=60,
        minutes=minutes,
        by=Shares(limit=(Share(value="slots", refusals=22),), user=users, database=everywhere, host=everywhere),
        explanation=_explanation(),
        forms=(
            LogForm(form="postgresql", title="PostgreSQL's log as text", not_logged=None),
            LogForm(form="pgpool", title="Pgpool-II's log", not_logged="clients that wait"),
        ),
        unfinished_logins=2,
        nodes_down=1,
        ended_by=(
            Sender(
                pid=4711,
                uid=101,
                sessions=2,
                backend_type="client backend",
                user="postgres",
                database="postgres",
                application="cron",
                host="10.0.0.7",
            ),
            Sender(pid=4712, uid=0, sessions=1),
        ),
    )


def _reason(name: str, value: float | str | bool) -> Reason:
    return Reason(
        name=name, value=value, why=f"the reason of {name}", formula="a + b", numbers="1 + 2", source="a book"
    )


def _sizing() -> Sizing:
    mib = 2**20
    settings: dict[str, int | float | str | bool] = {
        "max_connections": 100,
        "shared_buffers": Bytes(2048 * mib),
        "work_mem": Bytes(10 * mib),
        "autovacuum_work_mem": Bytes(128 * mib),
        "maintenance_work_mem": Bytes(512 * mib),
        "effective_cache_size": Bytes(6144 * mib),
        "idle_in_transaction_session_timeout": Seconds(60),
    }
    parts = {"shared": 2100, "system": 500, "maintenance": 900, "backends": 1000, "queries": 500, "page_cache": 3192}
    reasons = ("max_connections", "shared_buffers", "work_mem", "breaks_first")
    return Sizing(
        inputs={
            "ram": Input(value=Bytes(8192 * mib), origin="given"),
            "cores": Input(value=4, origin="detected"),
            "active_share": Input(value=Part(0.25), origin="assumed"),
        },
        settings=settings,
        memory={"ram": 8192 * mib} | {name: size * mib for name, size in parts.items()},
        slots={
            "usable": 95,
            "alert": 76,
            "page": 86,
            "memory_allows": 198,
            "superuser_reserved": 3,
            "reserved": 2,
            "provider_reserved": 0,
            "superusers": 0,
        },
        pools=(PoolSize(app="web", instances=4, surge=1, pool_size=15, peak=75, p99_wait=0.0125),),
        pgbouncer={},
        fits=True,
        binding="memory",
        verdict="max_connections 100, and memory is what limits it",
        ranges={
            "active": Range(low=4, likely=8, high=12),
            "work_mem": Range(low=Bytes(5 * mib), likely=Bytes(10 * mib), high=Bytes(21 * mib)),
        },
        current={"max_connections": 300},
        notes=("a note of its own",),
        reasons=tuple(_reason(name, settings.get(name, "memory")) for name in reasons),
    )


def _raising() -> Raising:
    return Raising(
        inputs={},
        slots={"from": 100, "to": 500, "usable": 495, "usable_before": 95},
        costs=(_reason("warm", Bytes(400 * 2**20)), _reason("idle", Bytes(40 * 2**20))),
        holds=320,
        fits=False,
        moves=(
            Move(action="grant the files", command="systemctl edit postgresql", why="each session opens some"),
            Move(action="set it", sql="ALTER SYSTEM SET max_connections = 500;", restarts=True),
            Move(action="restart the standbys first"),
        ),
        needs=(_reason("open_files", 5000), _reason("semaphores", 640)),
        pooler=(_reason("server_connections", 40),),
        advice="pooler",
        reasons=(_reason("advice", "pooler"), _reason("other", "a standby refuses to start")),
    )


def _framework() -> Framework:
    return Framework(
        name="hikaricp",
        title="HikariCP",
        language="Java",
        aliases=("hikari", "spring"),
        parameter="maximumPoolSize",
        default="10",
        peak=10,
        peak_text="10",
        other=None,
    )


def _pool() -> Pool:
    return Pool(
        framework=_framework(),
        max=8,
        application_name="web",
        transaction_pooling=False,
        snippets=(Snippet(title="application.yml", format="yaml", text="pool:\n  size: 8\n  ```\n"),),
        give_back=Snippet(title="how to return one", format="java", text="try (var c = pool.getConnection()) {}"),
        traps=("a second pool opens as many again",),
        notes=("the name shows in pg_stat_activity", "a second note"),
    )
