"""RDS, Aurora, Cloud SQL and Azure: parameters by name, counted in the units of pg_settings."""

from typing import Final

from pgconn.emit.guc import GUCS
from pgconn.emit.providers.provider import SESSION, Provider, names

_SERVER: Final = names(
    "max_connections max_locks_per_transaction max_worker_processes max_parallel_workers max_wal_senders "
    "autovacuum_max_workers autovacuum_work_mem track_activity_query_size log_connections log_disconnections "
    "max_prepared_transactions min_wal_size max_wal_size checkpoint_timeout checkpoint_completion_target "
    "log_lock_waits log_min_duration_statement wal_compression"
)
_AURORA_STORES: Final = names("min_wal_size max_wal_size checkpoint_timeout checkpoint_completion_target")

RDS: Final = Provider(
    name="RDS",
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers"}),
    otherwise="the instance class decides",
)
AURORA: Final = Provider(
    name="Aurora",
    changeable={*GUCS} & (SESSION | _SERVER) - _AURORA_STORES - {"effective_cache_size"},
    otherwise="Aurora's storage decides",
    after=("# That is for each instance, the readers first when max_connections is raised.",),
)
CLOUD_SQL: Final = Provider(
    name="Cloud SQL",
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers", "huge_pages"}),
    otherwise="no flag of Cloud SQL",
    before=(
        "# This replaces ALL flags of the instance: add those that it has, see",
        "#   gcloud sql instances describe INSTANCE --format='value(settings.databaseFlags)'",
        "# A flag that Cloud SQL does not have makes it refuse them all: leave that one out.",
    ),
)
AZURE: Final = Provider(
    name="Azure",
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers", "huge_pages"}),
    otherwise="read-only on this service",
)
