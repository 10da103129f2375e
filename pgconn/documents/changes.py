"""What was changed on a server, or would be."""

from typing import Literal

from pgconn.model.change import Changed
from pgconn.model.value import Moment, Value


class Changes(Value, frozen=True, kw_only=True, tag_field="kind", tag="changes"):
    """What is to be changed, or was; `journal` is the file that holds the way back, None where nothing was written."""

    version: Literal[1] = 1
    taken_at: Moment
    server: str
    dry_run: bool
    undo: bool
    journal: str | None
    changes: tuple[Changed, ...]
