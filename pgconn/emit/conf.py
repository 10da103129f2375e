"""postgresql.conf: the lines to put there, or into a file of its own that `include_dir` reads."""

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import major_of, of_the_build, settings_of
from pgconn.text.quoting import comment, conf_value


def conf(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:  # noqa: ARG001
    """One file of settings, each below its reason and marked with what its change needs."""
    lines = [
        *comment(f"Settings for PostgreSQL {major_of(sizing)} by pgconn size"),
        *comment("Put this file into the folder that include_dir names, or its lines at the end of postgresql.conf."),
        *comment("ALTER SYSTEM and the command line win over it: compare with SHOW after the restart."),
    ]
    if (left_out := of_the_build(sizing)) is not None:
        lines += comment(left_out)
    for setting in settings_of(sizing):
        lines += ["", *comment(setting.why), f"{setting.name} = {conf_value(setting.text)}  # {setting.change}"]
    return (EmittedFile.of("pgconn.conf", lines),)
