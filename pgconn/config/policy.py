"""Every threshold that a judgement rests on, with its unit, its default and its reason in its type."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec

from pgconn.model import Value


class Number(Value, frozen=True, kw_only=True):
    """A number by its name; the default where it belongs to a struct that may have others."""

    name: str
    value: int | float
    unit: str
    reason: str

    @property
    def sentence(self) -> str:
        """The number with its unit and its reason, as a person reads it."""
        return f"{self.name} is {self.value:g} {self.unit}" + (f": {self.reason}" if self.reason else "")


def number(unit: str, reason: str = "", *, least: float = 0) -> msgspec.Meta:
    """What `Annotated` gives a number: its unit, why it is what it is, and the least that it may be."""
    return msgspec.Meta(ge=least, description=reason, extra_json_schema={"unit": unit}, extra={"unit": unit})


def numbers_of(holder: type[msgspec.Struct] | ModuleType) -> Iterator[Number]:
    """The annotated numbers of a struct or a module, in their order."""
    if isinstance(holder, ModuleType):
        found = [(name, kind, getattr(holder, name)) for name, kind in inspect.get_annotations(holder).items()]
    else:
        found = [(field.name, field.type, field.default) for field in msgspec.structs.fields(holder)]
    for name, kind, value in found:
        if (meta := _meta(kind)) is not None:
            yield Number(name=name, value=value, unit=meta.extra["unit"], reason=meta.description or "")


def _meta(kind: Any) -> Any:
    """The annotation that `number` made, also within Final; None where there is none."""
    if get_origin(kind) is Final:
        (kind,) = get_args(kind)
    return next((m for m in getattr(kind, "__metadata__", ()) if isinstance(m, msgspec.Meta) and m.extra), None)


class Policy(Value, frozen=True, kw_only=True):
    """The thresholds of the rules, of the settings' advice, of the logs and of the choice of victims."""

    slots_warning: Annotated[
        float, number("of the usable slots", "what monitoring commonly warns at, some deploys before the end")
    ] = 0.8
    slots_critical: Annotated[float, number("of the usable slots", "one more deploy or burst fills the rest")] = 0.9
    limit_close: Annotated[
        float, number("of a CONNECTION LIMIT or the walsender pool", "the next deploy reaches the limit")
    ] = 0.8
    transaction_seconds: Annotated[
        float, number("seconds idle within a transaction", "an application that thinks longer has lost it")
    ] = 60.0
    idle_seconds: Annotated[float, number("seconds idle", "longer than any pool has to keep a connection")] = 600.0
    idle_share: Annotated[float, number("of the used slots, old and idle", "from here on they are the reason")] = 0.5
    authenticating_share: Annotated[
        float, number("of the used slots", "logins take milliseconds, so a crowd of them is a jam")
    ] = 0.2
    authenticating_sessions: Annotated[
        int, number("sessions that log in at the same moment", "one alone is an ordinary login")
    ] = 2
    wal_wait_share: Annotated[
        float, number("of the used slots, waiting for WAL", "from here on the lag fills the server")
    ] = 0.2
    wal_wait_seconds: Annotated[
        float, number("seconds of WAIT FOR LSN", "a standby that keeps up replays within milliseconds")
    ] = 1.0
    leaked_idle_share: Annotated[
        float, number("of its life that a session was idle at a stretch", "a pool uses its sessions in turn")
    ] = 0.95
    many_connections: Annotated[
        int, number("connections", "so many sessions at work slow each other, whatever the machine")
    ] = 1000
    login_seconds: Annotated[
        float, number("seconds of authentication_timeout", "a login takes milliseconds, over a bad line a few seconds")
    ] = 30.0
    keepalive_seconds: Annotated[
        float, number("seconds of tcp_keepalives_idle", "until then a dead client keeps its slot; Linux has 7200")
    ] = 600.0
    short_transaction_seconds: Annotated[
        float,
        number("seconds of idle_in_transaction_session_timeout", "healthy applications think as long between queries"),
    ] = 10.0
    episode_gap_seconds: Annotated[
        float, number("seconds without a refusal", "what follows later in a log is another episode")
    ] = 60.0
    sustained_seconds: Annotated[
        float, number("seconds of refusals", "a deploy is over sooner; what lasts longer does not pass by itself")
    ] = 60.0


DEFAULT: Final = Policy()
