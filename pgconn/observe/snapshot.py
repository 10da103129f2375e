"""Everything asked once, on one connection, as one Snapshot."""

from pgconn.model.instance import Backend, Capacity, ConnectionLimit, Instance, Role
from pgconn.model.session import STARTING, Session, VirtualTransaction
from pgconn.model.snapshot import Snapshot
from pgconn.server import Server


def take(
    server: Server, *, with_queries: bool = False, with_blockers: bool = False, with_locks: bool = False
) -> Snapshot:
    """Ask the server everything, in one round trip; `with_locks` also who holds an advisory lock.

    Virtual transactions are asked about before and after the sessions: a process that holds one both times and is
    in no view between is a backend that authenticates, and not one that was just coming or going.
    """
    answers = server.ask(
        VirtualTransaction,
        Session,
        VirtualTransaction,
        Instance,
        Role,
        Backend,
        Capacity,
        ConnectionLimit,
        with_queries=with_queries,
        with_blockers=with_blockers,
        with_locks=with_locks,
    )
    before = answers.take(VirtualTransaction)
    sessions = answers.take(Session)
    after = answers.take(VirtualTransaction)
    instance, role, backend = answers.one(Instance), answers.one(Role), answers.one(Backend)
    capacity, between = answers.one(Capacity), server.recognise(backend)
    if not between.pooler or (server.rung == "walsender" and not between.keeps_walsenders):
        sessions = [session for session in sessions if session.pid != role.backend_pid]
    return Snapshot(
        taken_at=instance.taken_at,
        entered_by=server.rung,
        pooler=between.pooler,
        pooler_product=between.product,
        address=server.address,
        instance=instance,
        role=role,
        capacity=capacity,
        own_slots=0 if between.pooler or server.rung == "walsender" else 1,
        sessions=(*sessions, *_authenticating(before, sessions, after, ours=role.backend_pid)),
        connection_limits=tuple(answers.take(ConnectionLimit)),
    )


def _authenticating(
    before: list[VirtualTransaction], seen: list[Session], after: list[VirtualTransaction], *, ours: int
) -> list[Session]:
    """The backends that are in no view yet, as 18 shows them itself; walsenders where their place is known."""
    known = {session.pid for session in seen} | {ours}
    lasting = {transaction.pid for transaction in after}
    return [
        Session(
            pid=held.pid,
            backend_type="walsender" if held.is_walsender else "client backend",
            state=STARTING,
            holds_slot=not held.is_walsender,
        )
        for held in before
        if held.pid in lasting and held.pid not in known and (held.is_walsender or held.holds_slot is not False)
    ]
