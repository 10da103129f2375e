"""A page for a pipe or a file: no colour, nothing cut, nothing wrapped."""

from collections.abc import Sequence
from typing import Final

from pgconn.render.formats.cells import show_cell
from pgconn.render.formats.grid import cells, fitted, widths
from pgconn.render.page import Page, Section, Table
from pgconn.text.harmless import harmless, harmless_lines

_LONG: Final = 100  # cells of a command, beyond which its reason just follows it


def write_plain(page: Page) -> str:
    """The page as lines; tables are aligned with spaces."""
    blocks = [harmless(page.headline)]
    if page.facts:
        blocks.append(_aligned([(fact.label, harmless(fact.text)) for fact in page.facts]))
    if page.findings:
        blocks.append("\n".join(f"{finding.severity}: {harmless(finding.message)}" for finding in page.findings))
    blocks += ["\n".join(filter(None, (table.title, _table(table)))) for table in page.tables]
    blocks += [f"--- {harmless(block.title)}\n\n{harmless_lines(block.text)}" for block in page.blocks]
    blocks.append("\n".join(map(harmless, page.notes)).lstrip("\n"))
    if page.steps:
        blocks.append("\n".join(["next:", *_steps(page)]))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _steps(page: Page) -> list[str]:
    """The commands, their reasons in a column unless a command is too long for one."""
    commands = [harmless(step.command) for step in page.steps]
    width = max((cells(command) for command in commands if cells(command) <= _LONG), default=0)
    return [
        f"  {fitted(c, max(width, cells(c)))}  {harmless(s.why)}" for c, s in zip(commands, page.steps, strict=True)
    ]


def _table(table: Table) -> str:
    """One grid with the title of its section before each row, so that every line can be found on its own."""
    titled = any(section.is_titled for section in table.sections)
    titles = [column.title for column in table.columns]
    header = ["by", "value", *titles[1:]] if titled else titles
    kinds = ["text"] * titled + [column.kind for column in table.columns]
    rows = [row for section in table.sections for row in _rows(section, table)]
    return _aligned([header, *rows], [kind != "text" for kind in kinds])


def _rows(section: Section, table: Table) -> list[list[str]]:
    title = [section.title] if section.title is not None else []
    shown = [
        [*title, *(show_cell(cell, column) for cell, column in zip(row, table.columns, strict=True))]
        for row in section.rows
    ]
    if section.remainder:
        shown.append([*title, section.remainder])
    return shown


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> str:
    """The rows, two spaces between their columns."""
    needed = widths(rows, max(map(len, rows)))
    sides = right or [False] * len(needed)
    return "\n".join(
        "  ".join(fitted(*cell) for cell in zip(row, needed, sides, strict=False)).rstrip() for row in rows
    )
