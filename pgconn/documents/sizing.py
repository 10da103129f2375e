"""What a server and its clients should be set to: the inputs, the settings, the memory, the pools, and why."""

from typing import Literal

import msgspec

from pgconn.model import Value

Origin = Literal["given", "detected", "assumed"]
Number = int | float | str | bool | None
Values = dict[str, int | float | str | bool]


class Input(Value, frozen=True, kw_only=True):
    """One thing that the calculation starts from, and how it is known; sizes in bytes, times in seconds."""

    value: Number
    origin: Origin


class Reason(Value, frozen=True, kw_only=True):
    """Why a value is what it is, in words; its formula, the same with its numbers, and where it comes from.

    `rests_on` are the names of the reasons whose values the formula takes.
    """

    name: str
    value: Number
    why: str
    formula: str = ""
    numbers: str = ""
    source: str
    rests_on: tuple[str, ...] = ()


class PoolSize(Value, frozen=True, kw_only=True):
    """The pool of one application: `instances` run in steady state, `surge` while a deploy rolls.

    `pool_size` is for each holder of a pool (an instance, or each of its workers); `peak` is what all of them open
    while a deploy rolls, and `asked_peak` what they would open with the size that was asked for. `pool_size` is None
    where no size of at least 1 fits. `p99_wait`, in seconds, is None where the load is unknown or more than the pool
    can do.
    """

    app: str
    instances: int
    workers: int = 1
    surge: int
    pool_size: int | None
    asked: int | None = None
    peak: int
    asked_peak: int | None = None
    p99_wait: float | None = None


class Range(Value, frozen=True, kw_only=True):
    """What a value may be, as far as the measurements and the choices behind it are uncertain."""

    low: int
    likely: int
    high: int


class Difference(Value, frozen=True, kw_only=True):
    """What the rules that people quote say of a value, and why this answer is another."""

    name: str
    ours: int
    textbook: int
    why: str


class Sizing(Value, frozen=True, kw_only=True, tag_field="kind", tag="sizing"):
    """What max_connections, the memory settings and every pool should be; `binding` is what limits it.

    `settings` are PostgreSQL's by name: sizes in bytes, times in seconds. They hold in any case; where `fits` is false
    they are not what was asked for, and the setting that nothing holds for is left out. `memory` adds up to its `ram`.
    `pgbouncer` is empty where no pooler is needed or asked for. `limits` are the connections that each concern allows
    or asks for, `current` what a server has now.
    """

    version: Literal[1] = 1
    inputs: dict[str, Input]
    settings: Values
    memory: dict[str, int]
    slots: dict[str, int]
    pools: tuple[PoolSize, ...]
    pgbouncer: dict[str, int | str]
    fits: bool
    binding: str
    verdict: str = ""
    limits: dict[str, int] = msgspec.field(default_factory=dict)
    ranges: dict[str, Range] = msgspec.field(default_factory=dict)
    load: dict[str, float | None] = msgspec.field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    current: Values = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reasons: tuple[Reason, ...]
