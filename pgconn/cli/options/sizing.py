"""The options of `pgconn size`: the machine, what runs on it, who connects, and what is asked of the answer."""

import re
from typing import Annotated, Any, Final, Literal

import typer

from pgconn.errors import WrongUsage
from pgconn.model.capacity import MAX_CONNECTIONS
from pgconn.model.value import Value
from pgconn.sizing.choices import Storage, Workload

_MACHINE: Final = "Machine and server (what is left out is detected with --live, or assumed)"
_DEMAND: Final = "Applications and load"
_POOLER: Final = "Pooler and provider"
_ANSWER: Final = "Answer"

_MOST: Final = 1_000_000


def typed(*groups: Value) -> list[str]:
    """The options of these groups as somebody would type them again."""
    words: list[str] = []
    for group in groups:
        for name in group.__struct_fields__:
            option, value = name.replace("_", "-"), getattr(group, name)
            if isinstance(value, bool):
                words.append(f"--{option}" if value else f"--no-{option}")
            elif value is not None:
                several = value if isinstance(value, list) else [value]
                words += [
                    word
                    for one in several
                    for word in (f"--{option}", f"{one:g}" if isinstance(one, float) else str(one))
                ]
    return words


class MachineOptions(Value, frozen=True, kw_only=True):
    """What the server runs on, and how it is used."""

    ram: Annotated[
        str | None, typer.Option(metavar="SIZE", help="RAM of the server: 8G.", rich_help_panel=_MACHINE)
    ] = None
    container: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory limit of its container.", rich_help_panel=_MACHINE)
    ] = None
    cores: Annotated[float | None, typer.Option(min=0.1, metavar="N", rich_help_panel=_MACHINE)] = None
    storage: Annotated[
        Storage | None, typer.Option(metavar="KIND", help="ssd, nvme, san or hdd.", rich_help_panel=_MACHINE)
    ] = None
    workload: Annotated[
        Workload | None,
        typer.Option(metavar="KIND", help="web, oltp, dw, mixed or desktop.", rich_help_panel=_MACHINE),
    ] = None
    pg_version: Annotated[
        int | None, typer.Option(metavar="MAJOR", help="Major version of PostgreSQL.", rich_help_panel=_MACHINE)
    ] = None
    max_connections: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_CONNECTIONS,
            metavar="N",
            help="Keep it at N, and say whether that fits.",
            rich_help_panel=_MACHINE,
        ),
    ] = None
    huge_pages: Annotated[
        bool | None,
        typer.Option("--huge-pages/--no-huge-pages", help="Whether it gets them.", rich_help_panel=_MACHINE),
    ] = None
    jit: Annotated[
        bool | None, typer.Option("--jit/--no-jit", help="Whether queries are compiled.", rich_help_panel=_MACHINE)
    ] = None
    tables: Annotated[
        int | None, typer.Option(min=0, max=_MOST, metavar="N", help="Tables a session.", rich_help_panel=_MACHINE)
    ] = None
    prepared: Annotated[
        int | None,
        typer.Option(min=0, max=_MOST, metavar="N", help="Prepared statements a session.", rich_help_panel=_MACHINE),
    ] = None
    parallel: Annotated[
        int | None,
        typer.Option(min=0, max=1024, metavar="N", help="Parallel workers a query.", rich_help_panel=_MACHINE),
    ] = None
    active: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Sessions at work at once: 50%.", rich_help_panel=_MACHINE),
    ] = None
    page_cache: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="RAM left for cached files: 15%.", rich_help_panel=_MACHINE),
    ] = None

    def said(self) -> dict[str, Any]:
        """The fields of a request; raises WrongUsage for what makes no sense."""
        from pgconn.text.quantities import parse_size

        if self.cores is not None and not self.cores <= _MOST:
            raise WrongUsage(f"--cores {self.cores:g} is no number of cores", hint="such as --cores 4")
        plain = ("cores", "storage", "workload", "pg_version", "max_connections", "huge_pages", "jit")
        return {
            **{name: getattr(self, name) for name in (*plain, "tables", "prepared", "parallel")},
            "ram": None if self.ram is None else parse_size(self.ram),
            "container": None if self.container is None else parse_size(self.container),
            "active_share": _share("--active", self.active),
            "page_cache": _share("--page-cache", self.page_cache),
        }


class DemandOptions(Value, frozen=True, kw_only=True):
    """Who connects, how a deploy rolls, and how much comes in."""

    app: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=IxP",
            help="Instances x pool, or instances x workers x pool: web=10x20, api=10x4x5. "
            "Pool ? or left out is computed; 5+10 is a pool and its overflow; @SURGE is its own. Repeatable.",
            rich_help_panel=_DEMAND,
        ),
    ] = None
    surge: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="While a deploy rolls: slow (twice the instances), fast (a quarter more), recreate, blue-green, "
            "or so many more. Default: slow.",
            rich_help_panel=_DEMAND,
        ),
    ] = None
    serverless: Annotated[
        str | None,
        typer.Option(metavar="N[xC]", help="Functions at once, x connections each.", rich_help_panel=_DEMAND),
    ] = None
    tps: Annotated[
        float | None, typer.Option(metavar="N", help="Transactions a second, of all.", rich_help_panel=_DEMAND)
    ] = None
    hold: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="One holds its connection for: 15ms.", rich_help_panel=_DEMAND),
    ] = None
    p99: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="99 of 100 wait no longer: 10ms.", rich_help_panel=_DEMAND),
    ] = None
    direct: Annotated[
        int | None,
        typer.Option(min=0, max=_MOST, metavar="N", help="Sessions beside the pools.", rich_help_panel=_DEMAND),
    ] = None
    utilisation: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Fill slots and pools so far: 80%.", rich_help_panel=_DEMAND),
    ] = None
    ceiling: Annotated[
        int | None,
        typer.Option(min=1, max=_MOST, metavar="N", help="Connections that still pay: 500.", rich_help_panel=_DEMAND),
    ] = None

    def said(self) -> dict[str, Any]:
        """The fields of a request; raises WrongUsage for what makes no sense."""
        from pgconn.cli.options.applications import serverless, services, surge

        if self.tps is not None and not 0 < self.tps <= _MOST:
            raise WrongUsage(f"--tps {self.tps:g} is no load", hint="such as --tps 800 --hold 15ms")
        return {
            "services": (*services(self.app or ()), *serverless(self.serverless)),
            "surge": None if self.surge is None else surge(self.surge),
            "tps": self.tps,
            "hold": _time("--hold", self.hold),
            "p99_wait": _time("--p99", self.p99),
            "direct": self.direct,
            "utilisation": _share("--utilisation", self.utilisation),
            "ceiling": self.ceiling,
        }


class BetweenOptions(Value, frozen=True, kw_only=True):
    """What stands between, and who operates the server."""

    pooler: Annotated[Literal["pgbouncer"] | None, typer.Option(metavar="pgbouncer", rich_help_panel=_POOLER)] = None
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="N", help="Processes of PgBouncer.", rich_help_panel=_POOLER),
    ] = None
    databases: Annotated[
        int | None, typer.Option(min=1, max=_MOST, metavar="N", help="Databases behind it.", rich_help_panel=_POOLER)
    ] = None
    roles: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST,
            metavar="N",
            help="Roles that come through it. Default: one an app.",
            rich_help_panel=_POOLER,
        ),
    ] = None
    busy: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="A lent connection works: 50%.", rich_help_panel=_POOLER),
    ] = None

    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who operates it: rds, neon, …", rich_help_panel=_POOLER)
    ] = None
    instance_class: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Its class or plan: db.t4g.large.", rich_help_panel=_POOLER),
    ] = None

    def said(self) -> dict[str, Any]:
        """The fields of a request."""
        return {
            "provider": self.provider,
            "instance_class": self.instance_class,
            "pooler": self.pooler,
            "processes": self.processes,
            "databases": self.databases,
            "roles": self.roles,
            "busy": _share("--busy", self.busy),
        }


class AnswerOptions(Value, frozen=True, kw_only=True):
    """How much of the working is shown, and by whose rule."""

    explain: Annotated[
        bool, typer.Option("--explain", help="Each number's formula and source.", rich_help_panel=_ANSWER)
    ] = False
    why: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The chain behind one: max_connections.", rich_help_panel=_ANSWER),
    ] = None
    rule: Annotated[
        str | None,
        typer.Option(
            metavar="RULE", help="By another's rule: textbook, pgtune, pgtune@classic.", rich_help_panel=_ANSWER
        ),
    ] = None
    from_: Annotated[
        int | None,
        typer.Option("--from", metavar="N", help="With --to: what raising N costs.", rich_help_panel=_ANSWER),
    ] = None
    to: Annotated[int | None, typer.Option(metavar="N", help="To which max_connections.", rich_help_panel=_ANSWER)] = (
        None
    )

    def __post_init__(self) -> None:
        """What raising costs is an answer of its own, which the other options would not change."""
        for option, is_asked in (("--rule", self.rule), ("--why", self.why), ("--explain", self.explain)):
            if self.raises and is_asked:
                raise WrongUsage(f"{option} does not go with --from and --to", hint=f"leave out {option}, or the two")

    @property
    def raises(self) -> bool:
        """Whether it is asked what raising max_connections costs."""
        return self.from_ is not None or self.to is not None


def _share(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(%?)", text.strip())
    share = (float(found[1]) / 100 if found[2] else float(found[1])) if found else 0.0
    if not 0 < share <= 1:
        raise WrongUsage(f"{option} {text!r} is no share", hint="such as 80% or 0.8")
    return share


def _time(option: str, text: str | None) -> float | None:
    from pgconn.text.quantities import parse_duration

    if text is None:
        return None
    seconds = parse_duration(text)
    if not 0 < seconds <= 86400:
        raise WrongUsage(f"{option} {text} is no time that a transaction takes", hint="such as 15ms or 2s")
    return seconds
