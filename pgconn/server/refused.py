"""A connection attempt that was turned away, as an error: which limit it was, who can still get in, and what to do."""

from typing import Final

from pgconn.errors import NoSlot, PgconnError, Unavailable
from pgconn.model import Value
from pgconn.model.refusal import Limit, Refusal

_FULL: Final = "neither superusers nor walsenders get in: end a session"
_TRIED: Final = "neither superusers get in nor this role as a walsender, which pgconn ready explains: end a session"
_CROWDED: Final = "neither superusers get in, nor walsenders through the crowd that tries to log in: end a session"
_RESCUED: Final = ("slots", "superuser_reserve", "reserved_role")
_LIMITS: Final = {
    "slots": "the limit is max_connections, and every slot is taken",
    "superuser_reserve": "the limit is max_connections less superuser_reserved_connections",
    "reserved_role": "the limit is max_connections less the reserved connections",
    "role": "the limit is the CONNECTION LIMIT of the role",
    "database": "the limit is the CONNECTION LIMIT of the database",
    "walsenders": "the limit is max_wal_senders",
    "children": "the limit is on connections that have not logged in",
    "pooler_clients": "the limit is the pooler's on its clients",
    "pooler_queue": "the pooler's queue for a server connection",
}


class ProbeAddress(Value, frozen=True, kw_only=True):
    """What a startup packet of our own needs to know to reach the same server; `name` is the host's, for TLS."""

    host: str
    name: str | None = None
    port: int
    user: str
    database: str
    sslmode: str


class Refused(PgconnError):
    """A connection attempt that was turned away, or a session that a pooler could not serve.

    It is a NoSlot where a slot was wanted, else an Unavailable. `beyond` is the limit that the same role then met as
    a walsender, if that was tried; `waited` says whether it waited for a slot already. `silent_for` are the seconds for
    which a peer that had taken the connection said nothing, as a frozen server does, and a pooler whose queue is long.
    """

    refusal: Refusal

    def __init__(
        self,
        refusal: Refusal,
        where: str,
        probe: ProbeAddress | None = None,
        *,
        beyond: Limit | None = None,
        waited: bool = False,
        silent_for: float = 0.0,
    ) -> None:
        super().__init__(_message(refusal, where), hint=_hint(refusal, beyond, waited=waited), refusal=refusal)
        self.where = where
        self.probe = probe
        self.beyond = beyond
        self.silent_for = silent_for

    @property
    def ends_by_itself(self) -> bool:
        """Whether waiting may help: a slot becomes free, a queue moves, a server has started, a frozen peer goes on.

        Odyssey has one text for all that a server answers it, and asks the server anew for each client.
        """
        is_any = (self.refusal.source, self.refusal.limit) == ("odyssey", "pooler_login")
        return self.refusal.wants_slot or self.refusal.limit == "starting_up" or is_any or self.silent_for > 0

    def after_waiting(self) -> "Refused":
        """The same for a client that has waited for a slot already."""
        return refused(
            self.refusal, self.where, self.probe, beyond=self.beyond, waited=True, silent_for=self.silent_for
        )


class RefusedSlot(Refused, NoSlot):
    """Turned away for want of a slot."""


class RefusedLogin(Refused, Unavailable):
    """Turned away for another reason."""


def refused(
    refusal: Refusal,
    where: str,
    probe: ProbeAddress | None = None,
    *,
    beyond: Limit | None = None,
    waited: bool = False,
    silent_for: float = 0.0,
) -> Refused:
    """The error for a refusal by the server at `where`."""
    kind = RefusedSlot if refusal.wants_slot else RefusedLogin
    return kind(refusal, where, probe, beyond=beyond, waited=waited, silent_for=silent_for)


def read_refused(text: str, where: str, probe: ProbeAddress | None = None, *, silent_for: float = 0.0) -> Refused:
    """The error for the refusal that libpq's text reports, with its codes where it has them."""
    from pgconn.refusals.verbose import read_login  # its patterns are needed only after a refusal

    return refused(read_login(text), where, probe, silent_for=silent_for)


def queued(where: str, probe: ProbeAddress | None, seconds: float) -> Refused:
    """The error for a login that a pooler took and then did not answer for so long."""
    message = f"the login was taken, and then nothing came for {seconds:.0f} s"
    return refused(Refusal(limit="pooler_queue", message=message, source="pooler"), where, probe, silent_for=seconds)


def stuck(where: str, probe: ProbeAddress | None, seconds: float) -> Refused:
    """The error for a login that the server itself took and then did not answer for so long."""
    message = f"timeout expired: the server took the login, and then nothing came for {seconds:.0f} s"
    return refused(Refusal(limit="no_listener", message=message, source="client"), where, probe, silent_for=seconds)


def _message(refusal: Refusal, where: str) -> str:
    code = f" (SQLSTATE {refusal.sqlstate})" if refusal.sqlstate else ""
    limit = f"; {_LIMITS[refusal.limit]}" if refusal.limit in _LIMITS else ""
    return f"{where}: {refusal.message}{code}{limit}"


def _hint(refusal: Refusal, beyond: Limit | None, *, waited: bool) -> str:
    from pgconn.refusals import advice  # as above

    hint = advice(refusal)
    if refusal.limit == "slots" and beyond is not None:
        hint = {"walsenders": _FULL, "children": _CROWDED, "slots": _CROWDED}.get(beyond, _TRIED)
    if refusal.limit in _RESCUED:
        hint += f"; or {'a longer --wait' if waited else '--wait 30s'}, or on the database host: pgconn rescue"
    return hint
