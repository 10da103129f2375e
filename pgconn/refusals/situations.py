"""What poolers answer in which situation, and in which situations a refusal was seen."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from pgconn.data.reading import toml
from pgconn.model import Value
from pgconn.model.refusal import Limit, Refusal
from pgconn.refusals.messages import literal


class Product(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pooler or a proxy; `fields` are the letters of its own errors, `prefix` is what each of them begins with."""

    name: str
    versions: tuple[str, ...] = ()
    fields: str = ""
    prefix: str = ""


class Row(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer: its key is the situation, the pooler and the version; without a text it is silence or an end."""

    situation: str
    pooler: str
    versions: tuple[str, ...]
    at: Literal["login", "query"]
    severity: str | None = None
    sqlstate: str | None = None
    text: str | None = None
    detail: str | None = None
    fields: str | None = None
    limit: Limit
    note: str | None = None


class Poolers(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`poolers.toml`: the products, the situations by their names, and the answers."""

    products: dict[str, Product]
    situations: dict[str, str]
    rows: tuple[Row, ...]


@cache
def poolers() -> Poolers:
    """All that is known of poolers' answers."""
    return toml("poolers.toml", Poolers)


def product_name(source: str) -> str:
    """The name of a product as its makers write it."""
    known = poolers().products.get(source)
    return known.name if known else source


def packet_of(row: Row) -> dict[str, str]:
    """The fields of the error of a row that has a text, as far as they tell who spoke; {} stands for names."""
    product = poolers().products[row.pooler]
    letters = row.fields or product.fields
    message = (row.text or "") if row.fields else f"{product.prefix}{row.text or ''}"
    known = {"S": row.severity, "V": row.severity, "C": row.sqlstate, "M": message, "D": row.detail}
    others = {"F": "file.c", "L": "1", "R": "auth_failed" if "F" not in letters else "function"}
    there = {letter: known[letter] for letter in "SVCMD" if letter in f"{letters}D"}
    return {letter: value for letter, value in there.items() if value} | {
        letter: value for letter, value in others.items() if letter in letters
    }


def seen_when(refusal: Refusal) -> tuple[str, ...]:
    """The situations in which that pooler was seen to say this, with the versions where not all of them do."""
    known = poolers()
    product = known.products.get(refusal.source)
    rows = [row for row in known.rows if row.pooler == refusal.source and _says(row, refusal.message)]
    closest = max((len(row.text or "") for row in rows), default=0)
    if product is None:
        return ()
    return tuple(dict.fromkeys(_seen(row, product) for row in rows if len(row.text or "") == closest))


def _says(row: Row, message: str) -> bool:
    return row.text is not None and re.match(literal(row.text), message) is not None


def _seen(row: Row, product: Product) -> str:
    parts = list(_qualified(row, product))
    return poolers().situations[row.situation] + (f" ({'; '.join(parts)})" if parts else "")


def _qualified(row: Row, product: Product) -> Iterator[str]:
    if row.versions != product.versions:
        yield f"{product.name} {', '.join(row.versions)}"
    if row.note:
        yield row.note
