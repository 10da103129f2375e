"""What pgconn changes on a server: the value before, the value after, and how to undo it."""

from typing import Literal

import msgspec

from pgconn.model import Value

Scope = Literal["role", "database", "system"]
CONNECTION_LIMIT = "CONNECTION LIMIT"
NO_LIMIT = -1
MOST = 2**31 - 1
"""The highest CONNECTION LIMIT that PostgreSQL knows."""
Setting = str | None
"""The value of a setting as PostgreSQL writes it; None where there is none at this place."""

Result = Literal["planned", "done", "for_new_sessions", "waits_for_restart", "overridden", "unchanged", "gone"]


class Identity(Value, frozen=True, kw_only=True):
    """Which cluster this is; its standbys have the same number."""

    system_identifier: str


class Limited(Value, frozen=True, kw_only=True):
    """A role or a database with its CONNECTION LIMIT, and what the role that asks may do about it."""

    scope: Literal["role", "database"]
    oid: int
    name: str
    limit: int
    superuser: bool
    lets_in: bool
    owner: str
    may_alter: bool
    creates_roles: bool
    needs_admin: bool
    holds_walsenders: bool


class Change(Value, frozen=True, kw_only=True):
    """One thing to set otherwise, and the statements for that and for the way back; `effects` says what it does now.

    `name` and `oid` are the role's or the database's, None for the whole server. `setting` is the name of a setting,
    or CONNECTION LIMIT, whose -1 is none. A value of None is one that is not set at this place.
    """

    scope: Scope
    name: str | None
    oid: int | None = None
    setting: str
    before: Setting
    after: Setting
    sql: str
    undo: str
    effects: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """What is changed, in two words."""
        return "the server" if self.name is None else f"{self.scope} {self.name}"


class Changed(Change, frozen=True, kw_only=True):
    """A change and what became of it."""

    result: Result = "planned"
    detail: str = ""

    @classmethod
    def of(cls, change: Change, result: Result = "planned", detail: str = "") -> "Changed":
        """The change with its result."""
        fields = {name: getattr(change, name) for name in Change.__struct_fields__}
        return cls(**fields, result=result, detail=detail)


def inverse(change: Change, found: Setting, *, name: str | None, sql: str, undo: str) -> Change:
    """The change that puts back what was there before, from what was `found` there now."""
    return msgspec.structs.replace(change, name=name, before=found, after=change.before, sql=sql, undo=undo, effects=())
