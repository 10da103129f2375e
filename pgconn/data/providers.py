"""How many connections a provider gives a server by default, how many it keeps, and how the number is changed."""

from pgconn.data.provided import PROVIDERS
from pgconn.data.provided.provider import Provider, ProviderLimits
from pgconn.errors import WrongUsage

__all__ = ("PROVIDERS", "Provider", "ProviderLimits", "lookup", "provider_named")


def provider_named(name: str) -> Provider:
    """The provider of that name, as people write it or as `pgconn status` says it."""
    for provider in PROVIDERS:
        if _plain(name) in map(_plain, (provider.name, *provider.aliases)):
            return provider
    known = ", ".join(provider.name for provider in PROVIDERS)
    raise WrongUsage(f"there is no provider {name!r} that is known here", hint=f"known are {known}")


def lookup(provider: str, instance_class: str | None = None, ram: int | None = None) -> ProviderLimits:
    """What that provider gives a server of this class or plan, or with so much RAM (bytes).

    Without either, what holds for all its servers. An unknown name is WrongUsage, and the hint has the known ones.
    """
    return provider_named(provider).limits(instance_class, ram)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
