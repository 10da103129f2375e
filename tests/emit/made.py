"""Sizings made by hand, as the calculator would make them."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from pgconn.documents.sizing import Input, PoolSize, Reason, Sizing
from pgconn.emit import emit
from pgconn.emit.emitted import Kind, Options

MIB: Final = 2**20
MARKS: Final = ("#", "--", ";")

SETTINGS: Final[dict[str, int | float | str | bool]] = {
    "max_connections": 24,
    "superuser_reserved_connections": 3,
    "reserved_connections": 2,
    "shared_buffers": 256 * MIB,
    "work_mem": 4 * MIB,
    "maintenance_work_mem": 64 * MIB,
    "autovacuum_work_mem": 16 * MIB,
    "autovacuum_max_workers": 3,
    "effective_cache_size": 768 * MIB,
    "hash_mem_multiplier": 2.0,
    "huge_pages": "try",
    "jit": False,
    "idle_in_transaction_session_timeout": 60,
    "idle_session_timeout": 0,
    "tcp_keepalives_idle": 60,
    "random_page_cost": 1.1,
}
PGBOUNCER: Final[dict[str, int | str]] = {
    "pool_mode": "transaction",
    "max_client_conn": 200,
    "default_pool_size": 5,
    "reserve_pool_size": 2,
    "max_db_connections": 15,
    "query_wait_timeout": 15,
    "max_prepared_statements": 200,
}


def sizing(major: int = 18, *, settings: dict[str, Any] | None = None, **changes: Any) -> Sizing:
    """A sizing for 1 GiB with these settings instead of the usual ones, and these other fields."""
    chosen = SETTINGS if settings is None else settings
    reasons = [
        Reason(name=name, value=value, why=f"because of {name}", source="the test")
        for name, value in (chosen | PGBOUNCER).items()
    ]
    fields: dict[str, Any] = {
        "inputs": {
            "ram": Input(value=1024 * MIB, origin="given"),
            "cores": Input(value=2, origin="given"),
            "pg_version": Input(value=major, origin="given"),
        },
        "settings": chosen,
        "memory": {},
        "slots": {},
        "pools": (PoolSize(app="web", instances=2, surge=2, pool_size=2, peak=8),),
        "pgbouncer": PGBOUNCER,
        "fits": True,
        "binding": "memory",
        "reasons": tuple(reasons),
    }
    return Sizing(**fields | changes)


def at(provider: str, made: Sizing | None = None) -> Sizing:
    """The sizing for a managed service."""
    one = made or sizing()
    return msgspec.structs.replace(one, inputs=one.inputs | {"provider": Input(value=provider, origin="given")})


def explained_by(text: str, made: Sizing | None = None) -> Sizing:
    """The sizing with this text wherever a text is free."""
    one = made or sizing()
    reasons = tuple(msgspec.structs.replace(reason, why=text, source=text) for reason in one.reasons)
    return msgspec.structs.replace(one, binding=text, reasons=reasons)


def acting(text: str) -> list[str]:
    """The lines that are no comments."""
    return [line for line in text.split("\n") if not line.lstrip(" ").startswith(MARKS)]


def only(kind: Kind, made: Sizing, **options: Any) -> str:
    (file,) = emit(kind, made, Options(**options))
    return file.text


@contextlib.contextmanager
def folder_for_servers() -> Iterator[Path]:
    """A folder that the account of the servers may enter and read, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="pgconn-files-", dir=Path("/tmp").resolve()))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)
