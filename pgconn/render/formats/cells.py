"""A cell in words: ours where the server leaves something empty or hides it, units where it is an age."""

from typing import Final

from pgconn.model.session import LOCAL
from pgconn.render.page import Cell, Column, Placeholder
from pgconn.text.harmless import harmless_name
from pgconn.text.quantities import show_duration

TITLES: Final = {
    "state": "state",
    "application_name": "application",
    "user": "user",
    "client_addr": "client",
    "database": "database",
}
_ABSENT: Final = {
    "state": "(hidden)",
    "application_name": "(unknown)",
    "user": "(no user)",
    "client_addr": "(unknown)",
    "database": "(no database)",
}


def label(column: str, value: str | None) -> Cell:
    """The value as a cell of its column, with a placeholder where the server has none."""
    if value is None:
        return Placeholder(text=_ABSENT[column])
    if column == "application_name" and not value:
        return Placeholder(text="(no application_name)")
    if column == "client_addr" and value == LOCAL:
        return Placeholder(text="(local socket)")
    return value


def show_cell(cell: Cell, column: Column) -> str:
    """A cell as a reader wants it, harmless: ages in units, nothing where nothing is known."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return show_duration(cell) if column.kind == "age" else str(cell)
    return harmless_name(cell) if isinstance(cell, str) else cell.text
