"""What a document looks like before a format is chosen: facts, findings, tables, and what to type next."""

from typing import Literal

import msgspec

from pgconn.model.finding import Finding
from pgconn.model.value import Value

Kind = Literal["text", "count", "age"]
Mood = Literal["", "good", "warning", "critical", "quiet"]


class Placeholder(Value, frozen=True, kw_only=True):
    """A word that says nothing new: our own where the server has no text, or what nearly every row has."""

    text: str


Cell = str | int | float | Placeholder | None


class Column(Value, frozen=True, kw_only=True):
    """A column: its title, what its cells are (an age is in seconds), and the short title for narrow screens.

    A detail goes on a second line where the screen is too narrow, and is left out where it says nothing.
    One that is to be seen whole takes as many lines as it needs. Prose is never cut either: it stands beside the rest
    where all of it fits, unless it is to be seen whole, and else below, broken between words.
    """

    title: str
    kind: Kind = "text"
    short: str = ""
    detail: bool = False
    whole: bool = False
    prose: bool = False


class Section(Value, frozen=True, kw_only=True):
    """Rows of a table under a title of their own."""

    title: str | None
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    all_by: str = "--limit 0"  # what shows the rows that were left out

    def cut(self, rows: int) -> "Section":
        """The first rows, and how many were left out."""
        left_out = self.left_out + max(0, len(self.rows) - rows)
        return msgspec.structs.replace(self, rows=self.rows[:rows], left_out=left_out)

    @property
    def remainder(self) -> str | None:
        """What to say of the rows that were left out."""
        return f"… {self.left_out} more: {self.all_by}" if self.left_out else None

    @property
    def is_titled(self) -> bool:
        """Whether it stands under a title."""
        return self.title is not None


class Table(Value, frozen=True, kw_only=True):
    """Sections under common columns; a table that is not a page's only one has a title."""

    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    title: str = ""

    def cut(self, rows: int) -> "Table":
        """The table with at most so many rows a section."""
        return msgspec.structs.replace(self, sections=tuple(section.cut(rows) for section in self.sections))


class Bar(Value, frozen=True, kw_only=True):
    """How much of something is used; and from which shares on that is a warning or critical."""

    used: int
    whole: int
    warning: float
    critical: float

    @property
    def mood(self) -> Mood:
        """What the share means."""
        share = self.used / self.whole if self.whole > 0 else 1.0
        return "critical" if share >= self.critical else "warning" if share >= self.warning else "good"


class Fact(Value, frozen=True, kw_only=True):
    """A line at the top: a label, what it says, and a picture of it."""

    label: str
    text: str
    mood: Mood = ""
    bar: Bar | None = None


class Step(Value, frozen=True, kw_only=True):
    """A command to type next, and why."""

    command: str
    why: str


class Block(Value, frozen=True, kw_only=True):
    """Lines to be pasted as they stand, and what they are written in."""

    title: str
    format: str
    text: str


class Page(Value, frozen=True, kw_only=True):
    """A whole answer."""

    headline: str
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    table: Table | None = None
    more: tuple[Table, ...] = ()
    blocks: tuple[Block, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()

    def cut(self, rows: int | None) -> "Page":
        """The page with at most so many rows a section; None and 0 leave all."""
        if not rows or self.table is None:
            return self
        more = tuple(table.cut(rows) for table in self.more)
        return msgspec.structs.replace(self, table=self.table.cut(rows), more=more)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All its tables, in order."""
        return () if self.table is None else (self.table, *self.more)
