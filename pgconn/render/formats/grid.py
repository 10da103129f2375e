"""Cells in words, and columns of them aligned by the width that a terminal gives to each character."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pgconn.render.blocks import Cell, Column, Listing
from pgconn.text.harmless import harmless_name
from pgconn.text.quantities import show_duration

FEWEST: Final = 6  # cells of a column that had to be made narrower


def show_cell(cell: Cell, column: Column) -> str:
    """A cell as a reader wants it, harmless: ages in units, nothing where nothing is known."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return show_duration(cell) if column.kind == "age" else str(cell)
    return harmless_name(cell) if isinstance(cell, str) else cell.text


def show_items(listing: Listing) -> Iterator[str]:
    """The lines of a list, indented; what is to be typed for one stands below it."""
    for number, item in enumerate(listing.items, 1):
        yield f"  {number}. {item.text}" if listing.numbered else f"  {item.text}"
        if item.command:
            yield f"     {item.command}"


def cells(text: str) -> int:
    """How many cells of a terminal the text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # loads its tables of Unicode, which ASCII does not need

    return cell_len(text)


def widths(rows: Iterable[Sequence[str]], columns: int) -> list[int]:
    """The cells that each column needs."""
    needed = [0] * columns
    for row in rows:
        for index, text in enumerate(row):
            needed[index] = max(needed[index], cells(text))
    return needed


def squeezed(needed: Sequence[int], elastic: Sequence[bool], room: int) -> list[int]:
    """The same widths, with the widest of the elastic columns made narrower until all fit the room or none can."""
    given = list(needed)
    while sum(given) > room:
        index = max((i for i in range(len(given)) if elastic[i]), key=given.__getitem__, default=None)
        if index is None or given[index] <= FEWEST:
            break
        given[index] -= 1
    return given


def fitted(text: str, width: int, right: bool = False) -> str:
    """The text in so many cells: cut with `…` or padded."""
    taken = cells(text)
    if taken > width:
        from rich.cells import set_cell_size

        return set_cell_size(text, width - 1) + "…"
    return " " * (width - taken) + text if right else text + " " * (width - taken)


def folded(text: str, width: int) -> list[str]:
    """The text in pieces of at most so many cells."""
    from rich.cells import chop_cells

    return chop_cells(text, max(2, width))
