"""What a session belongs to, in words: ours where the server has something empty or hides it."""

from typing import Final

from pgconn.model.session import LOCAL
from pgconn.render.blocks import Cell, Placeholder

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
