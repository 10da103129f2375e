"""RDS, Aurora, Cloud SQL and Azure: parameters by name, counted in the units of pg_settings."""

from typing import Final

from pgconn.model.sizing import Sizing
from pgconn.sizing.files.guc import GUCS, native
from pgconn.sizing.files.providers.provider import SESSION, Provider, command, explained, names, wanted
from pgconn.sizing.files.settings import Setting

_MOST: Final = 20  # parameters that one call of Amazon's takes
_SERVER: Final = names(
    "max_connections max_locks_per_transaction max_worker_processes max_parallel_workers max_wal_senders "
    "autovacuum_max_workers autovacuum_work_mem track_activity_query_size log_connections log_disconnections "
    "max_prepared_transactions min_wal_size max_wal_size checkpoint_timeout checkpoint_completion_target "
    "log_lock_waits log_min_duration_statement wal_compression"
)
_AURORA_STORES: Final = names("min_wal_size max_wal_size checkpoint_timeout checkpoint_completion_target")
_RESERVE: Final = "the service sets it for its own sessions; leave it"


def _amazon(group: str, verb: str, variable: str) -> list[str]:
    return ["aws", "rds", verb, group, f'"${variable}"', "--parameters"]


def _calls(settings: list[Setting], head: list[str], variable: str) -> list[str]:
    lines = [*explained(settings), *wanted(variable)]
    for start in range(0, len(settings), _MOST):
        parameters = [
            command(
                f"ParameterName={one.name},ParameterValue={_amazon_value(one)},ApplyMethod="
                + ("pending-reboot" if one.change == "restart" else "immediate")
            )
            for one in settings[start : start + _MOST]
        ]
        lines += [
            command(*head) + " \\",
            *(f"  {parameter} \\" for parameter in parameters[:-1]),
            f"  {parameters[-1]}",
        ]
    return lines


def _amazon_value(setting: Setting) -> str:
    value = native(setting.name, setting.value)
    return {"on": "1", "off": "0"}.get(str(value), f"{value:.10g}" if isinstance(value, float) else str(value))


def _rds(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    head = _amazon("--db-parameter-group-name", "modify-db-parameter-group", "GROUP")
    reboot = "# Static parameters wait for: aws rds reboot-db-instance --db-instance-identifier INSTANCE"
    return [*_calls(settings, head, "GROUP"), reboot]


def _aurora(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    head = _amazon("--db-cluster-parameter-group-name", "modify-db-cluster-parameter-group", "GROUP")
    reboot = "# Static parameters wait for a reboot of each instance, the readers first when max_connections is raised."
    return [*_calls(settings, head, "GROUP"), reboot]


def _google(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    flags = ",".join(f"{one.name}={_plain(one)}" for one in settings)
    return [
        *explained(settings),
        "# This replaces ALL flags of the instance: add those that it has, see",
        "#   gcloud sql instances describe INSTANCE --format='value(settings.databaseFlags)'",
        "# A flag that Cloud SQL does not have makes it refuse them all: leave that one out.",
        *wanted("INSTANCE"),
        command("gcloud", "sql", "instances", "patch", '"$INSTANCE"', f"--database-flags={flags}"),
    ]


def _azure(settings: list[Setting], sizing: Sizing) -> list[str]:  # noqa: ARG001
    lines = wanted("RESOURCE_GROUP", "SERVER")
    for one in settings:
        lines += explained([one])
        place = ["--resource-group", '"$RESOURCE_GROUP"', "--server-name", '"$SERVER"']
        lines.append(
            command(
                "az",
                "postgres",
                "flexible-server",
                "parameter",
                "set",
                *place,
                "--name",
                one.name,
                "--value",
                _plain(one),
            )
        )
    return [
        *lines,
        "# Static parameters wait for a restart:",
        "#   az postgres flexible-server restart --resource-group RESOURCE_GROUP --name SERVER",
    ]


def _plain(setting: Setting) -> str:
    value = native(setting.name, setting.value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


RDS: Final = Provider(
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers"}),
    fixed={
        "superuser_reserved_connections": f"{_RESERVE}; rds.rds_superuser_reserved_connections is yours",
        "reserved_connections": f"{_RESERVE} (rds_reserved)",
        "": "the instance class decides",
    },
    write=_rds,
)
AURORA: Final = Provider(
    changeable={*GUCS} & (SESSION | _SERVER) - _AURORA_STORES - {"effective_cache_size"},
    fixed={
        "superuser_reserved_connections": f"{_RESERVE}; rds.rds_superuser_reserved_connections is yours",
        "reserved_connections": f"{_RESERVE} (rds_reserved)",
        "shared_buffers": "leave Aurora's own, about 75 % of the RAM: its storage has no page cache beside it",
        "effective_cache_size": "leave Aurora's own, for the same reason",
        "": "Aurora's storage decides",
    },
    write=_aurora,
)
CLOUD_SQL: Final = Provider(
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers", "huge_pages"}),
    fixed={
        "superuser_reserved_connections": _RESERVE,
        "reserved_connections": _RESERVE,
        "": "no flag of Cloud SQL",
    },
    write=_google,
)
AZURE: Final = Provider(
    changeable={*GUCS} & (SESSION | _SERVER | {"shared_buffers", "huge_pages"}),
    fixed={
        "superuser_reserved_connections": f"{_RESERVE}: read-only",
        "reserved_connections": f"{_RESERVE}: read-only",
        "": "read-only on this service",
    },
    write=_azure,
)
