"""A table cut to a screen: fewer rows where it is low; narrower columns or two lines a row where it is narrow."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.text import Text

from pgconn.render.blocks import Cell, Column, Placeholder, Row, Table
from pgconn.render.formats.grid import cells, fitted, folded, show_cell, squeezed, widths
from pgconn.text.harmless import harmless

_STATES: Final = {
    "active": "green",
    "idle in transaction": "yellow",
    "idle in transaction (aborted)": "red",
    "starting": "cyan",
}
_FEWEST_ROWS: Final = 1  # of a section, however low the screen
_LAST: Final = 40  # columns that the last detail, a query, is worth; with less, each row takes two lines
_INDENT: Final = " " * 4  # of the second line of a row


def table_lines(table: Table, width: int, lines: int | None) -> list[Text]:
    """The table as lines of at most this width, and as many as are given where that is so."""
    main = [i for i, column in enumerate(table.columns) if column.place == "row"]
    telling = _telling(table)
    last = [i for i in telling[-1:] if i not in main]
    beside = _Layout(table, telling[: len(telling) - len(last)], width - _LAST * len(last))
    below = any(column.place in ("query", "paragraph") for column in table.columns)
    prose = bool(last) and table.columns[last[0]].place in ("prose", "paragraph")
    fits = (_Layout(table, telling, width) if prose else beside).is_natural
    two_lines = telling != main and (below or not fits)
    layout = _Layout(table, main if two_lines else telling, width)
    if lines is not None:
        table = _cut(table, lines, 2 if two_lines else 1)
    return [_shortened(line, width) for line in _written(table, layout, width if two_lines else 0)]


def fit(lengths: Sequence[int], lines: int, *, below: int = 1) -> list[int]:
    """How many rows each section may show within these lines; what one does not need goes to the others.

    A section that is cut takes `below` more lines to say so. Each keeps a few rows, however few lines there are.
    """
    shown = [min(length, _FEWEST_ROWS) for length in lengths]
    left = lines - sum(shown) - below * sum(1 for i, length in enumerate(lengths) if shown[i] < length)
    while open_ones := [i for i, length in enumerate(lengths) if shown[i] < length]:
        index = min(open_ones, key=shown.__getitem__)
        cost = 1 - below if shown[index] + 1 == lengths[index] else 1
        if cost > left:
            break
        shown[index] += 1
        left -= cost
    return shown


def _cut(table: Table, lines: int, lines_a_row: int) -> Table:
    """The table with as many rows as fit; a section with a title says on the same line what it left out."""
    titles = sum(section.title is not None for section in table.sections)
    lengths = [len(section.rows) for section in table.sections]
    counts = fit(lengths, (lines - titles) // lines_a_row, below=0 if titles else 1)
    sections = tuple(section.cut(count) for section, count in zip(table.sections, counts, strict=True))
    return Table(columns=table.columns, sections=sections)


class _Layout:
    """Which columns stand side by side, how wide each is, and how far apart."""

    def __init__(self, table: Table, indexes: list[int], width: int) -> None:
        columns = [table.columns[i] for i in indexes]
        indent = "  " if table.is_sectioned else ""
        rows = [_shown(row, table.columns, indexes, indent) for section in table.sections for row in section.rows]
        needed = widths(rows, len(indexes))
        elastic = [column.kind == "text" for column in columns]
        titles = [[column.title for column in columns], [column.short or column.title for column in columns]]
        for self.titles, self.gap in ((titles[0], 2), (titles[1], 2), (titles[1], 1)):
            wanted = [max(least, cells(title)) for least, title in zip(needed, self.titles, strict=True)]
            room = width - self.gap * (len(indexes) - 1)
            if sum(wanted) <= room:
                break
        self.widths = squeezed(wanted, elastic, room)
        self.indexes, self.right, self.indent = indexes, [not is_text for is_text in elastic], indent
        self.is_natural = self.titles is titles[0] and self.widths == wanted

    def line(self, row: Sequence[str], styles: Iterable[str]) -> Text:
        """The texts in their columns."""
        fitting = map(fitted, row, self.widths, self.right)
        parts = [(text, style) for text, style in zip(fitting, styles, strict=False)]
        return Text(" " * self.gap).join(Text(text, style=style) for text, style in parts)


def _telling(table: Table) -> list[int]:
    """The columns without the details that say nothing new in any row."""
    rows = [row for section in table.sections for row in section.rows]
    return [
        i
        for i, column in enumerate(table.columns)
        if column.place == "row" or any(row[i] is not None and not isinstance(row[i], Placeholder) for row in rows)
    ]


def _written(table: Table, layout: _Layout, room: int) -> Iterator[Text]:
    """The lines of the table; `room` is the width of the details below each row, 0 where they are beside it."""
    yield layout.line(layout.titles, ["dim"] * len(layout.titles))
    for section in table.sections:
        if section.title is not None:
            rest = f"  {section.remainder}" if section.remainder else ""
            yield Text.assemble((f"by {section.title}", "bold"), (rest, "dim"))
        for row in section.rows:
            texts = _shown(row, table.columns, layout.indexes, layout.indent)
            yield layout.line(texts, (_style(row[i], table.columns[i]) for i in layout.indexes))
            if room:
                yield from _details(row, table.columns, room)
        if section.remainder and section.title is None:
            yield Text(section.remainder, style="dim")


def _details(row: Row, columns: Sequence[Column], room: int) -> Iterator[Text]:
    """What stands below a row: each detail with its title, the last one, which explains itself, without."""
    line = Text(_INDENT)
    for cell, column in zip(row, columns, strict=True):
        if column.place == "detail" and cell is not None and not isinstance(cell, Placeholder):
            title = "" if column is columns[-1] else f"{column.title} "
            line.append(title, style="dim").append(show_cell(cell, column), style=_style(cell, column)).append("  ")
    if line.plain.strip():
        yield line
    for cell, column in zip(row, columns, strict=True):
        if column.place not in ("row", "detail") and isinstance(cell, str):
            for part in cell.splitlines():
                fold = folded if column.place == "query" else _wrapped
                yield from (Text(_INDENT + piece) for piece in fold(harmless(part), room - len(_INDENT)))


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines, broken between words alone; an option or a name with hyphens stays one word."""
    return wrap(text, width, break_on_hyphens=False)


def _shown(row: Row, columns: Sequence[Column], indexes: Iterable[int], indent: str) -> list[str]:
    shown = [show_cell(row[i], columns[i]) for i in indexes]
    return [indent + shown[0], *shown[1:]]


def _style(cell: Cell, column: Column) -> str:
    if isinstance(cell, Placeholder) or cell == 0:
        return "dim"
    return _STATES.get(str(cell), "") if column.kind == "text" else ""


def _shortened(line: Text, width: int) -> Text:
    line.rstrip()
    line.truncate(width, overflow="ellipsis")
    line.no_wrap = True
    return line
