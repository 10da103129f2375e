"""Which sessions to end and which to spare: `(Snapshot, Request, Protections) -> Plan`; nothing is done yet."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pgconn.actions.impact import Impact, Losses, waiting_for
from pgconn.actions.protections import Protections
from pgconn.model import Value
from pgconn.model.criteria import Criteria
from pgconn.model.session import ABORTED, ACTIVE, IDLE, IDLE_IN_TRANSACTION, STARTING, Session, of_clients
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Action, Cost, CriteriaShown, Origin, Plan, Spared, Victim
from pgconn.text.quantities import show_count
from pgconn.text.quoting import sql_identifier

Group = tuple[str | None, str | None, str | None]
"""An application, a user and a client."""


class Request(Value, frozen=True, kw_only=True):
    """Which sessions are to end, and how: `states` is empty where any state will do.

    `count` is how many slots to free, with the least impact; `keep` how many sessions of each application, user and
    client stay; with `any_state` a session may have gone to work since it was planned.
    """

    command: str
    action: Action = "terminate"
    criteria: Criteria = Criteria()
    states: tuple[str, ...] = ()
    pids: tuple[int, ...] = ()
    limit: int | None = None
    keep: int | None = None
    count: int | None = None
    include_active: bool = False
    any_state: bool = False


class _Judged(NamedTuple):
    """A session that is meant: spared, or a victim."""

    session: Session
    spared: Spared | None


def plan(snapshot: Snapshot, request: Request, protections: Protections) -> Plan:
    """The sessions that this request ends on this server, and those it spares; the least impact comes first."""
    blocks, losses = waiting_for(snapshot), Losses(snapshot)
    meant = _meant(snapshot, request)
    judged = [_judge(session, snapshot, request, protections) for session in meant]
    open_ones = [one.session for one in judged if one.spared is None]
    kept = youngest(open_ones, request.keep)
    ordered = sorted(
        (session for session in open_ones if session.pid not in kept), key=lambda s: _rank(s, losses, request, blocks)
    )
    chosen = ordered[: _most(request)]
    return Plan(
        taken_at=snapshot.taken_at,
        origin=origin(snapshot),
        command=request.command,
        action=request.action,
        any_state=request.any_state,
        not_protected=protections.lifted,
        criteria=shown(request),
        victims=tuple(_victim(session, losses, blocks.get(session.pid, ())) for session in chosen),
        spared=tuple(one.spared for one in judged if one.spared) + tuple(kept.values()),
        costs=costs(chosen, snapshot, request),
        frees=frees(chosen, request),
        wanted=request.count,
        unnamed=tuple(sorted(set(request.pids) - {session.pid for session in snapshot.sessions})),
        hidden_sessions=snapshot.hidden_sessions,
        matched=len(meant),
    )


def spared(session: Session, protections: Protections, snapshot: Snapshot) -> Spared | None:
    """Why a session is kept, or None where nothing keeps it."""
    if session.pid == snapshot.role.backend_pid:
        return spare(session, "it serves pgconn itself", "pgconn")
    if session.backend_start is None and session.state == STARTING:
        return spare(session, "it is still logging in, and authentication_timeout ends that", None)
    if session.hidden or session.backend_start is None:
        name = snapshot.role.acts_as or snapshot.role.name
        grant = f"GRANT pg_read_all_stats TO {sql_identifier(name)} shows it"
        return spare(session, f"it is hidden from {name}: {grant}", None)
    protection = protections.keeping(session, snapshot)
    return spare(session, protection.why, protection.name) if protection else None


def origin(snapshot: Snapshot) -> Origin:
    """The server of a snapshot, as a plan names it."""
    address = snapshot.address
    return Origin(
        host=address.host,
        port=address.port,
        database=address.database,
        started_at=snapshot.instance.started_at,
        role=snapshot.role.name,
        may_signal=snapshot.role.may_signal,
        pooler=snapshot.pooler,
    )


def shown(request: Request) -> CriteriaShown:
    """The request as a document shows it."""
    criteria: CriteriaShown = {}
    by_column: dict[str, list[str]] = defaultdict(list)
    for pattern in request.criteria.patterns:
        by_column[f"{'not_' if pattern.excludes else ''}{pattern.column}"].append(pattern.text)
    criteria |= {column: tuple(texts) for column, texts in by_column.items()}
    if request.states and "state" not in criteria:
        criteria["state"] = request.states
    more: dict[str, int | float | tuple[int | str, ...] | None] = {
        "older_seconds": request.criteria.older_seconds,
        "pids": request.pids or None,
        "limit": request.limit,
        "keep": request.keep,
        "count": request.count,
    }
    return criteria | {name: value for name, value in more.items() if value is not None}


def _meant(snapshot: Snapshot, request: Request) -> list[Session]:
    """The sessions that the request names, protected or not."""
    if request.pids:
        return [session for session in snapshot.sessions if session.pid in request.pids]
    listed = of_clients(snapshot.sessions) if request.count is None else snapshot.holders
    chosen = request.criteria.choose(listed)
    return [session for session in chosen if not request.states or session.state in request.states]


def _judge(session: Session, snapshot: Snapshot, request: Request, protections: Protections) -> _Judged:
    kept = spared(session, protections, snapshot)
    if kept is None and request.action == "cancel" and (why := useless(session)) is not None:
        kept = spare(session, why, None)
    return _Judged(session, kept)


def useless(session: Session) -> str | None:
    """Why a cancel would do nothing to a session, or None where it does something."""
    if session.state == ACTIVE:
        return None
    if session.state in (IDLE, IDLE_IN_TRANSACTION, ABORTED):
        return f"it is {session.state}: there is no statement to cancel; pgconn kill {session.pid} ends the session"
    return f"it is {session.state or 'in no state'}: there is no statement to cancel"


def youngest(
    sessions: Iterable[Session], keep: int | None, others: Mapping[Group, int] = MappingProxyType({})
) -> dict[int, Spared]:
    """The youngest sessions of each application, user and client: `keep` of each stay, with the others that do."""
    if not keep:
        return {}
    groups: dict[Group, list[Session]] = defaultdict(list)
    for session in sorted(sessions, key=lambda s: (s.state_seconds or 0.0, -s.pid)):
        groups[group(session)].append(session)
    why = f"one of the {keep} youngest that stay" if keep > 1 else "the youngest, which stays"
    return {
        s.pid: spare(s, why, None) for of, alike in groups.items() for s in alike[: max(0, keep - others.get(of, 0))]
    }


def _rank(
    session: Session, losses: Losses, request: Request, blocks: Mapping[int, tuple[int, ...]]
) -> tuple[float, ...]:
    """What comes first: for `free` the least impact, else what blocks most; then the longest in its state."""
    age = session.state_seconds or 0.0
    if request.count is not None:
        return (_last(losses.impact(session)), -age, session.pid)
    return (-len(blocks.get(session.pid, ())), -age, session.pid)


def _most(request: Request) -> int | None:
    bounds = [bound for bound in (request.limit, request.count) if bound is not None]
    return min(bounds) if bounds else None


def _victim(session: Session, losses: Losses, blocks: tuple[int, ...]) -> Victim:
    assert session.backend_start is not None
    return Victim(
        pid=session.pid,
        backend_start=session.backend_start,
        backend_type=session.backend_type,
        user=session.user,
        database=session.database,
        application_name=session.application_name,
        client_addr=session.client_addr,
        state=session.state,
        state_change=session.state_change,
        state_seconds=session.state_seconds,
        blocks=blocks,
        reason=losses.reason(session, blocks),
        pooled_client=session.pooled_client,
    )


def spare(session: Session, why: str, protection: str | None) -> Spared:
    """The session as one that is spared."""
    return Spared(
        pid=session.pid,
        why=why,
        protection=protection,
        user=session.user,
        application_name=session.application_name,
        client_addr=session.client_addr,
        state=session.state,
        pooled_client=session.pooled_client,
    )


def frees(chosen: Sequence[Session], request: Request) -> int:
    """How many slots the end of these sessions frees."""
    return sum(session.may_hold_slot for session in chosen) if request.action == "terminate" else 0


def group(session: Session | Victim) -> Group:
    """The application, user and client of a session."""
    return session.application_name, session.user, session.client_addr


def costs(chosen: Iterable[Session], snapshot: Snapshot, request: Request) -> tuple[Cost, ...]:
    """What each application, user and client loses, the most first."""
    losses = Losses(snapshot)
    all_of = Counter(map(group, snapshot.sessions))
    groups: dict[Group, list[Session]] = defaultdict(list)
    for session in chosen:
        groups[group(session)].append(session)
    found = [
        Cost(
            application_name=of[0],
            user=of[1],
            client_addr=of[2],
            victims=len(lost),
            sessions=all_of[of],
            oldest_seconds=max((session.state_seconds or 0.0 for session in lost), default=None),
            effect=_effect(lost, losses, request),
        )
        for of, lost in groups.items()
    ]
    return tuple(sorted(found, key=lambda cost: -cost.victims))


def _effect(lost: Sequence[Session], losses: Losses, request: Request) -> str:
    """How many lose what, those with the least impact first."""
    if request.action == "cancel":
        return f"{show_count(len(lost), 'statement')} fail{'s' * (len(lost) == 1)} with 57014"
    by_impact = sorted(lost, key=lambda session: _last(losses.impact(session)))
    counts = Counter(map(losses.effect, by_impact))
    return "; ".join(f"{count} {what}" for what, count in counts.items())


def _last(impact: Impact | None) -> int:
    """The place of an impact, that of an unknown one last."""
    return len(Impact) if impact is None else impact
