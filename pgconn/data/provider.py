"""A provider of managed servers: how it is recognized, what it gives a server, and how the number is changed there.

`providers.toml` lists them; each has a file of its own below `providers/`, read when it is asked for.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pgconn.data.reading import toml
from pgconn.data.service import Assignment, Service
from pgconn.errors import WrongUsage
from pgconn.model import Value

Place = Literal["parameter group", "database flag", "server parameter", "configuration", "manifest", "plan"]
"""Where max_connections is changed; it comes with the plan where nothing but another plan changes it."""

NUMBER: Final = "NUMBER"
_GB: Final = 2**30
_ANY: Final = "any"
"""The name of a grant that all of a provider's servers have."""


class Signs(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The roles, settings, functions and schemas that the provider alone makes; sql/instance.sql looks for them.

    `before` names another provider whose signs such a server has as well.
    """

    roles: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    before: str | None = None


class Grant(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one class or plan has; unknown is None, and the rule gives a number that is not there."""

    ram_gb: float | None = None
    max_connections: int | None = None

    @property
    def ram(self) -> int | None:
        """The RAM in bytes."""
        return None if self.ram_gb is None else int(self.ram_gb * _GB)


class PerRam(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="per_ram"):
    """One connection for each so many bytes of the RAM, less what is kept of it, within its limits.

    From `most_from_gb` on it is `most`, whatever the division gives.
    """

    each: float
    most: int
    most_from_gb: int | None = None
    least: int = 1
    kept_gb: int = 0

    def of(self, ram: int) -> int:
        """How many that are."""
        if self.most_from_gb is not None and ram >= self.most_from_gb * _GB:
            return self.most
        return max(self.least, min(self.most, int((ram - self.kept_gb * _GB) / self.each)))


class Bands(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="bands"):
    """So many connections from so many GB of RAM on, or above so many, the smallest first."""

    bands: tuple[tuple[float, int], ...]
    is_above: bool = False

    def of(self, ram: int) -> int:
        """How many that are; below the first band, what the first one has."""
        reached = [most for gb, most in self.bands if ram >= int(gb * _GB) + self.is_above]
        return reached[-1] if reached else self.bands[0][1]


class Provider(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider; `grants` by class or plan, the smallest first, and `spellings` of their names as patterns.

    `ram_in_name` is a pattern that finds the RAM in the name of a class, and how many bytes its number counts.
    `is_rule_exact` where the rule gives the number itself and not one near it; `reserve` is how many connections
    applications do not get. In `words` stand `{name}` and `{value}` for a setting; `upgrade` is the command for another
    plan, words in capitals for what only its user knows. `service` is None where users operate the servers themselves.
    """

    name: str
    recognized: Signs | None = None
    grants: Mapping[str, Grant] = {}
    spellings: Mapping[str, str] = {}
    ram_in_name: tuple[str, int] | None = None
    rule: PerRam | Bands | None = None
    is_rule_exact: bool = True
    formula: str
    reserve: int | None = None
    place: Place
    words: str
    upgrade: str = ""
    restarts: bool = True
    least: int | None = None
    most: int | None = None
    pooler: str = "none of its own"
    notes: tuple[str, ...] = ()
    source: str
    service: Service | None = None

    def limits(self, instance: str | None = None, ram: int | None = None) -> "ProviderLimits":
        """What a class or plan gets, or so much RAM; without either, what holds for all of them."""
        grant = self.grants.get(_ANY, Grant()) if instance is None else self._granted(instance)
        size = grant.ram if ram is None else ram
        connections = grant.max_connections
        if connections is None and self.rule is not None and size is not None:
            connections = self.rule.of(size)
        return ProviderLimits(
            **{name: getattr(self, name) for name in self.__struct_fields__},
            instance=instance,
            ram=size,
            max_connections=connections,
            is_exact=grant.max_connections is not None or (connections is not None and self.is_rule_exact),
        )

    def words_for(self, value: object) -> str:
        """How max_connections becomes this number, in words."""
        return self.words.format(name="max_connections", value=value)

    def commands(self, value: object) -> tuple[str, ...]:
        """What to type for so many connections, the restart last; where the plan decides, what changes the plan."""
        if self.service is None or self.place == "plan":
            return (self.upgrade,) if self.upgrade else ()
        return self.service.commands([Assignment(name="max_connections", value=str(value), restarts=self.restarts)])

    def _granted(self, instance: str) -> Grant:
        name = instance.strip().lower()
        by_name = {key.lower(): grant for key, grant in self.grants.items()}
        if name in by_name:
            return by_name[name]
        for pattern, key in self.spellings.items():
            if found := re.fullmatch(pattern, name):
                name = found.expand(key).lower()
                if name in by_name:
                    return by_name[name]
        if self.ram_in_name and (found := re.fullmatch(self.ram_in_name[0], name)):
            return Grant(ram_gb=int(found[1]) * self.ram_in_name[1] / _GB)
        raise WrongUsage(f"{self.name} has no {instance!r} that is known here", hint=self._hint())

    def _hint(self) -> str:
        if self.grants:
            return f"known are {', '.join(self.grants)}{'; or give its RAM instead' if self.rule else ''}"
        if self.rule:
            return "give its RAM instead"
        return "its numbers are not published: ask the server, SHOW max_connections"


class ProviderLimits(Provider, frozen=True, kw_only=True):
    """What a provider gives one server by default; `ram` is in bytes, and unknown is None.

    `is_exact` where the number is published for this class or by this rule, and not reckoned.
    """

    instance: str | None
    ram: int | None
    max_connections: int | None
    is_exact: bool

    @property
    def usable(self) -> int | None:
        """How many of them applications get."""
        if self.max_connections is None or self.reserve is None:
            return None
        return max(0, self.max_connections - self.reserve)


@functools.cache
def names() -> dict[str, tuple[str, ...]]:
    """The names of each provider, its own first, by its file, in the order in which they are listed."""
    return toml("providers.toml", dict[str, tuple[str, ...]])


@functools.cache
def provider_in(file: str) -> Provider:
    """The provider whose file has this name."""
    return toml(f"providers/{file}.toml", Provider)


def providers() -> tuple[Provider, ...]:
    """All of them, each file read."""
    return tuple(map(provider_in, names()))


def provider_named(name: str) -> Provider:
    """The provider of that name, as people write it or as `pgconn status` says it."""
    for file, spelled in names().items():
        if plain(name) in map(plain, spelled):
            return provider_in(file)
    known = ", ".join(first for first, *_ in names().values())
    raise WrongUsage(f"there is no provider {name!r} that is known here", hint=f"known are {known}")


def lookup(provider: str, instance_class: str | None = None, ram: int | None = None) -> ProviderLimits:
    """What that provider gives a server of this class or plan, or with so much RAM (bytes).

    Without either, what holds for all its servers. An unknown name is WrongUsage, and the hint has the known ones.
    """
    return provider_named(provider).limits(instance_class, ram)


def way(provider: str, wanted: Sequence[Assignment]) -> str:
    """How these settings are changed at the provider that was recognized by this name, in a line."""
    file = next((file for file, (name, *_) in names().items() if name == provider), None)
    service = provider_in(file).service if file is not None else None
    return service.way(wanted) if service is not None else "the provider's own console"


def plain(name: str) -> str:
    """The name without what people write in many ways: capitals, spaces and punctuation."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
