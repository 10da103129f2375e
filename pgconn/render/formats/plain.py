"""Blocks for a pipe or a file: no colour, nothing cut, nothing wrapped."""

from collections.abc import Iterator, Sequence
from typing import Final

from pgconn.render import blocks
from pgconn.render.formats.grid import cells, fitted, show_cell, show_items, widths
from pgconn.text.harmless import harmless, harmless_lines

_LONG: Final = 100  # cells of a command, beyond which its reason just follows it


def write(page: blocks.Page) -> str:
    """The blocks with an empty line between them; tables are aligned with spaces."""
    return "\n\n".join("\n".join(_lines(block)) for block in page) + "\n"


def _lines(block: blocks.Block) -> Iterator[str]:
    match block:
        case blocks.Heading(text=text):
            yield harmless(text)
        case blocks.Facts(facts=facts):
            yield from _aligned([(fact.label, harmless(fact.text)) for fact in facts])
        case blocks.Findings(findings=findings):
            yield from (f"{finding.severity}: {harmless(finding.message)}" for finding in findings)
        case blocks.Table(title=title):
            yield from filter(None, (title, *_table(block)))
        case blocks.Snippet(title=title, text=text):
            yield from (f"--- {harmless(title)}", "", harmless_lines(text))
        case blocks.Notes(notes=notes):
            for note in notes:
                yield from (harmless(note.text), *(f"  {harmless(line)}" for line in note.lines))
        case blocks.Listing():
            yield from (harmless(block.title), *(harmless(line) for line in show_items(block)))
        case blocks.Steps(steps=steps):
            yield from ("next:", *_steps(steps))


def _steps(steps: Sequence[blocks.Step]) -> list[str]:
    """The commands, their reasons in a column unless a command is too long for one."""
    commands = [harmless(step.command) for step in steps]
    width = max((cells(command) for command in commands if cells(command) <= _LONG), default=0)
    return [f"  {fitted(c, max(width, cells(c)))}  {harmless(s.why)}" for c, s in zip(commands, steps, strict=True)]


def _table(table: blocks.Table) -> list[str]:
    """One grid with the title of its section before each row, so that every line can be found on its own."""
    titles = [column.title for column in table.columns]
    header = ["by", "value", *titles[1:]] if table.is_sectioned else titles
    kinds = ["text"] * table.is_sectioned + [column.kind for column in table.columns]
    rows = [row for section in table.sections for row in _rows(section, table)]
    return _aligned([header, *rows], [kind != "text" for kind in kinds])


def _rows(section: blocks.Section, table: blocks.Table) -> list[list[str]]:
    title = [section.title] if section.title is not None else []
    shown = [
        [*title, *(show_cell(cell, column) for cell, column in zip(row, table.columns, strict=True))]
        for row in section.rows
    ]
    if section.remainder:
        shown.append([*title, section.remainder])
    return shown


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> list[str]:
    """The rows, two spaces between their columns."""
    needed = widths(rows, max(map(len, rows)))
    sides = right or [False] * len(needed)
    return ["  ".join(fitted(*cell) for cell in zip(row, needed, sides, strict=False)).rstrip() for row in rows]
