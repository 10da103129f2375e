"""Supabase, DigitalOcean, Aiven, Neon, Heroku: a short list of parameters, or a plan that decides, and SQL."""

from typing import Final

import msgspec

from pgconn.data.managed import PERCENTAGE, Assignment
from pgconn.documents.sizing import Sizing
from pgconn.emit.guc import GUCS
from pgconn.emit.providers.provider import SESSION, Provider, counted, explained, names
from pgconn.emit.settings import Setting, input_of
from pgconn.text.quoting import comment, sql_literal

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
_BY_SERVICE: Final = "the service decides"


def _as_text(setting: Setting, sizing: Sizing) -> Assignment:
    """A setting as a person writes it."""
    return msgspec.structs.replace(counted(setting, sizing), value=setting.text)


def _shared_out(setting: Setting, sizing: Sizing) -> Assignment:
    """A setting in the unit of pg_settings, but shared_buffers in percent of the RAM."""
    ram = input_of(sizing, "ram")
    if setting.name != "shared_buffers" or not ram:
        return counted(setting, sizing)
    share = max(20, min(60, round(100 * int(setting.value) / ram)))
    return Assignment(name=PERCENTAGE, value=str(share), restarts=True)


def _sql(settings: list[Setting]) -> list[str]:
    texts = [f"ALTER DATABASE %I SET {one.name} = {sql_literal(one.text)}".replace("%", "%%") for one in settings]
    body = [f"  EXECUTE format({sql_literal(text.replace('%%I', '%I', 1))}, current_database());" for text in texts]
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
    name="Supabase",
    changeable={*GUCS} & _SUPABASE,
    otherwise=_BY_SERVICE,
    assigned=_as_text,
    before=(
        "# Merged with the overrides that are there; they no longer follow the compute size. The database restarts.",
    ),
)
AIVEN: Final = Provider(
    name="Aiven",
    changeable={*GUCS} & (_UNDER_PG | {"work_mem", "shared_buffers"}),
    otherwise=_BY_SERVICE,
    assigned=_shared_out,
)
DIGITALOCEAN: Final = Provider(
    name="DigitalOcean",
    changeable={*GUCS} & (_UNDER_PG | {"work_mem", "shared_buffers"}),
    otherwise=_BY_SERVICE,
    assigned=_shared_out,
    after=tuple(
        comment("More clients than connections: doctl databases pool create, which is PgBouncer on port 25061.")
    ),
)
NEON: Final = Provider(name="Neon", changeable={*GUCS} & SESSION, otherwise=_BY_PLAN, sql=_sql)
HEROKU: Final = Provider(name="Heroku", changeable={*GUCS} & SESSION, otherwise=_BY_PLAN, sql=_sql)
