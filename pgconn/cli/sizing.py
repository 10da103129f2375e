"""What `pgconn size` does between its options and its page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pgconn.cli.options.connection import Connection
from pgconn.data.provider import ProviderLimits, lookup, provider_named
from pgconn.documents.sizing import Reason, Sizing
from pgconn.emit.emitted import Kind
from pgconn.errors import WrongUsage
from pgconn.sizing.calculate import size
from pgconn.sizing.choices import Choices
from pgconn.sizing.request import Request

if TYPE_CHECKING:
    from pgconn.documents.raising import Raising


_SUPERUSERS: Final = "superuser_reserved_connections"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was given, what was detected, the settings of the server as they are, and what could not be detected."""

    given: Request
    detected: Request = Request()
    current: dict[str, int | float | str | bool] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()


def known_of(said: dict[str, Any], connection: Connection | None) -> Known:
    """What the options say, and what a server and a provider tell beside them."""
    given = Request(**said)
    if connection is None:
        detected, notes = _of_provider(given, Request())
        return Known(given=given, detected=detected, notes=notes)
    from pgconn.cli.sizing_live import look

    found = look(connection)
    detected, notes = _of_provider(given, found.request)
    return Known(given=given, detected=detected, current=found.current, notes=(*found.notes, *notes))


def sizing_of(known: Known, rule: str | None) -> Sizing:
    """The answer by our model, or by a rule that others made."""
    _has_ram(known)
    if rule is None:
        return size(known.given, known.detected, current=known.current, notes=known.notes)
    from pgconn.sizing.ruled import by_rule

    return by_rule(rule, known.given, known.detected)


def raising_of(known: Known, start: int | None, to: int | None) -> "Raising":
    """What it takes to raise max_connections, from the server's own number where none is given and it is known."""
    from pgconn.sizing.circumstances import circumstances
    from pgconn.sizing.raising import raising

    start = start if start is not None else int(known.current.get("max_connections", 0)) or None
    if start is None or to is None:
        lacks = "--to" if to is None else "--from"
        raise WrongUsage(f"{lacks} is missing", hint="such as --from 100 --to 500")
    own = {
        field: int(known.current[name])
        for field, name in (("superuser_reserved", _SUPERUSERS), ("reserved", "reserved_connections"))
        if name in known.current
    }
    return raising(start, to, circumstances(known.given, msgspec.structs.replace(known.detected, **own)))


def file_of(known: Known) -> Kind | None:
    """The format in which such a server takes its settings, as far as there is one."""
    provider = known.given.provider or known.detected.provider
    if provider is None:
        return "conf"
    service = provider_named(provider).service
    return "parameter-group" if service is not None and service.file is not None else None


def _has_ram(known: Known) -> None:
    """Raises WrongUsage where the provider is known, but not how much RAM it gives."""
    provider = known.given.provider
    told = known.detected.said | known.given.said
    if provider is None or "ram" in told or "container" in told:
        return
    found = lookup(provider, known.given.instance_class)
    if known.given.instance_class is None:
        has_classes = any(grant.ram for grant in provider_named(provider).grants.values())
        beside = ", or its class or plan by --instance-class" if has_classes else ""
        raise WrongUsage("the RAM of the server is not known", hint=f"give it: --ram 8G{beside}")
    number = f" it has {found.max_connections} connections;" if found.max_connections else ""
    what = f"{found.name} does not tell the RAM of {known.given.instance_class}"
    raise WrongUsage(what, hint=f"{number} give its RAM: --ram 4G".strip())


def _of_provider(given: Request, detected: Request) -> tuple[Request, tuple[str, ...]]:
    """What is detected, with what the provider gives such a server, and what there is to say of it."""
    name = given.provider or detected.provider
    if name is None:
        if given.instance_class is not None:
            raise WrongUsage("an instance class belongs to a provider", hint="such as --provider rds")
        return detected, ()
    try:
        found = lookup(name, given.instance_class, given.ram or detected.ram)
    except WrongUsage:
        if given.provider is not None:
            raise
        return detected, ()
    told: dict[str, Any] = {
        "ram": found.ram,
        "provider_limit": found.max_connections if found.place == "plan" else found.most,
    }
    if found.reserve is not None:
        ours = given.superuser_reserved if given.superuser_reserved is not None else Choices().superuser_reserved
        told |= {"reserved": 0, "provider_reserved": max(0, found.reserve - ours)}
    known = {name: value for name, value in told.items() if value is not None}
    return msgspec.structs.replace(detected, **known | detected.said), tuple(_default(found))


def _default(found: ProviderLimits) -> Iterator[str]:
    """What a provider gives by itself, and whether it can be set at all."""
    if found.max_connections is None:
        return
    number = f"{'' if found.is_exact else 'about '}{found.max_connections}"
    if found.place == "plan":
        yield (
            f"{found.name} sets max_connections to {number} by the plan, and nothing else changes it"
            f" ({found.formula}): the numbers above are for the pools to keep within"
        )
    else:
        yield f"{found.name} gives such a server {number} by default ({found.formula})"


def with_chain(sizing: Sizing, name: str | None) -> Sizing:
    """The sizing with no other reasons than those behind one name, itself first; WrongUsage for another name."""
    if name is None:
        return sizing
    known = {reason.name: reason for reason in sizing.reasons}
    if name not in known:
        raise WrongUsage(f"there is no {name!r} to explain", hint=f"there is {', '.join(known)}")
    chain: dict[str, Reason] = {}
    left = [name]
    while left:
        reason = known.get(left.pop(0))
        if reason is not None and reason.name not in chain:
            chain[reason.name] = reason
            left += reason.rests_on
    return msgspec.structs.replace(sizing, reasons=tuple(chain.values()))
