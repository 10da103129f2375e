"""What the calculation starts from: what was given, what was detected, and what is assumed for the rest."""

import functools
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec

from pgconn.data.versions import newest, oldest, version
from pgconn.documents.sizing import Input, Origin
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.slots import MAX_CONNECTIONS, reserves_fit
from pgconn.sizing.assumptions import PARALLEL, Assumptions, Storage, Workload
from pgconn.sizing.demand import SLOW, Service, Surge
from pgconn.sizing.measured import MIB
from pgconn.text.quantities import show_size
from pgconn.text.units import Bytes, Duration, Share

LEAST_RAM: Final = 64 * MIB
MANY: Final = 1_000_000

HELPFUL: Final = "such as: pgconn size --ram 8G, or on the database host: pgconn size --live"


def _field(
    help_: str | None = None,
    metavar: str | None = None,
    *,
    ge: float | None = None,
    le: float | None = None,
    unit: type[int | float] | None = None,
) -> msgspec.Meta:
    """What an option says of the field, which numbers it takes, and the unit of its value."""
    return msgspec.Meta(description=help_, ge=ge, le=le, extra={"metavar": metavar, "unit": unit})


class Request(Value, frozen=True, kw_only=True):
    """All that may be given or detected; None is what is not known. Sizes in bytes, times in seconds, shares 0 to 1."""

    ram: Annotated[int, _field("RAM of the server: 8G.", "SIZE", unit=Bytes)] | None = None
    container: Annotated[int, _field("Memory limit of its container.", "SIZE", unit=Bytes)] | None = None
    cores: Annotated[float, _field(None, "N", ge=0.1)] | None = None
    storage: Annotated[Storage, _field("ssd, nvme, san or hdd.", "KIND")] | None = None
    workload: Annotated[Workload, _field("web, oltp, dw, mixed or desktop.", "KIND")] | None = None
    pg_version: Annotated[int, _field("Major version of PostgreSQL.", "MAJOR")] | None = None
    max_connections: (
        Annotated[int, _field("Keep it at N, and say whether that fits.", "N", ge=1, le=MAX_CONNECTIONS)] | None
    ) = None
    superuser_reserved: int | None = None
    reserved: int | None = None
    huge_pages: Annotated[bool, _field("Whether it gets them.")] | None = None
    jit: Annotated[bool, _field("Whether queries are compiled.")] | None = None
    hash_mem_multiplier: float | None = None
    max_locks_per_transaction: int | None = None
    autovacuum_max_workers: int | None = None
    parallel: Annotated[int, _field("Parallel workers a query.", "N", ge=0, le=1024)] | None = None
    tables: Annotated[int, _field("Tables a session.", "N", ge=0, le=MANY)] | None = None
    prepared: Annotated[int, _field("Prepared statements a session.", "N", ge=0, le=MANY)] | None = None
    session_memory: Annotated[int, _field(unit=Bytes)] | None = None  # of a session that was seen, without page tables
    active_share: Annotated[float, _field("Sessions at work at once: 50%.", "SHARE", unit=Share)] | None = None
    services: tuple[Service, ...] = ()
    surge: Surge | None = None
    tps: Annotated[float, _field("Transactions a second, of all.", "N")] | None = None
    hold: Annotated[float, _field("One holds its connection for: 15ms.", "TIME", unit=Duration)] | None = None
    p99_wait: Annotated[float, _field("99 of 100 wait no longer: 10ms.", "TIME", unit=Duration)] | None = None
    direct: Annotated[int, _field("Sessions beside the pools.", "N", ge=0, le=MANY)] | None = None
    utilisation: Annotated[float, _field("Fill slots and pools so far: 80%.", "SHARE", unit=Share)] | None = None
    page_cache: Annotated[float, _field("RAM left for cached files: 15%.", "SHARE", unit=Share)] | None = None
    ceiling: Annotated[int, _field("Connections that still pay: 500.", "N", ge=1, le=MANY)] | None = None
    pooler: Annotated[Literal["pgbouncer"], _field(None, "pgbouncer")] | None = None
    processes: Annotated[int, _field("Processes of PgBouncer.", "N", ge=1, le=1024)] | None = None
    databases: Annotated[int, _field("Databases behind it.", "N", ge=1, le=MANY)] | None = None
    roles: Annotated[int, _field("Roles that come through it. Default: one an app.", "N", ge=1, le=MANY)] | None = None
    busy: Annotated[float, _field("A lent connection works: 50%.", "SHARE", unit=Share)] | None = None
    provider: Annotated[str, _field("Who operates it: rds, neon, …", "NAME")] | None = None
    instance_class: Annotated[str, _field("Its class or plan: db.t4g.large.", "CLASS")] | None = None
    provider_limit: int | None = None
    provider_reserved: int | None = None
    sessions: int | None = None  # seen on the server
    sessions_active: int | None = None  # of them, at work when they were seen
    superusers: int | None = None  # sessions of superusers seen there

    @property
    def known(self) -> dict[str, Any]:
        """The fields that are known."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value not in (None, ())}

    def over(self, other: "Request") -> "Request":
        """The request, with what the other knows where this one does not."""
        return msgspec.structs.replace(other, **self.known)

    @property
    def memory(self) -> int | None:
        """The RAM, or the limit of the container where that is less."""
        return min((size for size in (self.ram, self.container) if size is not None), default=None)


NOTHING: Final = Request()


class SizingInput(Value, frozen=True, kw_only=True):
    """Everything that the calculation needs; what stays None is left out of it."""

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
    direct_given: bool
    assumptions: Assumptions


CHOSEN: Final = (
    *("active_share", "p99_wait", "direct", "utilisation", "busy", "tables", "prepared", "page_cache", "ceiling"),
)
"""Fields of a request that take the place of an assumption."""


def resolve(given: Request, detected: Request, assumptions: Assumptions) -> SizingInput:
    """What was given before what was detected before what is assumed; raises WrongUsage where the RAM is unknown."""
    request = given.over(detected)
    if (ram := request.memory) is None:
        raise WrongUsage("the RAM of the server is not known", hint=HELPFUL)
    chosen = chosen_of(request, assumptions)
    values = request.over(_assumed(request, assumptions))
    named = {name: getattr(values, name) for name in _SHARED}
    known = SizingInput(
        **named | {"ram": ram},
        in_container=request.container is not None,
        direct_given=given.direct is not None,
        assumptions=msgspec.structs.replace(chosen, page_at=max(chosen.page_at, chosen.utilisation)),
    )
    _check(request, known)
    return known


def chosen_of(request: Request, assumptions: Assumptions) -> Assumptions:
    """The assumptions, but for those that the request knows better."""
    known = request.known
    return msgspec.structs.replace(assumptions, **{name: known[name] for name in CHOSEN if name in known})


def inputs_of(given: Request, detected: Request, known: SizingInput) -> dict[str, Input]:
    """Every input with how it is known; what is neither known nor assumed is left out."""
    request, inputs = given.over(detected), dict[str, Input]()
    for name in Request.__struct_fields__:
        origin: Origin = "given" if name in given.known else "detected" if name in detected.known else "assumed"
        value = getattr(known.assumptions if name in CHOSEN else known if name in _SHARED else request, name)
        if name == "services":
            inputs |= {f"app {one.app}": Input(value=one.sizes, origin=origin) for one in known.services}
        elif name == "surge":
            inputs[name] = Input(value=str(value), origin=origin)
        elif value is not None or origin != "assumed":
            inputs[name] = Input(value=with_unit(name, request.ram or value if name == "ram" else value), origin=origin)
    return inputs


def with_unit(name: str, value: Any) -> Any:
    """The value of a field in its unit."""
    unit = unit_of(name)
    return value if unit is None or value is None else unit(value)


def unit_of(name: str) -> type[int | float] | None:
    """The unit of a field, None where it has none."""
    _, meta = metas().get(name, (None, msgspec.Meta()))
    unit: type[int | float] | None = (meta.extra or {}).get("unit")
    return unit


@functools.cache
def metas() -> dict[str, tuple[Any, msgspec.Meta]]:
    """The type of each field that an option may give or that has a unit, and what its option says."""
    hints = get_type_hints(Request, include_extras=True).items()
    known = {name: get_args(hint)[0] for name, hint in hints}
    return {
        name: (one.__origin__ | None, one.__metadata__[0])
        for name, one in known.items()
        if hasattr(one, "__metadata__")
    }


def _assumed(request: Request, assumptions: Assumptions) -> Request:
    """What is assumed of everything that the request leaves open."""
    major = newest() if request.pg_version is None else request.pg_version
    defaults = version(major)
    workload = request.workload or "web"
    return Request(
        workload=workload,
        pg_version=major,
        superuser_reserved=assumptions.superuser_reserved,
        reserved=assumptions.reserved if major >= 16 else 0,
        huge_pages=False,
        jit=False,
        hash_mem_multiplier=defaults.hash_mem_multiplier,
        max_locks_per_transaction=defaults.max_locks_per_transaction,
        autovacuum_max_workers=3,
        parallel=PARALLEL[workload],
        surge=SLOW,
        processes=1,
        databases=1,
        roles=len({service.app for service in request.services}) or 1,
        provider_reserved=0,
        sessions=0,
        sessions_active=0,
        superusers=0,
    )


def _check(request: Request, known: SizingInput) -> None:
    """Refuse what no server can be."""
    major, slots = known.pg_version, known.max_connections
    if major < oldest():
        raise WrongUsage(f"PostgreSQL {major} is too old", hint=f"pgconn knows {oldest()} and later")
    for size in (request.ram, request.container):
        if size is not None and size < LEAST_RAM:
            raise WrongUsage(f"{show_size(size)} is too little for a server", hint=HELPFUL)
    if major < 16 and request.reserved:
        raise WrongUsage("reserved_connections came with PostgreSQL 16", hint=f"this is for PostgreSQL {major}")
    if slots is not None and not reserves_fit(slots, known.superuser_reserved, known.reserved, known.provider_reserved):
        raise WrongUsage(
            f"with max_connections {slots} no application gets in",
            hint="superuser_reserved_connections and reserved_connections take them all",
        )
    if (request.tps is None) != (request.hold is None):
        lacks = "--hold" if request.hold is None else "--tps"
        raise WrongUsage(f"{lacks} is missing: a load is both", hint="such as --tps 800 --hold 15ms")


_SHARED: Final = tuple(name for name in Request.__struct_fields__ if name in SizingInput.__struct_fields__)
"""What the request and the input of the calculation have in common."""
