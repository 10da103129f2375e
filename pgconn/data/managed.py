"""How the settings of a whole server are changed where somebody else operates it, and nobody may ALTER SYSTEM."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from pgconn.model.value import Value
from pgconn.text.quoting import shell_command

Words = tuple[str, ...]

PERCENTAGE: Final = "shared_buffers_percentage"
"""What stands for shared_buffers at Aiven and DigitalOcean, in percent of the RAM."""

_AMAZON_TAKES: Final = 20  # parameters in one call
_OWN_SESSIONS: Final = "leave what the service sets for its own sessions"
_PLAN: Final = "the plan decides: choose a larger one, or the pooler"
_ON_OFF: Final = {"on": "1", "off": "0"}
_AS_IT_STANDS: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|[A-Z]+")


class Assignment(Value, frozen=True, kw_only=True):
    """A setting, its value as pg_settings counts it, and whether a restart puts it in force."""

    name: str
    value: str
    restarts: bool


class Service(Value, frozen=True, kw_only=True):
    """How a service changes settings: the words of each command, those in capitals for you to fill in.

    `fixed` names what no command changes, with the way that works; where there is no command, `place` says where.
    """

    change: Callable[[Sequence[Assignment]], tuple[Words, ...]] | None = None
    restart: Words = ()  # what puts in force what waits; empty where the change restarts by itself
    place: str = ""
    remark: str = ""
    fixed: dict[str, str] = msgspec.field(default_factory=dict)

    def commands(self, wanted: Sequence[Assignment]) -> tuple[str, ...]:
        """What to type, the restart last where one is needed."""
        if self.change is None:
            return ()
        last = (self.restart,) if self.restart and any(one.restarts for one in wanted) else ()
        return tuple(shell_command(*words) for words in (*self.change(wanted), *last))


def way(provider: str, wanted: Sequence[Assignment]) -> str:
    """How these settings are changed at this provider, in a line: as commands where there are any."""
    service = SERVICES.get(provider)
    if service is None:
        return "the provider's own console"
    parts = [f"{one.name}: {service.fixed[one.name]}" for one in wanted if one.name in service.fixed]
    if rest := [one for one in wanted if one.name not in service.fixed]:
        named = ", ".join(one.name for one in rest)
        typed = "; ".join(service.commands(rest)) or f"{named}: {service.place}"
        parts.append(f"{typed} ({service.remark})" if service.remark else typed)
    return "; ".join(parts)


def _amazon(kind: str) -> Callable[[Sequence[Assignment]], tuple[Words, ...]]:
    """The calls of RDS or Aurora, which differ by the kind of the group; truth is 1 or 0 there."""

    def change(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
        parameters = [
            f"ParameterName={one.name},ParameterValue={_ON_OFF.get(one.value, one.value)},"
            f"ApplyMethod={'pending-reboot' if one.restarts else 'immediate'}"
            for one in wanted
        ]
        head = ("aws", "rds", f"modify-{kind}", f"--{kind}-name", "GROUP", "--parameters")
        starts = range(0, len(parameters), _AMAZON_TAKES)
        return tuple((*head, *parameters[start : start + _AMAZON_TAKES]) for start in starts)

    return change


def _google(*head: str) -> Callable[[Sequence[Assignment]], tuple[Words, ...]]:
    def change(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
        return ((*head, f"--database-flags={','.join(f'{one.name}={one.value}' for one in wanted)}"),)

    return change


def _azure(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    head = ("az", "postgres", "flexible-server", "parameter", "set")
    place = ("--resource-group", "RESOURCE_GROUP", "--server-name", "SERVER")
    return tuple((*head, *place, "--name", one.name, "--value", one.value) for one in wanted)


def _supabase(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    pairs = (word for one in wanted for word in ("--config", f"{one.name}={one.value}"))
    head = ("supabase", "--experimental", "--project-ref", "PROJECT_REF", "postgres-config", "update")
    return ((*head, *pairs),)


def _aiven(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    pairs = (word for name, value in _advanced(wanted, "pg.") for word in ("-c", f"{name}={value}"))
    return (("avn", "service", "update", "SERVICE", *pairs),)


def _digitalocean(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    head = ("doctl", "databases", "configuration", "update", "DATABASE_ID", "--engine", "pg", "--config-json")
    return ((*head, _json(_advanced(wanted, ""))),)


def _crunchy(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    pairs = (f"{one.name}={one.value}" for one in wanted)
    return (("cb", "config-param", "set", "--cluster", "CLUSTER", *pairs),)


def _ibm(wanted: Sequence[Assignment]) -> tuple[Words, ...]:
    config = _json([(one.name, _literal(one.value)) for one in wanted])
    return (("ibmcloud", "cdb", "deployment-configuration", "DEPLOYMENT", f'{{"configuration": {config}}}'),)


def _advanced(wanted: Sequence[Assignment], prefix: str) -> list[tuple[str, str]]:
    """The settings under Aiven's names, whose software DigitalOcean runs as well: work_mem is in MB there."""
    config = []
    for one in wanted:
        own = one.name in ("work_mem", PERCENTAGE)
        value = one.value
        if one.name == "work_mem" and value.isdecimal():
            value = str(max(1, min(1024, int(value) // 1024)))
        config.append((one.name if own else prefix + one.name, _literal(value)))
    return config


def _json(config: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f'"{name}": {literal}' for name, literal in config) + "}"


def _literal(value: str) -> str:
    """The value as JSON has it: a truth, a number or a text; a word in capitals stays for you to fill in."""
    if value in _ON_OFF:
        return "true" if value == "on" else "false"
    return value if _AS_IT_STANDS.fullmatch(value) else json.dumps(value)


_SHARES: Final = {"shared_buffers": f"as {PERCENTAGE}, 20 to 60 of the RAM"}
_RESERVES: Final = {"superuser_reserved_connections": _OWN_SESSIONS, "reserved_connections": _OWN_SESSIONS}
_AMAZON_RESERVES: Final = {
    "superuser_reserved_connections": f"{_OWN_SESSIONS}, rds.rds_superuser_reserved_connections is yours",
    "reserved_connections": f"{_OWN_SESSIONS} (rds_reserved)",
}
_READ_ONLY: Final = dict.fromkeys(_RESERVES, f"{_OWN_SESSIONS}, it is read-only")
_REPLACED: Final = "name all flags of the instance: those left out are reset"
_REBOOT: Final = ("aws", "rds", "reboot-db-instance", "--db-instance-identifier", "INSTANCE")

SERVICES: Final[dict[str, Service]] = {
    "RDS": Service(change=_amazon("db-parameter-group"), restart=_REBOOT, fixed=_AMAZON_RESERVES),
    "Aurora": Service(
        change=_amazon("db-cluster-parameter-group"),
        restart=_REBOOT,
        fixed={
            **_AMAZON_RESERVES,
            "shared_buffers": "leave Aurora's own, about 75 % of the RAM: its storage has no page cache beside it",
            "effective_cache_size": "leave Aurora's own, for the same reason",
        },
    ),
    "Cloud SQL": Service(
        change=_google("gcloud", "sql", "instances", "patch", "INSTANCE"), remark=_REPLACED, fixed=_RESERVES
    ),
    "AlloyDB": Service(
        change=_google(
            *("gcloud", "alloydb", "instances", "update", "INSTANCE", "--cluster", "CLUSTER", "--region", "REGION")
        ),
        remark=_REPLACED,
        fixed=_RESERVES,
    ),
    "Azure": Service(
        change=_azure,
        restart=(
            *("az", "postgres", "flexible-server", "restart"),
            *("--resource-group", "RESOURCE_GROUP", "--name", "SERVER"),
        ),
        fixed=_READ_ONLY,
    ),
    "Supabase": Service(change=_supabase, fixed=_RESERVES),
    "DigitalOcean": Service(change=_digitalocean, fixed={"max_connections": _PLAN, **_RESERVES, **_SHARES}),
    "Aiven": Service(change=_aiven, fixed={"max_connections": _PLAN, **_RESERVES, **_SHARES}),
    "Crunchy Bridge": Service(change=_crunchy, fixed=_RESERVES),
    "IBM Cloud": Service(change=_ibm, fixed=_RESERVES),
    "Timescale": Service(place="the console of the service, under Database parameters", fixed=_RESERVES),
    "Neon": Service(
        place="the compute size decides, but ALTER ROLE and ALTER DATABASE … SET work",
        fixed={"max_connections": "the compute size decides: choose a larger one, or the pooler"},
    ),
    "Heroku": Service(
        place="the plan decides, but ALTER ROLE and ALTER DATABASE … SET work",
        fixed={"max_connections": "the plan decides: heroku addons:upgrade, or the pooler"},
    ),
}
"""The services whose settings pgconn can name the way of, by the name that it recognizes them by."""
