"""A number with its formula, terms and source: what the model says of it, by the words of `numbers.toml`."""

import functools
from typing import Any

from pgconn.data.reading import toml
from pgconn.documents.sizing import Number, Reason
from pgconn.model import Value


class Words(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words about a number, with gaps for the part of the model that made it, its value and further terms."""

    why: str
    formula: str = ""
    terms: str = ""
    source: str
    rests_on: tuple[str, ...] = ()


def number(
    key: str,
    value: Number,
    part: object = None,
    /,
    *,
    name: str | None = None,
    rests_on: tuple[str, ...] | None = None,
    **terms: Any,
) -> Reason:
    """The number that `part` of the model made, by the words of this key; named by the key where it has no other name.

    A key of two words separated by a dot is the name of the number within a group. `rests_on` takes the place of what
    the words say where not all of it is among the numbers.
    """
    group, _, last = key.rpartition(".")
    words = known_words()[f"{group}_{last}" if group else key]
    return Reason(
        name=name or last,
        value=value,
        why=words.why.format(part, value=value, **terms),
        formula=words.formula.format(part, value=value, **terms),
        numbers=words.terms.format(part, value=value, **terms),
        source=words.source,
        rests_on=words.rests_on if rests_on is None else rests_on,
    )


@functools.cache
def known_words() -> dict[str, Words]:
    """The words of every number, by its key."""
    return toml("numbers.toml", dict[str, Words])
