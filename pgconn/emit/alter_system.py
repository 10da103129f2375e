"""ALTER SYSTEM, in a sequence in which the server could be restarted after every single statement.

No server starts unless superuser_reserved_connections plus reserved_connections are below max_connections, and ALTER
SYSTEM stores what keeps it from starting. What is in force is not known here, so the reserves go out of the way first:
without reserves every max_connections is a valid one. Likewise no server starts with walsenders and
wal_level = minimal, so whichever of the two makes room for the other is written first.
"""

from collections.abc import Iterator
from typing import Final

from pgconn.data.settings import known_settings
from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import Setting, major_of, of_the_build, settings_of
from pgconn.text.quoting import comment, sql_list, sql_literal

_RESERVES: Final = ("reserved_connections", "superuser_reserved_connections")
_HEAD: Final = (
    "After each line a restart would succeed, so it does no harm when one happens half-way.",
    "Run it as superuser, outside a transaction, to the first error:",
    "  psql -X -v ON_ERROR_STOP=1 -f alter-system.sql",
)
_STANDBYS: Final = (
    "With standbys: none may have less of {} than its primary. To raise, run this on each standby and restart it "
    "before the primary; to lower, on the primary first, and on a standby once it has replayed that."
)
_RESTART: Final = (
    "Now restart the server; that puts all of it in force. The lines marked reload could be in force before, by SELECT "
    "pg_reload_conf(), but the memory is planned for the new number of connections, not for the old one."
)
_RESCUE: Final = (
    "Should it not start for want of memory, start it once with less, and take lines back by ALTER SYSTEM RESET:",
    "  pg_ctl start -o '-c shared_buffers=128MB'",
)


def alter_system(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:  # noqa: ARG001
    """One file of statements; after each of them a restart would succeed."""
    settings = list(settings_of(sizing))
    restart = any(setting.change == "restart" for setting in settings)
    lines = [
        *comment(f"Settings for PostgreSQL {major_of(sizing)} by pgconn size", "--"),
        *(f"-- {line}" for line in _HEAD),
        *_standbys(settings),
    ]
    if (left_out := of_the_build(sizing)) is not None:
        lines += comment(left_out, "--")
    for setting, transient in _ordered(settings):
        why = (
            "0 for a moment, so that no line below can leave a server that does not start" if transient else setting.why
        )
        lines += ["", *comment(why, "--"), f"{_statement(setting, transient)}  -- {setting.change}"]
    lines += ["", *_ending(restart=restart)]
    return (EmittedFile.of("alter-system.sql", lines),)


def _statement(setting: Setting, transient: bool) -> str:
    bare = not isinstance(setting.value, str) and setting.text.lstrip("-").replace(".", "", 1).isdecimal()
    written = sql_list if known_settings()[setting.name].quoted_list else sql_literal
    value = "0" if transient else setting.text if bare else written(setting.text)
    return f"ALTER SYSTEM SET {setting.name} = {value};"


def _ordered(settings: list[Setting]) -> Iterator[tuple[Setting, bool]]:
    """The settings one after the other; True where 0 is written for the time being."""
    by_name = {setting.name: setting for setting in settings}
    reserves = [by_name[name] for name in _RESERVES if name in by_name]
    for reserve in reserves:
        yield reserve, True
    yield by_name["max_connections"], False
    for reserve in reversed(reserves):
        if reserve.value:
            yield reserve, False
    done = {"max_connections", *_RESERVES}
    pair = ("wal_level", "max_wal_senders")
    if by_name.get("wal_level") is not None and by_name["wal_level"].text == "minimal":
        pair = ("max_wal_senders", "wal_level")
    for name in (*(name for name in pair if name in by_name), *(name for name in by_name if name not in pair)):
        if name not in done:
            yield by_name[name], False


def _standbys(settings: list[Setting]) -> list[str]:
    names = [setting.name for setting in settings if known_settings()[setting.name].standby]
    return comment(_STANDBYS.format(", ".join(names)), "--")


def _ending(*, restart: bool) -> list[str]:
    if not restart:
        return ["SELECT pg_catalog.pg_reload_conf();"]
    return [*comment(_RESTART, "--"), *(f"-- {line}" for line in _RESCUE)]
