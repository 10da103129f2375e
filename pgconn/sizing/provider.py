"""What a managed service tells a sizing of its server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from pgconn.errors import WrongUsage
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.detected import Found
from pgconn.sizing.request import Request

if TYPE_CHECKING:  # what is known of providers takes as long to load as a sizing takes to calculate
    from pgconn.data.provider import ProviderLimits


def with_provider(given: Request, found: Found) -> Found:
    """What was detected, with what the provider gives such a server, and what there is to say of it."""
    name = given.provider or found.request.provider
    if name is None:
        if given.instance_class is not None:
            raise WrongUsage("an instance class belongs to a provider", hint="such as --provider rds")
        return found
    from pgconn.data.provider import lookup  # as above

    try:
        limits = lookup(name, given.instance_class, given.ram or found.request.ram)
    except WrongUsage:
        if given.provider is not None:
            raise
        return found
    kept, ours = limits.reserve, given.superuser_reserved
    ours = Assumptions().superuser_reserved if ours is None else ours
    provided = Request(
        ram=limits.ram,
        provider_limit=limits.max_connections if limits.place == "plan" else limits.most,
        reserved=None if kept is None else 0,
        provider_reserved=None if kept is None else max(0, kept - ours),
    )
    notes = (*found.notes, *_default(limits))
    return msgspec.structs.replace(found, request=found.request.over(provided), notes=notes)


def require_ram(given: Request, detected: Request) -> None:
    """Raises WrongUsage where the provider is known, but not how much RAM it gives."""
    if given.provider is None or given.over(detected).memory is not None:
        return
    from pgconn.data.provider import lookup, provider_named  # as above

    if given.instance_class is None:
        has_classes = any(grant.ram for grant in provider_named(given.provider).grants.values())
        beside = ", or its class or plan by --instance-class" if has_classes else ""
        raise WrongUsage("the RAM of the server is not known", hint=f"give it: --ram 8G{beside}")
    found = lookup(given.provider, given.instance_class)
    number = f" it has {found.max_connections} connections;" if found.max_connections else ""
    what = f"{found.name} does not tell the RAM of {given.instance_class}"
    raise WrongUsage(what, hint=f"{number} give its RAM: --ram 4G".strip())


def _default(limits: "ProviderLimits") -> Iterator[str]:
    """What a provider gives by itself, and whether it can be set at all."""
    if limits.max_connections is None:
        return
    number = f"{'' if limits.is_exact else 'about '}{limits.max_connections}"
    if limits.place == "plan":
        yield (
            f"{limits.name} sets max_connections to {number} by the plan, and nothing else changes it"
            f" ({limits.formula}): the numbers above are for the pools to keep within"
        )
    else:
        yield f"{limits.name} gives such a server {number} by default ({limits.formula})"
