"""A managed service: its own commands or SQL, in its own units, and what may not be changed there."""

from typing import Final

from pgconn.data.providers import lookup, provider_named
from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.providers import clouds, platforms
from pgconn.emit.providers.provider import Provider, lines_for
from pgconn.emit.settings import input_of, text_input
from pgconn.errors import WrongUsage

PROVIDERS: Final[dict[str, Provider]] = {
    provider.name: provider
    for provider in (
        *(clouds.RDS, clouds.AURORA, clouds.CLOUD_SQL, clouds.AZURE, platforms.NEON, platforms.SUPABASE),
        *(platforms.HEROKU, platforms.DIGITALOCEAN, platforms.AIVEN),
    )
}


def parameter_group(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:  # noqa: ARG001
    """One file for the service that the sizing names; WrongUsage when it names none that is known."""
    known = ", ".join(PROVIDERS)
    named = text_input(sizing, "provider")
    if not named:
        raise WrongUsage(
            "a file of parameters is for a managed service", hint=f"say which: --provider with one of {known}"
        )
    name = provider_named(named).name
    if name not in PROVIDERS:
        raise WrongUsage(f"there is no file of parameters for {name}", hint=f"there is one for {known}")
    instance, ram = text_input(sizing, "instance_class"), input_of(sizing, "ram")
    limits = lookup(name, instance, int(ram) if ram is not None and instance is None else None)
    provider = PROVIDERS[name]
    return (EmittedFile(name=provider.file, text="\n".join(lines_for(provider, limits, sizing)) + "\n"),)
