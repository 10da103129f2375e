"""The page on what poolers answer, from the file that `pgconn explain` reads."""

from collections.abc import Iterator
from typing import Final

from pgconn.refusals import advice, read_fields
from pgconn.refusals.situations import Row, packet_of, poolers

_HOW: Final = "Generated from the data files by `python -m tests.docs.generate`; a test compares.\n"
_ABOUT: Final = """\
What poolers were seen to answer, by situation, and what pgconn makes of it: the limit that it names, and the advice.
`pgconn explain TEXT` lists the situations of a text. [Use it through a pooler](../how-to/use-it-through-a-pooler.md)
has what to do.

PostgreSQL's own errors carry the fields S, V, C, M, F, L and R. A pooler's lack some, which tells who spoke:
"""


def answers() -> str:
    """Each situation with the answer of each pooler."""
    known = poolers()
    rows = [(name, one) for name, one in known.products.items() if one.fields]
    products = "".join(
        f"| `{name}` | {one.name} | {', '.join(one.versions)} | {', '.join(one.fields)} | {_code(one.prefix)} |\n"
        for name, one in rows
    )
    head = "| source | pooler | seen with | fields | prefix |\n| --- | --- | --- | --- | --- |\n"
    return "\n".join(("# What poolers answer\n", _HOW, _ABOUT, head + products, *map(_situation, known.situations)))


def _situation(name: str) -> str:
    known = poolers()
    what = known.situations[name]
    head = "| pooler | at | SQLSTATE | text | limit | note |\n| --- | --- | --- | --- | --- | --- |\n"
    rows = [row for row in known.rows if row.situation == name]
    lines = "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)
    advised = dict.fromkeys(filter(None, map(_advice, rows)))
    return "\n".join(
        (f"## {name}\n", f"{what[0].upper()}{what[1:]}.\n", head + lines, *(f"- {one}" for one in advised), "")
    )


def _cells(row: Row) -> Iterator[str]:
    product = poolers().products[row.pooler]
    yield f"{product.name} {', '.join(row.versions)}"
    yield row.at
    yield _code(row.sqlstate or "")
    yield (
        f"{row.severity} {_code(row.text)}" + (f", DETAIL {_code(row.detail)}" if row.detail else "")
        if row.text
        else ""
    )
    yield f"[{row.limit}](limits.md#{row.limit})"
    whole = "the server's own packet" if row.fields and set("VFR") <= set(row.fields) else None
    yield "; ".join(filter(None, (row.note, whole)))


def _advice(row: Row) -> str | None:
    if row.text is None:
        return None
    refusal = read_fields({letter: value.replace("{}", "1") for letter, value in packet_of(row).items()})
    return f"{poolers().products[row.pooler].name}: {advice(refusal)}"


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`" if text else ""
