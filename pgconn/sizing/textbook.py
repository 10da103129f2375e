"""The rules that people quote, to the letter: what `--rule textbook` answers."""

from typing import Final

from pgconn.documents.sizing import Input, Reason, Sizing
from pgconn.errors import WrongUsage
from pgconn.model.capacity import reserves_fit
from pgconn.sizing.quoted import Settings, quoted
from pgconn.text.quantities import show_size

PER_CONNECTION: Final = 10 * 2**20
ACTIVE: Final = (25, 50)

_DEFAULT: Final = 100
_SHARES: Final = 3
_GUIDES: Final = "rule of thumb of tuning guides"
_DOCUMENTATION: Final = "PostgreSQL's documentation, Resource Consumption"


def shared_buffers(ram: int) -> int:
    """A quarter of the RAM, in bytes."""
    return ram // 4


def work_mem(ram: int, max_connections: int) -> int:
    """What the RAM leaves beside shared_buffers, in three shares for each connection; bytes, whole kB."""
    return (ram - shared_buffers(ram)) // (max_connections * _SHARES) // 1024 * 1024


def connections_memory(connections: int) -> int:
    """What so many connections take, or so many more of them; bytes."""
    return connections * PER_CONNECTION


def regular_limit(max_connections: int, *reserves: int) -> int:
    """How many connections applications get: all but those that are kept for somebody."""
    return max(0, max_connections - sum(reserves))


def footprint(pool: int, instances: int, services: int = 1) -> int:
    """How many connections pools of one size open together."""
    return pool * instances * services


def serverless(concurrency: int, per_execution: int = 1) -> int:
    """How many connections functions open that each hold their own."""
    return concurrency * per_execution


def textbook(
    ram: int,
    max_connections: int | None = None,
    *,
    superuser_reserved: int = 3,
    reserved: int = 0,
    provider_reserved: int = 0,
) -> Sizing:
    """The rules' answer for so much RAM (bytes); without a number of connections, for PostgreSQL's default of 100."""
    n = _DEFAULT if max_connections is None else max_connections
    reserves = superuser_reserved, reserved, provider_reserved
    if ram < 2**20 or n < 1:
        raise WrongUsage("the rules need some RAM and at least 1 connection", hint="such as --ram 8G")
    if not reserves_fit(n, *reserves):
        raise WrongUsage(
            f"{sum(reserves)} connections are reserved of max_connections {n}: no application could connect",
            hint="give more connections, or fewer reserves",
        )
    settings: Settings = {"max_connections": n, "shared_buffers": shared_buffers(ram), "work_mem": work_mem(ram, n)}
    inputs = {
        "ram": Input(value=ram, origin="given"),
        "max_connections": Input(value=n, origin="assumed" if max_connections is None else "given"),
        "rule": Input(value="textbook", origin="given"),
    }
    return quoted(
        inputs=inputs,
        settings=settings,
        reasons=_reasons(ram, n, assumed=max_connections is None),
        backend=PER_CONNECTION,
        superuser_reserved=superuser_reserved,
        reserved=reserved,
        provider_reserved=provider_reserved,
    )


def _reasons(ram: int, n: int, *, assumed: bool) -> tuple[Reason, ...]:
    buffers = shared_buffers(ram)
    shared = (
        f"(RAM - shared_buffers) / (max_connections x {_SHARES}) = "
        f"({show_size(ram)} - {show_size(buffers)}) / ({n} x {_SHARES})"
    )
    rows = (
        ("max_connections", n, "PostgreSQL's default, as none was given" if assumed else "as given", _DOCUMENTATION),
        ("shared_buffers", buffers, f"25 % of the RAM = {show_size(ram)} / 4", _DOCUMENTATION),
        ("work_mem", work_mem(ram, n), shared, "how PgTune explains its number"),
        ("per_connection", PER_CONNECTION, "about 10MB a connection, whatever it does", _GUIDES),
        ("backends", connections_memory(n), f"{n} connections x {show_size(PER_CONNECTION)}", _GUIDES),
        ("active", ACTIVE[1], f"{ACTIVE[0]} to {ACTIVE[1]} active connections serve most applications", _GUIDES),
    )
    return tuple(Reason(name=name, value=value, why=why, source=source) for name, value, why, source in rows)
