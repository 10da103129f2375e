"""A document as one table of raw values: numbers as they are, ages in seconds."""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from pgconn.model.value import Value


class Rows(Value, frozen=True, kw_only=True):
    """The names of the columns, and the rows; one that is short ends with empty cells."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[object]]


def rows_of(kind: type[Value], values: Iterable[Value]) -> Rows:
    """A row for each of these values, with the fields of their kind."""
    return Rows(columns=kind.__struct_fields__, rows=map(fields, values))


def fields(value: Value, separator: str = "; ") -> list[object]:
    """The fields of a value as JSON would hold them; several texts are joined."""
    held = cast("dict[str, object]", msgspec.to_builtins(value)).values()
    return [separator.join(map(str, one)) if isinstance(one, list | tuple) else one for one in held]
