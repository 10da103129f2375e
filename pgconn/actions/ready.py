"""Before the incident: which rungs would lead in, what each one lacks, what is unsafe; and an emergency role."""

from collections.abc import Iterator, Sequence
from typing import Final

from pgconn.config.policy import DEFAULT, Policy
from pgconn.data.provider import way
from pgconn.data.service import Assignment
from pgconn.documents.readiness import FileSetting, Preparation, Readiness, Way
from pgconn.errors import PgconnError, PrivilegeMissing, WrongUsage
from pgconn.host import may_end
from pgconn.model import Value
from pgconn.model.finding import SEVERITIES, Finding, Severity
from pgconn.model.instance import Target
from pgconn.model.result import Listener
from pgconn.model.setting import ServerSetting
from pgconn.model.snapshot import Snapshot
from pgconn.observe import Observation
from pgconn.observe.machine import host_snapshot
from pgconn.observe.snapshot import take
from pgconn.rules import limit_close, reserve_missing, reserves_too_large, superusers_in_slots
from pgconn.rules.engine import run
from pgconn.server import Server
from pgconn.server.refused import Refused
from pgconn.text.quantities import show_count
from pgconn.text.quoting import shell_command, sql_identifier

DEFAULT_ROLE: Final = "pgconn_rescue"
_MEMBERSHIPS: Final = ("pg_monitor", "pg_signal_backend", "pg_use_reserved_connections")
"""What an emergency role is a member of; the last one is there from 16 on."""

_UNSAFE: Final = (reserve_missing.judge, superusers_in_slots.judge, limit_close.judge, reserves_too_large.judge)

SOCKET_LINE: Final = "local all {role} scram-sha-256"
HOST_LINE: Final = "host all {role} {address} scram-sha-256"


def examine(server: Server, target: Target, *, host: Way) -> Readiness:
    """Try the rungs for the role of this session; `host` is what the operating system can do, tried elsewhere."""
    snapshot = take(server)
    answers = server.ask(Preparation, ServerSetting)
    preparation, settings = answers.one(Preparation), tuple(answers.take(ServerSetting))
    files = server.ask(FileSetting).take(FileSetting) if preparation.may_read_files else None
    observation = Observation(snapshots=(snapshot,), settings=settings, files=None if files is None else tuple(files))
    ways = (_slot(snapshot), reserve(snapshot, preparation), _walsender(target, snapshot, preparation), host)
    prepared = preparation.replication and not preparation.superuser
    role = preparation.name if prepared else DEFAULT_ROLE
    reserved_role = snapshot.capacity.reserved_role
    missing = (
        _missing_grants(preparation, reserved_role=reserved_role)
        if prepared
        else emergency_role(role, reserved_role=reserved_role)
    )
    return Readiness(
        server=str(snapshot.address),
        standby=snapshot.instance.standby,
        role=preparation.name,
        ready=any(way.works for way in ways[1:]),
        ways=ways,
        findings=tuple(sorted(unsafe(observation), key=lambda finding: SEVERITIES.index(finding.severity))),
        sql=missing,
        pg_hba=hba_line(role, preparation.client_addr),
    )


def _slot(snapshot: Snapshot) -> Way:
    """Whether the front door is open now."""
    free = snapshot.slots.free.ordinary
    detail = f"{show_count(free, 'slot')} free for an ordinary role"
    return Way(rung="slot", works=snapshot.entered_by == "slot", detail=detail)


def reserve(snapshot: Snapshot, preparation: Preparation) -> Way:
    """Whether slots are kept for this role when ordinary roles find none."""
    capacity, name = snapshot.capacity, sql_identifier(preparation.name)
    if preparation.superuser:
        kept = capacity.superuser_reserved + capacity.reserved
        missing = () if kept else ("set superuser_reserved_connections to 3 or more, and restart",)
        return Way(rung="reserve", works=bool(kept), detail=f"{kept} slots are kept for a superuser", missing=missing)
    if not capacity.reserved_role:
        return Way(
            rung="reserve",
            works=False,
            detail="this version keeps slots for superusers alone",
            missing=("log in as a superuser",),
        )
    lacks = []
    if not preparation.may_use_reserved:
        lacks.append(f"GRANT pg_use_reserved_connections TO {name};")
    if not capacity.reserved:
        lacks.append(_keep_some(snapshot))
    detail = f"{capacity.reserved} slots are kept for members of pg_use_reserved_connections"
    return Way(rung="reserve", works=not lacks, detail=detail, missing=tuple(lacks))


def _keep_some(snapshot: Snapshot) -> str:
    """How slots are kept for pg_use_reserved_connections; with no more of them than let the server start again."""
    capacity = snapshot.capacity
    room = min(3, capacity.max_connections - capacity.superuser_reserved - 1)
    if room < 1:
        return "raise max_connections: it has no room for reserved_connections, and with any the server would not start"
    return _at_a_restart(snapshot, "reserved_connections", room)


def _at_a_restart(snapshot: Snapshot, name: str, value: int) -> str:
    """How a setting of the server is changed that is read at its start, by its operator."""
    if snapshot.instance.provider is None:
        return f"ALTER SYSTEM SET {name} = {value}; -- takes effect at a restart"
    return way(snapshot.instance.provider, [Assignment(name=name, value=str(value), restarts=True)])


def _walsender(target: Target, snapshot: Snapshot, preparation: Preparation) -> Way:
    """Come in as a walsender where that can succeed and harms nobody, and say what is missing where it cannot.

    Neither a role without REPLICATION nor a pooler is tried: the one is refused for certain, and a pooler would take
    that for a server that is down, or keep the walsender.
    """
    if snapshot.pooler:
        return walsender_missing("through the pooler it is not tried", snapshot, preparation)
    if not preparation.replication:
        return walsender_missing("the role has no REPLICATION, so it is not tried", snapshot, preparation)
    try:
        with Server.connect(target, rung="walsender") as server:
            entered = server.rung
    except Refused as refused:
        return walsender_missing(refused.refusal.message, snapshot, preparation)
    if entered != "walsender":
        return walsender_missing("an ordinary slot was given for it", snapshot, preparation)
    free = snapshot.walsenders.max - snapshot.walsenders.used
    lacks = []
    if not preparation.sees_all_sessions:
        lacks.append(f"GRANT pg_monitor TO {sql_identifier(preparation.name)}; -- to see the sessions of others")
    if not preparation.may_signal:
        lacks.append(f"GRANT pg_signal_backend TO {sql_identifier(preparation.name)}; -- to end them")
    return Way(
        rung="walsender",
        works=True,
        detail=f"{free} of {snapshot.walsenders.max} walsenders are free",
        missing=tuple(lacks),
    )


def walsender_missing(message: str, snapshot: Snapshot, preparation: Preparation) -> Way:
    """Why a walsender slot could not be had, and what makes it available."""
    lacks = []
    if not preparation.replication:
        lacks.append(f"ALTER ROLE {sql_identifier(preparation.name)} REPLICATION;")
    if snapshot.pooler:
        lacks.append("connect to the server itself, past the pooler")
    elif not snapshot.capacity.max_wal_senders:
        lacks.append(_at_a_restart(snapshot, "max_wal_senders", 10))
        if snapshot.instance.provider is None:
            lacks.append("wal_level replica or logical at that restart: with minimal and walsenders it does not start")
    elif snapshot.walsenders.used >= snapshot.walsenders.max:
        lacks.append("end a walsender, or raise max_wal_senders, which takes a restart")
    elif not lacks:
        lacks.append(f"in pg_hba.conf: {hba_line(preparation.name, preparation.client_addr)}")
    return Way(rung="walsender", works=False, detail=message, missing=tuple(lacks))


def emergency_role(role: str, *, reserved_role: bool) -> tuple[str, ...]:
    """The statements that create an emergency role."""
    name = sql_identifier(role)
    granted = ", ".join(_MEMBERSHIPS[: 3 if reserved_role else 2])
    return (f"CREATE ROLE {name} LOGIN REPLICATION CONNECTION LIMIT 5;", f"GRANT {granted} TO {name};")


def _missing_grants(preparation: Preparation, *, reserved_role: bool) -> tuple[str, ...]:
    """The statement that completes a role which logs in as a walsender already; none where it lacks nothing."""
    has = (preparation.sees_all_sessions, preparation.may_signal, preparation.may_use_reserved or not reserved_role)
    lacks = [membership for membership, there in zip(_MEMBERSHIPS, has, strict=True) if not there]
    return (f"GRANT {', '.join(lacks)} TO {sql_identifier(preparation.name)};",) if lacks else ()


def hba_line(role: str, client_addr: str | None) -> str:
    """The line of pg_hba.conf that lets this role in from here.

    A walsender to a database matches the database's name there, and not the word `replication`.
    """
    bare = role.isidentifier() and role == role.lower() and role != "all"
    name = role if bare else '"' + role.replace('"', '""') + '"'
    if client_addr is None:
        return SOCKET_LINE.format(role=name)
    return HOST_LINE.format(role=name, address=client_addr + ("/128" if ":" in client_addr else "/32"))


def unsafe(observation: Observation, policy: Policy = DEFAULT) -> Iterator[Finding]:
    """What will hurt when the server is full, or when it is next started."""
    for finding in run(_UNSAFE, observation, policy, bounds=True).findings:
        match finding.rule, finding.subject:
            case "superusers_in_slots", subject:
                held = show_count(int(finding.evidence["sessions"] or 0), "session")
                message = f"{held} of superusers in slots: an application that is a superuser eats the reserve"
                yield _finding("warning", subject, message)
            case "limit_close", "walsenders" if finding.severity == "critical":
                yield _finding("critical", "max_wal_senders", "all walsenders are used: that way in is shut")
            case "reserve_missing" | "reserves_too_large", subject:
                yield _finding(finding.severity, subject, finding.message)


def _finding(severity: Severity, subject: str, message: str) -> Finding:
    return Finding(rule="ready", severity=severity, subject=subject, message=message)


_WHO_MAY: Final = "log in as a superuser; from 16 on CREATEROLE, REPLICATION and ADMIN on what it grants do as well"
_OTHERWISE: Final = (
    "a role is made on the primary, under a name that is not taken; ready -U ROLE tells what one there lacks"
)


class NewRole(Value, frozen=True, kw_only=True):
    """A role that is about to be made, and the line of pg_hba.conf that lets it in."""

    name: str
    place: str
    create: str
    grant: str
    hba: str


def prepare(server: Server, role: str) -> NewRole:
    """The statements that make the role; raises PrivilegeMissing where the role that asks may not make any."""
    if not role.strip():
        raise WrongUsage("a role needs a name", hint="pgconn ready --create pgconn_rescue")
    snapshot, preparation = take(server), server.ask(Preparation).one(Preparation)
    if not preparation.may_create_roles:
        raise PrivilegeMissing(f"{preparation.name} may not create roles", hint=_WHO_MAY)
    create, grant = emergency_role(role, reserved_role=snapshot.capacity.reserved_role)
    hba = hba_line(role, preparation.client_addr)
    return NewRole(name=role, place=str(snapshot.address), create=create, grant=grant, hba=hba)


def make(server: Server, role: NewRole, password: str, connection_args: Sequence[str], listener: Listener) -> None:
    """Make the role; its password is sent as a SCRAM verifier. `connection_args` lead to the server."""
    verifier = server.scram_verifier(role.name, password)
    try:
        server.execute(role.create.rstrip(";") + f" PASSWORD '{verifier}'", role.grant)
    except PrivilegeMissing as error:
        raise PrivilegeMissing(f"nothing was made: {error.message}", hint=_WHO_MAY) from None
    except PgconnError as error:
        if type(error) is not PgconnError:
            raise
        raise WrongUsage(f"nothing was made: {error.message}", hint=_OTHERWISE) from None
    listener.info(
        f"made {sql_identifier(role.name)}; now allow its connections: {role.hba}",
        f"then try: {shell_command('pgconn', 'ready', *connection_args, '-U', role.name)}",
    )


def host_way(target: Target, server: Server) -> Way:
    """Whether pgconn, run as it is now, may see and end the processes of this very server."""
    try:
        found = host_snapshot(target)
        if server.announced_pid not in {process.pid for process in found.processes}:
            detail = "the server that has this port here is not the one that answers"
            return Way(rung="os", works=False, detail=detail, missing=("run pgconn ready on the database host",))
        may_end(found.postmaster)
    except PgconnError as error:
        return Way(rung="os", works=False, detail=error.message, missing=(error.hint,) if error.hint else ())
    return Way(rung="os", works=True, detail=f"pgconn rescue may end idle backends of {found.postmaster.name}")
