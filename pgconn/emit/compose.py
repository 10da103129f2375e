"""Docker Compose: a service with its settings on the command line, its memory and its shared memory."""

from pgconn.documents.sizing import Sizing
from pgconn.emit.container import arguments, limits
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import major_of, settings_of
from pgconn.text.quoting import comment, yaml_string


def compose(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:  # noqa: ARG001
    """One file, to be merged into the project's own: volumes, ports and the password are its business."""
    around = limits(sizing)
    lines = [
        *comment(f"PostgreSQL {major_of(sizing)} by pgconn size"),
        *comment(
            "As compose.override.yaml it is merged into your compose.yaml; name the service as it is named there."
        ),
        *comment("What stands on the command line cannot be changed by ALTER SYSTEM."),
        "services:",
        "  postgres:",
        f"    image: {yaml_string(f'postgres:{major_of(sizing)}')}",
        "    command:",
        '      - "postgres"',
    ]
    lines += arguments(settings_of(sizing), indent="      ", escapes=("$", "$$"))  # else read as variables
    lines += [*comment(around.shm_why, indent="    "), f'    shm_size: "{around.shm_mib}mb"']
    lines += comment(
        "A fast shutdown, with time for its checkpoint, before the engine kills the server.", indent="    "
    )
    lines += ["    stop_signal: SIGINT", "    stop_grace_period: 2m"]
    if around.ram is not None:
        lines += comment("The RAM that the numbers above were planned with.", indent="    ")
        lines += ["    deploy:", "      resources:", "        limits:", f'          memory: "{around.ram_mib}M"']
        if around.cores is not None:
            lines += [f'          cpus: "{around.cores:g}"']
    return (EmittedFile.of("compose.override.yaml", lines),)
