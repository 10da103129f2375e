"""Numbers that carry their unit and their reason in their type, from where documents, schemas and help read them."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, get_args, get_origin

import msgspec

from pgconn.model.value import Value


class Number(Value, frozen=True, kw_only=True):
    """A number by its name; the default where it belongs to a struct that may have others."""

    name: str
    value: int | float
    unit: str
    reason: str

    @property
    def sentence(self) -> str:
        """The number with its unit and its reason, as a person reads it."""
        return f"{self.name} is {self.value:g} {self.unit}" + (f": {self.reason}" if self.reason else "")


def number(unit: str, reason: str = "", *, least: float = 0) -> msgspec.Meta:
    """What `Annotated` gives a number: its unit, why it is what it is, and the least that it may be."""
    return msgspec.Meta(ge=least, description=reason, extra_json_schema={"unit": unit}, extra={"unit": unit})


def numbers_of(holder: type[msgspec.Struct] | ModuleType) -> Iterator[Number]:
    """The annotated numbers of a struct or a module, in their order."""
    if isinstance(holder, ModuleType):
        found = [(name, kind, getattr(holder, name)) for name, kind in inspect.get_annotations(holder).items()]
    else:
        found = [(field.name, field.type, field.default) for field in msgspec.structs.fields(holder)]
    for name, kind, value in found:
        if (meta := _meta(kind)) is not None:
            yield Number(name=name, value=value, unit=meta.extra["unit"], reason=meta.description or "")


def _meta(kind: Any) -> Any:
    """The annotation that `number` made, also within Final; None where there is none."""
    if get_origin(kind) is Final:
        (kind,) = get_args(kind)
    return next((m for m in getattr(kind, "__metadata__", ()) if isinstance(m, msgspec.Meta) and m.extra), None)
