"""The options that commands share, in groups: `with_groups` spreads their fields over a command's signature."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, get_type_hints

import typer

from pgconn.model import Value


def panel(title: str) -> Callable[..., Any]:
    """What declares the options of a group, which the help lists under this title."""
    return partial(typer.Option, rich_help_panel=title)


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each parameter that is a group of options replaced by the options of the group."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if _is_group(hint)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _options(groups[parameter.name])
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY))

    def call(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field: given.pop(field) for field in group.__struct_fields__})
        command(**given)

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    vars(call)["__signature__"] = inspect.Signature(parameters)
    return call


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Value)


def _options(group: Any) -> list[inspect.Parameter]:
    types = get_type_hints(group, include_extras=True)
    defaults = dict(zip(reversed(group.__struct_fields__), reversed(group.__struct_defaults__), strict=False))
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, default=defaults[name], annotation=types[name])
        for name in group.__struct_fields__
    ]
