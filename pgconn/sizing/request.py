"""What the calculation starts from: what somebody gave, what was detected, and what is assumed for the rest."""

from typing import Any, Final

import msgspec

from pgconn.documents.sizing import Input, Origin
from pgconn.errors import WrongUsage
from pgconn.model.capacity import reserves_fit
from pgconn.model.value import Value
from pgconn.sizing.choices import PARALLEL, Choices, Storage, Workload
from pgconn.sizing.demand import SLOW, Service, Surge
from pgconn.sizing.measured import MIB
from pgconn.text.quantities import show_size

ASSUMED_VERSION: Final = 18
LEAST_RAM: Final = 64 * MIB
_LEAST_VERSION: Final = 13


class Request(Value, frozen=True, kw_only=True):
    """All that may be told; None is what is not known. Sizes in bytes, times in seconds, shares from 0 to 1."""

    ram: int | None = None
    container: int | None = None  # its limit
    cores: float | None = None
    storage: Storage | None = None
    workload: Workload | None = None
    pg_version: int | None = None
    max_connections: int | None = None
    superuser_reserved: int | None = None
    reserved: int | None = None
    huge_pages: bool | None = None
    jit: bool | None = None
    hash_mem_multiplier: float | None = None
    max_locks_per_transaction: int | None = None
    autovacuum_max_workers: int | None = None
    parallel: int | None = None
    tables: int | None = None
    prepared: int | None = None
    session_memory: int | None = None  # what a session was seen to own, without page tables
    active_share: float | None = None
    services: tuple[Service, ...] = ()
    surge: Surge | None = None
    tps: float | None = None
    hold: float | None = None
    p99_wait: float | None = None
    direct: int | None = None
    utilisation: float | None = None
    page_cache: float | None = None
    ceiling: int | None = None
    pooler: str | None = None
    processes: int | None = None
    databases: int | None = None
    roles: int | None = None
    busy: float | None = None
    provider: str | None = None
    instance_class: str | None = None
    provider_limit: int | None = None
    provider_reserved: int | None = None
    sessions: int | None = None  # seen on the server
    sessions_active: int | None = None  # of them, at work when they were seen
    superusers: int | None = None  # sessions of superusers seen there

    @property
    def said(self) -> dict[str, Any]:
        """The fields that are known."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not None and value != ()}


class Basis(Value, frozen=True, kw_only=True):
    """Everything that the calculation needs, and in `inputs` how each is known; what stays None is left out of it."""

    ram: int
    in_container: bool
    cores: float | None
    storage: Storage | None
    workload: Workload
    pg_version: int
    max_connections: int | None
    superuser_reserved: int
    reserved: int
    huge_pages: bool
    jit: bool
    hash_mem_multiplier: float
    max_locks_per_transaction: int
    autovacuum_max_workers: int
    parallel: int
    tables: int
    prepared: int
    session_memory: int | None
    services: tuple[Service, ...]
    surge: Surge
    tps: float | None
    hold: float | None
    pooler: str | None
    processes: int
    databases: int
    roles: int
    provider: str | None
    instance_class: str | None
    provider_limit: int | None
    provider_reserved: int
    sessions: int
    sessions_active: int
    superusers: int
    choices: Choices
    inputs: dict[str, Input]


_CHOSEN: Final = (
    "active_share",
    "p99_wait",
    "direct",
    "utilisation",
    "busy",
    "tables",
    "prepared",
    "page_cache",
    "ceiling",
)
"""Fields of a request that take the place of a choice."""

_UNKNOWN: Final = (
    "cores",
    "storage",
    "max_connections",
    "session_memory",
    "tps",
    "hold",
    "pooler",
    "provider",
    "instance_class",
    "provider_limit",
)
"""What is left out of the calculation where nobody says it."""

_HELPFUL: Final = "such as: pgconn size --ram 8G, or on the database host: pgconn size --live"


def resolve(given: Request, detected: Request, choices: Choices) -> Basis:
    """What was given before what was detected before what is assumed; raises WrongUsage where the RAM is unknown."""
    said: dict[str, Any] = detected.said | given.said
    if "ram" not in said and "container" not in said:
        raise WrongUsage("the RAM of the server is not known", hint=_HELPFUL)
    version = said.get("pg_version", ASSUMED_VERSION)
    _check(said, version)
    ram = min(size for size in (said.get("ram"), said.get("container")) if size is not None)
    workload: Workload = said.get("workload", "web")
    chosen = msgspec.structs.replace(choices, **{name: said[name] for name in _CHOSEN if name in said})
    chosen = msgspec.structs.replace(chosen, page_at=max(chosen.page_at, chosen.utilisation))
    told = {name: value for name, value in said.items() if name in Basis.__struct_fields__}
    values: dict[str, Any] = _assumed(said, workload, version, choices) | told
    values |= {"ram": ram, "tables": chosen.tables, "prepared": chosen.prepared}
    return Basis(
        **values,
        in_container="container" in said,
        choices=chosen,
        inputs=_inputs(given, detected, values, chosen),
    )


def _assumed(said: dict[str, Any], workload: Workload, version: int, choices: Choices) -> dict[str, Any]:
    """What is assumed of everything that is not said; None where nothing is."""
    return {
        **dict.fromkeys(_UNKNOWN),
        "workload": workload,
        "pg_version": version,
        "superuser_reserved": choices.superuser_reserved,
        "reserved": choices.reserved if version >= 16 else 0,
        "huge_pages": False,
        "jit": False,
        "hash_mem_multiplier": 2.0 if version >= 15 else 1.0,
        "max_locks_per_transaction": 64,
        "autovacuum_max_workers": 3,
        "parallel": PARALLEL[workload],
        "services": (),
        "surge": SLOW,
        "processes": 1,
        "databases": 1,
        "roles": len({service.app for service in said.get("services", ())}) or 1,
        "provider_reserved": 0,
        "sessions": 0,
        "sessions_active": 0,
        "superusers": 0,
    }


def _check(said: dict[str, Any], version: int) -> None:
    """Refuse what no server can be."""
    if version < _LEAST_VERSION:
        raise WrongUsage(f"PostgreSQL {version} is too old", hint="pgconn knows 13 and later")
    for name in ("ram", "container"):
        if said.get(name, LEAST_RAM) < LEAST_RAM:
            raise WrongUsage(f"{show_size(said[name])} is too little for a server", hint=_HELPFUL)
    if version < 16 and said.get("reserved"):
        raise WrongUsage("reserved_connections came with PostgreSQL 16", hint=f"this is for PostgreSQL {version}")
    slots = said.get("max_connections")
    if slots is not None and not reserves_fit(slots, _kept(said, version)):
        raise WrongUsage(
            f"with max_connections {slots} no application gets in",
            hint="superuser_reserved_connections and reserved_connections take them all",
        )
    if ("tps" in said) != ("hold" in said):
        lacks = "--hold" if "tps" in said else "--tps"
        raise WrongUsage(f"{lacks} is missing: a load is both", hint="such as --tps 800 --hold 15ms")


def _kept(said: dict[str, Any], version: int) -> int:
    assumed = Choices()
    reserved = said.get("reserved", assumed.reserved if version >= 16 else 0)
    return int(said.get("superuser_reserved", assumed.superuser_reserved) + reserved + said.get("provider_reserved", 0))


def _inputs(given: Request, detected: Request, values: dict[str, Any], chosen: Choices) -> dict[str, Input]:
    """Every input with how it is known; what is neither told nor assumed is left out."""
    known = values | {name: getattr(chosen, name) for name in _CHOSEN}
    if (container := given.container or detected.container) is not None:
        known["container"] = container
    told = known | {"ram": given.ram or detected.ram or values["ram"]}
    inputs: dict[str, Input] = {}
    for name in Request.__struct_fields__:
        origin: Origin = "given" if name in given.said else "detected" if name in detected.said else "assumed"
        value = told.get(name)
        if name == "services":
            inputs |= {f"app {s.app}": Input(value=written(s), origin=origin) for s in values["services"]}
        elif name == "surge":
            inputs[name] = Input(value=str(value), origin=origin)
        elif value is not None or origin != "assumed":
            inputs[name] = Input(value=value, origin=origin)
    return inputs


def written(service: Service) -> str:
    """A service as `--app` would be given again, without its name."""
    pool = "?" if service.pool is None else str(service.pool)
    workers = f"x{service.workers}" if service.workers != 1 else ""
    return f"{service.instances}{workers}x{pool}" + (f"@{service.surge}" if service.surge else "")
