"""What a provider is: what its classes and plans get, by which rule, and how a setting is changed there."""

import re
from typing import Final, Literal

import msgspec

from pgconn.data.managed import SERVICES, Assignment
from pgconn.errors import WrongUsage
from pgconn.model.value import Value

Place = Literal["parameter group", "database flag", "server parameter", "configuration", "manifest", "plan"]
"""Where max_connections is changed; it comes with the plan where nothing but another plan changes it."""

GB: Final = 2**30
NUMBER: Final = "NUMBER"
ANY: Final = "any"
"""The name of a grant that all of a provider's servers have."""
_UNPUBLISHED: Final = "its numbers are not published: ask the server, SHOW max_connections"


class Grant(Value, frozen=True, kw_only=True):
    """What one class or plan has; `ram` in bytes, None where it is not told; no number where the rule gives it."""

    ram: int | None = None
    max_connections: int | None = None


class PerRam(Value, frozen=True, kw_only=True):
    """One connection for each so many bytes of the RAM, less what is kept of it, within its limits.

    From `most_from` bytes on it is `most`, whatever the division gives.
    """

    each: float
    most: int
    most_from: int | None = None
    least: int = 1
    kept: int = 0

    def of(self, ram: int) -> int:
        """How many that are."""
        if self.most_from is not None and ram >= self.most_from:
            return self.most
        return max(self.least, min(self.most, int((ram - self.kept) / self.each)))


class Bands(Value, frozen=True, kw_only=True):
    """So many connections from so many bytes of RAM on, the smallest first."""

    bands: tuple[tuple[float, int], ...]

    def of(self, ram: int) -> int:
        """How many that are; below the first band, what the first one has."""
        reached = [connections for start, connections in self.bands if ram >= start]
        return reached[-1] if reached else self.bands[0][1]


class ProviderLimits(Value, frozen=True, kw_only=True):
    """What a provider gives one server by default, and how that is changed; unknown is None.

    `reserve` is how many of `max_connections` applications do not get. `is_exact` where the number is published for
    this class or by this rule, and not reckoned. `words` say how it is changed; `commands` do it, where there are any.
    """

    provider: str
    instance: str | None
    ram: int | None
    max_connections: int | None
    reserve: int | None
    usable: int | None
    is_exact: bool
    formula: str
    place: Place
    words: str
    commands: tuple[str, ...]
    restarts: bool
    least: int | None
    most: int | None
    pooler: str
    notes: tuple[str, ...]
    source: str


class Provider(Value, frozen=True, kw_only=True):
    """One provider; `grants` by class or plan, the smallest first, and `spellings` of their names as patterns.

    `ram_in_name` is a pattern that finds the RAM in the name of a class, and in how many bytes its number counts.
    `is_rule_exact` where the rule gives the number itself and not one near it; `reserve` and `pooler` are as in
    ProviderLimits. In `words` stand `{name}` and `{value}` for a setting; `upgrade` is the command for another plan,
    words in capitals for what only you know.
    """

    name: str
    aliases: tuple[str, ...] = ()
    grants: dict[str, Grant] = msgspec.field(default_factory=dict)
    spellings: dict[str, str] = msgspec.field(default_factory=dict)
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

    def limits(self, instance: str | None = None, ram: int | None = None) -> ProviderLimits:
        """What a class or plan gets, or so much RAM; without either, what holds for all of them."""
        grant = self.grants.get(ANY, Grant()) if instance is None else self._granted(instance)
        size = grant.ram if ram is None else ram
        connections = grant.max_connections
        if connections is None and self.rule is not None and size is not None:
            connections = self.rule.of(size)
        return ProviderLimits(
            provider=self.name,
            instance=instance,
            ram=size,
            max_connections=connections,
            reserve=self.reserve,
            usable=None if connections is None or self.reserve is None else max(0, connections - self.reserve),
            is_exact=grant.max_connections is not None or (connections is not None and self.is_rule_exact),
            formula=self.formula,
            place=self.place,
            words=self.words.format(name="max_connections", value=NUMBER),
            commands=self.commands(NUMBER),
            restarts=self.restarts,
            least=self.least,
            most=self.most,
            pooler=self.pooler,
            notes=self.notes,
            source=self.source,
        )

    def commands(self, value: object) -> tuple[str, ...]:
        """What to type for so many connections, the restart last; where the plan decides, what changes the plan."""
        service = SERVICES.get(self.name)
        if service is None or self.place == "plan":
            return (self.upgrade,) if self.upgrade else ()
        return service.commands([Assignment(name="max_connections", value=str(value), restarts=self.restarts)])

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
            return Grant(ram=int(found[1]) * self.ram_in_name[1])
        raise WrongUsage(f"{self.name} has no {instance!r} that is known here", hint=self._hint())

    def _hint(self) -> str:
        if not self.grants:
            return (
                "give its RAM instead"
                if self.rule
                else "its numbers are not published: ask the server, SHOW max_connections"
            )
        return f"known are {', '.join(self.grants)}{'; or give its RAM instead' if self.rule else ''}"
