"""A plan in a file: kept to be read, and carried out later on the sessions of which it is still true."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pgconn.actions.planning import Request, costs, frees, group, origin, spare, spared, youngest
from pgconn.actions.protections import Protections
from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model.session import Session
from pgconn.model.snapshot import Snapshot
from pgconn.model.termination import Plan, Spared, Victim
from pgconn.text.jsonl import Newer, decode


def revalidate(kept: Plan, snapshot: Snapshot, protections: Protections) -> Plan:
    """The plan, less the victims that are no longer what it says, that something protects or that have to stay by now.

    Raises WrongUsage for a plan of another server, or from before its restart.
    """
    if kept.origin.started_at != snapshot.instance.started_at:
        since = f"{kept.origin.started_at:%Y-%m-%d %H:%M:%S %Z}"
        raise WrongUsage(
            f"the plan is for {kept.origin.host}:{kept.origin.port} as it runs since {since}",
            hint="this is another server, or it was restarted since: make a new plan",
        )
    now = {session.pid: session for session in snapshot.sessions}
    left: list[tuple[Victim, Session]] = []
    out: list[Spared] = []
    for victim in {(victim.pid, victim.backend_start): victim for victim in kept.victims}.values():
        session = now.get(victim.pid)
        if session is None or session.backend_start not in (victim.backend_start, None):
            out.append(_gone(victim))
        elif session.hidden and (hidden := spared(session, protections, snapshot)) is not None:
            out.append(hidden)
        elif not _is_as_planned(session, victim, any_state=kept.any_state):
            out.append(spare(session, "it has changed since the plan was made", None))
        elif (why := spared(session, protections, snapshot)) is not None:
            out.append(why)
        else:
            left.append((victim, session))
    stay = _have_to_stay(kept, [session for _, session in left], snapshot, protections)
    request = Request(command=kept.command, action=kept.action)
    sessions = [session for _, session in left if session.pid not in stay]
    return msgspec.structs.replace(
        kept,
        taken_at=snapshot.taken_at,
        origin=origin(snapshot),
        not_protected=protections.lifted,
        victims=tuple(victim for victim, _ in left if victim.pid not in stay),
        spared=(*kept.spared, *out, *stay.values()),
        costs=costs(sessions, snapshot, request),
        frees=frees(sessions, request),
        wanted=None,
        hidden_sessions=snapshot.hidden_sessions,
    )


def _have_to_stay(
    kept: Plan, left: Sequence[Session], snapshot: Snapshot, protections: Protections
) -> dict[int, Spared]:
    """Those of the victims that --keep needs now, because others that were to stay have left."""
    keep = kept.criteria.get("keep")
    if not isinstance(keep, int):
        return {}
    victims = {session.pid for session in left}
    others = Counter(
        group(session)
        for session in snapshot.sessions
        if session.pid not in victims and spared(session, protections, snapshot) is None
    )
    return youngest(left, keep, others)


def _is_as_planned(session: Session, victim: Victim, *, any_state: bool) -> bool:
    """Whether it is what the plan saw, as the statement that signals asks once more."""
    same = (session.state, session.state_change) == (victim.state, victim.state_change)
    return session.backend_type == victim.backend_type and (same or any_state)


def _gone(victim: Victim) -> Spared:
    return Spared(
        pid=victim.pid,
        why="it has ended since the plan was made",
        user=victim.user,
        application_name=victim.application_name,
        client_addr=victim.client_addr,
        state=victim.state,
    )


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan in a new file that its owner alone may read; raises WrongUsage where one is there already."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise WrongUsage(f"{path} exists already", hint="a plan is never written over: name a new file") from None
    except OSError as error:
        raise WrongUsage(f"cannot write {path}: {error.strerror}") from None
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PartlyDone(f"cannot write {path}: {error.strerror}", hint="make room; nothing was kept") from None


def read_plan(path: Path) -> Plan:
    """The plan of a file; raises WrongUsage for one that holds none, or one of a newer pgconn."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}") from None
    try:
        plan: Plan = decode(data, Plan, tags=("plan",), newest=1)
    except Newer as error:
        raise WrongUsage(f"{path} was {error} (known here: 1)") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(
            f"{path} is not a plan: {error}", hint="pgconn kill-idle --older 10m --plan FILE makes one"
        ) from None
    return plan
