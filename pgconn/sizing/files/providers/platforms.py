"""Supabase, DigitalOcean, Aiven, Neon, Heroku: a short list of parameters, or a plan that decides, and SQL."""

import json
from typing import Final

from pgconn.model.sizing import Sizing
from pgconn.sizing.files.container import MIB
from pgconn.sizing.files.guc import GUCS, native
from pgconn.sizing.files.providers.provider import SESSION, Provider, command, explained, names, wanted
from pgconn.sizing.files.settings import Setting, input_of
from pgconn.sizing.files.wording import comment, sql_text

_SUPABASE: Final = names(
    "effective_cache_size logical_decoding_work_mem maintenance_work_mem max_connections max_locks_per_transaction "
    "max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_replication_slots "
    "max_slot_wal_keep_size max_wal_senders max_wal_size max_worker_processes shared_buffers statement_timeout "
    "track_activity_query_size wal_keep_size wal_sender_timeout work_mem"
)
_UNDER_PG: Final = names(
    "autovacuum_max_workers idle_in_transaction_session_timeout max_worker_processes max_parallel_workers "
    "max_parallel_workers_per_gather max_locks_per_transaction max_wal_senders max_prepared_transactions jit "
    "track_activity_query_size temp_file_limit log_min_duration_statement"
)
"""What Aiven, whose software DigitalOcean runs as well, lets one change under PostgreSQL's own name."""

_BY_PLAN: Final = "the plan decides"
_LIMITED: Final = "the plan decides: choose a larger one, or the pooler"
_OWNED: Final = {
    "max_connections": _LIMITED,
    "superuser_reserved_connections": "the service sets it for its own sessions; leave it",
    "reserved_connections": "the service sets it for its own sessions; leave it",
    "": "the service decides",
}


def _supabase(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    pairs = [word for one in settings for word in ("--config", f"{one.name}={one.text}")]
    return [
        *explained(settings),
        "# Merged with the overrides that are there; they no longer follow the compute size. The database restarts.",
        *wanted("PROJECT_REF"),
        command("supabase", "--experimental", "--project-ref", '"$PROJECT_REF"', "postgres-config", "update", *pairs),
    ]


def _aiven(settings: list[Setting], sizing: Sizing) -> list[str]:
    named = {name: json.dumps(value) for name, value in _advanced(settings, sizing, "pg.").items()}
    pairs = [word for name, value in named.items() for word in ("-c", f"{name}={value}")]
    return [*explained(settings), *wanted("SERVICE"), command("avn", "service", "update", '"$SERVICE"', *pairs)]


def _digitalocean(settings: list[Setting], sizing: Sizing) -> list[str]:
    config = json.dumps(_advanced(settings, sizing, ""))
    update = ["doctl", "databases", "configuration", "update", '"$DATABASE_ID"', "--engine", "pg", "--config-json"]
    return [
        *explained(settings),
        *wanted("DATABASE_ID"),
        command(*update, config),
        *comment("More clients than connections: doctl databases pool create, which is PgBouncer on port 25061."),
    ]


def _advanced(settings: list[Setting], sizing: Sizing, prefix: str) -> dict[str, int | float | str | bool]:
    """The settings under the names of the service: work_mem in MB, shared_buffers in percent of the RAM."""
    ram, config = input_of(sizing, "ram"), dict[str, int | float | str | bool]()
    for one in settings:
        value = native(one.name, one.value)
        if one.name == "work_mem":
            config["work_mem"] = max(1, min(1024, int(one.value) // MIB))
        elif one.name != "shared_buffers":
            config[prefix + one.name] = value == "on" if value in ("on", "off") else value
        elif ram:
            config["shared_buffers_percentage"] = max(20, min(60, round(100 * int(one.value) / ram)))
    return config


def _sql(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    texts = [f"ALTER DATABASE %I SET {one.name} = {sql_text(one.text)}".replace("%", "%%") for one in settings]
    body = [f"  EXECUTE format({sql_text(text.replace('%%I', '%I', 1))}, current_database());" for text in texts]
    tag = "$set$"
    while any(tag in line for line in body):
        tag = f"$_{tag[1:]}"
    return [
        *explained(settings, "--"),
        "-- As the owner of the database, connected to it; new sessions have the values.",
        f"DO {tag}",
        "BEGIN",
        *body,
        "END",
        f"{tag};",
    ]


SUPABASE: Final = Provider(
    changeable={*GUCS} & _SUPABASE,
    fixed=_OWNED,
    write=_supabase,
)
AIVEN: Final = Provider(
    changeable={*GUCS} & (_UNDER_PG | {"work_mem", "shared_buffers"}),
    fixed=_OWNED,
    write=_aiven,
)
DIGITALOCEAN: Final = Provider(
    changeable={*GUCS} & (_UNDER_PG | {"work_mem", "shared_buffers"}),
    fixed=_OWNED,
    write=_digitalocean,
)
NEON: Final = Provider(
    changeable={*GUCS} & SESSION,
    fixed={"max_connections": "the compute size decides: choose a larger one, or the pooler", "": _BY_PLAN},
    write=_sql,
    file="parameters.sql",
    mark="--",
)
HEROKU: Final = Provider(
    changeable={*GUCS} & SESSION,
    fixed={"max_connections": "the plan decides: heroku addons:upgrade, or the pooler", "": _BY_PLAN},
    write=_sql,
    file="parameters.sql",
    mark="--",
)
