"""Everything asked once: what all judging, showing and planning works on."""

from pgconn.model import Moment, Value
from pgconn.model.instance import Address, Capacity, ConnectionLimit, Instance, Role, Rung
from pgconn.model.session import STARTING, Session, of_clients
from pgconn.model.slots import Limit, Slots, Walsenders, count_slots


class Snapshot(Value, frozen=True, kw_only=True):
    """A server at one moment; `sessions` omits pgconn's own, which holds `own_slots` slots.

    Through a pooler the backend that answers is the pooler's and stays when pgconn goes, so it is counted
    and listed like any other, and `own_slots` is 0. `pooler_product` is pgbouncer, pgpool, pgagroal or another,
    and None where it is not known or nothing is between.
    """

    taken_at: Moment
    entered_by: Rung
    pooler: bool
    pooler_product: str | None = None
    address: Address
    instance: Instance
    role: Role
    capacity: Capacity
    own_slots: int
    sessions: tuple[Session, ...]
    connection_limits: tuple[ConnectionLimit, ...]

    @property
    def holders(self) -> tuple[Session, ...]:
        """The sessions that hold a slot, or might, for all that the role may see."""
        return tuple(session for session in self.sessions if session.may_hold_slot)

    @property
    def hidden_sessions(self) -> int:
        """How many sessions the role may not see into."""
        hidden = (s for s in of_clients(self.sessions) if s.hidden and s.state != STARTING)
        return sum(1 for _ in hidden)

    @property
    def slots(self) -> Slots:
        """The arithmetic of max_connections."""
        return count_slots(self.capacity, self.sessions, own=self.own_slots)

    @property
    def walsenders(self) -> Walsenders:
        """The pool that replication connections take their places from."""
        walsenders = [session.pid for session in self.sessions if session.backend_type == "walsender"]
        used, own = len(walsenders), int(self.entered_by == "walsender" and self.role.backend_pid not in walsenders)
        return Walsenders(max=self.capacity.max_wal_senders, used=used, own=own)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Every CONNECTION LIMIT with what is used of it, the fullest first."""
        limits = [Limit.count(limit, self.sessions) for limit in self.connection_limits]
        return tuple(sorted(limits, key=lambda limit: (-limit.used_ratio, limit.scope, limit.name)))
