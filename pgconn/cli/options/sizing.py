"""The options of `pgconn size`: the fields of a sizing's request, and what is asked of the answer."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from pgconn.cli.options import panel
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.sizing.demand import serverless, services, surge
from pgconn.sizing.request import MANY, Request, metas, unit_of
from pgconn.text.quantities import parse_duration, parse_size
from pgconn.text.units import Bytes, Duration, Share

_option = panel("Answer")
_PANELS: Final = {
    "Machine and server (what is left out is detected with --live, or assumed)": (
        *("ram", "container", "cores", "storage", "workload", "pg_version", "max_connections", "huge_pages", "jit"),
        *("tables", "prepared", "parallel", "active", "page_cache"),
    ),
    "Applications and load": (
        *("app", "surge", "serverless", "tps", "hold", "p99", "direct", "utilisation", "ceiling"),
    ),
    "Pooler and provider": (*("pooler", "processes", "databases", "roles", "busy", "provider", "instance_class"),),
}
_FIELDS: Final = {"active": "active_share", "p99": "p99_wait"}
"""The fields of a request whose options have shorter names."""

_POOLS: Final = (
    "Instances x pool, or instances x workers x pool: web=10x20, api=10x4x5. "
    "Pool ? or left out is computed; 5+10 is a pool and its overflow; @SURGE is its own. Repeatable."
)
_SURGE: Final = (
    "While a deploy rolls: slow (twice the instances), fast (a quarter more), recreate, blue-green, "
    "or so many more. Default: slow."
)
_APPLICATIONS: Final = {
    "app": (list[str] | None, "NAME=IxP", _POOLS),
    "surge": (str | None, "HOW", _SURGE),
    "serverless": (str | None, "N[xC]", "Functions at once, x connections each."),
}
"""Options that are more than a number: how each is typed, and what it says."""


class _Inputs(Value, frozen=True, kw_only=True):
    """What the options have in common, whichever they are."""

    def typed(self, *names: str) -> list[str]:
        """The options of these names, or all, as somebody would type them again."""
        words: list[str] = []
        for name in names or self.__struct_fields__:
            option, value = name.replace("_", "-"), getattr(self, name)
            if isinstance(value, bool):
                words.append(f"--{option}" if value else f"--no-{option}")
            elif value is not None:
                for one in value if isinstance(value, list) else [value]:
                    words += [f"--{option}", f"{one:g}" if isinstance(one, float) else str(one)]
        return words

    def request(self) -> Request:
        """The request; raises WrongUsage for what makes no sense."""
        given = msgspec.structs.asdict(self)
        apps, functions, deploy = given.pop("app"), given.pop("serverless"), given.pop("surge")
        if given["cores"] is not None and not given["cores"] <= MANY:
            raise WrongUsage(f"--cores {given['cores']:g} is no number of cores", hint="such as --cores 4")
        values = {_FIELDS.get(name, name): _parsed(name, value) for name, value in given.items()}
        if values["tps"] is not None and not 0 < values["tps"] <= MANY:
            raise WrongUsage(f"--tps {values['tps']:g} is no load", hint="such as --tps 800 --hold 15ms")
        return Request(
            **values,
            services=(*services(apps or ()), *serverless(functions)),
            surge=None if deploy is None else surge(deploy),
        )


def _field_option(title: str, name: str) -> Any:
    """A field of a request as an option."""
    if name in _APPLICATIONS:
        type_, metavar, help_ = _APPLICATIONS[name]
        return Annotated[type_, typer.Option(metavar=metavar, help=help_, rich_help_panel=title)]
    hint, meta = metas()[_FIELDS.get(name, name)]
    unit = unit_of(_FIELDS.get(name, name))
    flags = [f"--{name}/--no-{name}".replace("_", "-")] if hint == bool | None else []
    option = typer.Option(
        *flags,
        min=meta.ge,
        max=meta.le,
        metavar=(meta.extra or {})["metavar"],
        help=meta.description,
        rich_help_panel=title,
    )
    return Annotated[str | None if unit is not None else hint, option]


if TYPE_CHECKING:
    SizingOptions = _Inputs
else:
    SizingOptions = msgspec.defstruct(
        "SizingOptions",
        [(name, _field_option(title, name), None) for title, names in _PANELS.items() for name in names],
        bases=(_Inputs,),
        frozen=True,
        kw_only=True,
    )


class AnswerOptions(Value, frozen=True, kw_only=True):
    """How much of the working is shown, and by whose rule."""

    explain: Annotated[bool, _option("--explain", help="Each number's formula and source.")] = False
    why: Annotated[str | None, _option(metavar="NAME", help="The chain behind one: max_connections.")] = None
    rule: Annotated[
        str | None, _option(metavar="RULE", help="By another's rule: textbook, pgtune, pgtune@classic.")
    ] = None
    from_: Annotated[int | None, _option("--from", metavar="N", help="With --to: what raising N costs.")] = None
    to: Annotated[int | None, _option(metavar="N", help="To which max_connections.")] = None

    def __post_init__(self) -> None:
        """What raising costs is an answer of its own, which the other options would not change."""
        for option, is_asked in (("--rule", self.rule), ("--why", self.why), ("--explain", self.explain)):
            if self.raises and is_asked:
                raise WrongUsage(f"{option} does not go with --from and --to", hint=f"leave out {option}, or the two")

    @property
    def raises(self) -> bool:
        """Whether it is asked what raising max_connections costs."""
        return self.from_ is not None or self.to is not None


def one_answer(options: SizingOptions, shown: AnswerOptions, *, is_file: bool) -> None:
    """Raises WrongUsage where two answers are asked for at once, of which one would not be given."""
    unheeded = options.typed(*_PANELS["Applications and load"])
    if shown.raises and unheeded:
        raise WrongUsage(
            f"{unheeded[0]} does not go with --from and --to, which count sessions and not who opens them",
            hint=f"leave out {unheeded[0]}, or the two",
        )
    asked = (("--from", shown.raises), ("--why", shown.why), ("--explain", shown.explain))
    for option, is_asked in asked if is_file else ():
        if is_asked:
            raise WrongUsage(f"--emit does not go with {option}", hint="files have their reasons in them; ask apart")


def _parsed(name: str, value: Any) -> Any:
    """The value in the unit of its field."""
    unit, option = unit_of(_FIELDS.get(name, name)), f"--{name.replace('_', '-')}"
    if value is None or unit is None:
        return value
    return {Bytes: _size, Share: _share, Duration: _time}[unit](option, value)


def _size(_: str, text: str) -> int:
    return parse_size(text)


def _share(option: str, text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(%?)", text.strip())
    share = (float(found[1]) / 100 if found[2] else float(found[1])) if found else 0.0
    if not 0 < share <= 1:
        raise WrongUsage(f"{option} {text!r} is no share", hint="such as 80% or 0.8")
    return share


def _time(option: str, text: str) -> float:
    seconds = parse_duration(text)
    if not 0 < seconds <= 86400:
        raise WrongUsage(f"{option} {text} is no time that a transaction takes", hint="such as 15ms or 2s")
    return seconds
