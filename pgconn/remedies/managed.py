"""Where settings of the whole server are changed when somebody else operates it; nobody may ALTER SYSTEM there."""

from collections.abc import Sequence
from typing import Final

from pgconn.model.quoting import shell_command

Assignment = tuple[str, str, bool]
"""A setting, its value as the server stores it, and whether it needs a restart."""

_METHODS: Final = {True: "pending-reboot", False: "immediate"}
_ELSEWHERE: Final = {
    "Supabase": "supabase --experimental postgres-config update --config NAME=VALUE",
    "DigitalOcean": "doctl databases configuration update ID --engine pg --config-json '{\"NAME\": VALUE}'",
    "Crunchy Bridge": "cb config-param set --cluster ID NAME=VALUE",
    "Timescale": "the console of the service, under Database parameters",
    "Neon": "nothing: the compute size decides; ALTER ROLE and ALTER DATABASE … SET work",
    "Heroku": "nothing: the plan decides; ALTER ROLE and ALTER DATABASE … SET work",
}


def way(provider: str, wanted: Sequence[Assignment]) -> str:
    """How these settings are changed at this provider, as a command where there is one."""
    match provider:
        case "RDS" | "Aurora":
            parameters = (
                f"ParameterName={name},ParameterValue={value},ApplyMethod={_METHODS[restart]}"
                for name, value, restart in wanted
            )
            kind = "db-cluster-parameter-group" if provider == "Aurora" else "db-parameter-group"
            command = ("aws", "rds", f"modify-{kind}", f"--{kind}-name", "GROUP", "--parameters", *parameters)
        case "Cloud SQL":
            flags = ",".join(f"{name}={value}" for name, value, _ in wanted)
            command = ("gcloud", "sql", "instances", "patch", "INSTANCE", f"--database-flags={flags}")
            return f"{shell_command(*command)} (name all flags: those left out are reset)"
        case "AlloyDB":
            flags = ",".join(f"{name}={value}" for name, value, _ in wanted)
            command = ("gcloud", "alloydb", "instances", "update", "INSTANCE", f"--database-flags={flags}")
            return f"{shell_command(*command)} (name all flags: those left out are reset)"
        case "Azure":
            lines = (
                shell_command(
                    *("az", "postgres", "flexible-server", "parameter", "set", "--resource-group", "GROUP"),
                    *("--server-name", "SERVER", "--name", name, "--value", value),
                )
                for name, value, _ in wanted
            )
            return "; ".join(lines)
        case "Aiven":
            options = (word for name, value, _ in wanted for word in ("-c", f"pg.{name}={value}"))
            command = ("avn", "service", "update", "SERVICE", *options)
        case _:
            return _ELSEWHERE.get(provider, "the provider's own console")
    return shell_command(*command)
