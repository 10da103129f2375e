"""What was changed on a server, and the CONNECTION LIMITs that stand."""

from typing import Literal

from pgconn.model import Moment, Value
from pgconn.model.change import Changed, Scope


class Changes(Value, frozen=True, kw_only=True, tag_field="kind", tag="changes"):
    """What is to be changed, or was; `journal` is the file that holds the way back, None where nothing was written."""

    version: Literal[1] = 1
    taken_at: Moment
    server: str
    dry_run: bool
    undo: bool
    journal: str | None
    changes: tuple[Changed, ...]


class Fenced(Value, frozen=True, kw_only=True):
    """A CONNECTION LIMIT and how much of it is used; where a fence of ours set it, what the journal says of that.

    A limit of None is none at all. `standing` is false where the limit has been changed since.
    """

    scope: Scope
    name: str
    limit: int | None
    used: int
    free: int | None
    set_at: Moment | None = None
    set_by: str | None = None
    set_to: int | None = None
    before: int | None = None
    standing: bool | None = None


class Fences(Value, frozen=True, kw_only=True, tag_field="kind", tag="fences"):
    """Every CONNECTION LIMIT of a server, and which of them are fences that can be taken down."""

    version: Literal[1] = 1
    taken_at: Moment
    server: str
    journal: str
    fences: tuple[Fenced, ...]
