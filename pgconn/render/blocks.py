"""What a document looks like before a format is chosen: blocks, in the order in which they are shown.

A view makes blocks of a document and a format writes them; how far apart they stand is the format's affair.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pgconn.model import Value
from pgconn.model.finding import Finding
from pgconn.text.quoting import shell_command

Mood = Literal["", "good", "warning", "critical", "quiet"]
Kind = Literal["text", "count", "age"]
Place = Literal["row", "detail", "prose", "query", "paragraph"]


class Placeholder(Value, frozen=True, kw_only=True):
    """A word that says nothing new: our own where the server has no text, or what nearly every row has."""

    text: str


Cell = str | int | float | Placeholder | None
Row = tuple[Cell, ...]


class Column(Value, frozen=True, kw_only=True):
    """A column: its title, what its cells are (an age is in seconds), and the short title for narrow screens.

    `place` is where a narrow screen has it. "row": always beside the others. "detail": on a second line where there is
    too little room, cut to it, and left out where it says nothing. "prose": beside the rest where all of it fits, else
    below, broken between words. "query" and "paragraph": always below on lines of their own, and never cut; the first
    is broken anywhere, the other between words.
    """

    title: str
    kind: Kind = "text"
    short: str = ""
    place: Place = "row"

    @classmethod
    def texts(cls, *titles: str) -> "tuple[Column, ...]":
        """Columns of text with these titles."""
        return tuple(cls(title=title) for title in titles)

    @classmethod
    def counts(cls, *titles: str) -> "tuple[Column, ...]":
        """Columns of numbers with these titles."""
        return tuple(cls(title=title, kind="count") for title in titles)


class Section(Value, frozen=True, kw_only=True):
    """Rows of a table, under a title of their own or none; `all_by` is the option that shows the rows left out."""

    title: str | None = None
    rows: tuple[Row, ...]
    left_out: int = 0
    all_by: str = "--limit 0"

    def cut(self, rows: int) -> "Section":
        """The first rows, and how many were left out."""
        left_out = self.left_out + max(0, len(self.rows) - rows)
        return msgspec.structs.replace(self, rows=self.rows[:rows], left_out=left_out)

    @property
    def remainder(self) -> str | None:
        """What to say of the rows that were left out."""
        return f"… {self.left_out} more: {self.all_by}" if self.left_out else None


class Heading(Value, frozen=True, kw_only=True):
    """The answer in one line."""

    text: str


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
    """A label, what it says, and a picture of it."""

    label: str
    text: str
    mood: Mood = ""
    bar: Bar | None = None


class Facts(Value, frozen=True, kw_only=True):
    """Facts one below the other, their texts in one column."""

    facts: tuple[Fact, ...]


class Findings(Value, frozen=True, kw_only=True):
    """What the rules found, a line each with its severity."""

    findings: tuple[Finding, ...]


class Table(Value, frozen=True, kw_only=True):
    """Sections under common columns; a table that is not the only one has a title."""

    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    title: str = ""

    @classmethod
    def of(
        cls, columns: tuple[Column, ...], rows: Iterable[Row], *, title: str = "", all_by: str = "--limit 0"
    ) -> "Table":
        """A table of one section without a title."""
        return cls(columns=columns, sections=(Section(rows=tuple(rows), all_by=all_by),), title=title)

    @property
    def is_sectioned(self) -> bool:
        """Whether any section has a title."""
        return any(section.title is not None for section in self.sections)

    def cut(self, rows: int) -> "Table":
        """The table with at most so many rows a section."""
        return msgspec.structs.replace(self, sections=tuple(section.cut(rows) for section in self.sections))


class Snippet(Value, frozen=True, kw_only=True):
    """Lines to be pasted as they stand, and what they are written in."""

    title: str
    format: str
    text: str


class Note(Value, frozen=True, kw_only=True):
    """A remark, and lines that belong to it, such as statements to copy."""

    text: str
    lines: tuple[str, ...] = ()


class Notes(Value, frozen=True, kw_only=True):
    """Remarks one below the other."""

    notes: tuple[Note, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Notes":
        """Remarks to which nothing else belongs."""
        return cls(notes=tuple(Note(text=text) for text in texts))


class Item(Value, frozen=True, kw_only=True):
    """A line of a list, and what is to be typed for it."""

    text: str
    command: str = ""


class Listing(Value, frozen=True, kw_only=True):
    """Lines under a title, numbered where their order counts."""

    title: str
    items: tuple[Item, ...]
    numbered: bool = False


class Step(Value, frozen=True, kw_only=True):
    """A command to type next, and why."""

    command: str
    why: str


class Steps(Value, frozen=True, kw_only=True):
    """What to type next."""

    steps: tuple[Step, ...]

    def leading_to(self, options: Sequence[str]) -> "Steps":
        """The steps whose commands lead to the same server when they are typed as they stand."""
        words = shell_command(*options)
        steps = tuple(
            Step(command=f"{one.command} {words}", why=one.why) if words and one.command.startswith("pgconn ") else one
            for one in self.steps
        )
        return Steps(steps=steps)


Block = Heading | Facts | Findings | Table | Snippet | Notes | Listing | Steps
Page = tuple[Block, ...]


def is_empty(block: Block) -> bool:
    """Whether there is nothing to show."""
    match block:
        case Facts(facts=()) | Findings(findings=()) | Notes(notes=()) | Listing(items=()) | Steps(steps=()):
            return True
    return False
