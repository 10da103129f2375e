"""A page for a ticket or a post-mortem: GitHub's Markdown, in which nothing from a server takes effect."""

import re

from tabulate import tabulate

from pgconn.render.formats.cells import show_cell
from pgconn.render.page import Block, Column, Page, Section, Table
from pgconn.text.harmless import harmless, harmless_lines, harmless_markdown


def write_markdown(page: Page) -> str:
    """The page as Markdown."""
    blocks = [f"**{harmless_markdown(page.headline)}**"]
    if page.facts:
        blocks.append("\n".join(f"- {fact.label}: {harmless_markdown(fact.text)}" for fact in page.facts))
    if page.findings:
        lines = (f"- **{finding.severity}**: {harmless_markdown(finding.message)}" for finding in page.findings)
        blocks.append("\n".join(lines))
    for table in page.tables:
        blocks += [f"**{table.title}**"] * bool(table.title)
        blocks += [_section(section, table) for section in table.sections]
    blocks += [_fenced(block) for block in page.blocks]
    if page.notes:
        blocks.append("\n".join(map(_note, page.notes)))
    if page.steps:
        blocks.append("\n".join(f"- {_code(step.command)}: {harmless_markdown(step.why)}" for step in page.steps))
    return "\n\n".join(blocks) + "\n"


def _note(note: str) -> str:
    """A line of its own; what stands below another line is there to be copied."""
    return f"- {_code(note.strip())}" if note.startswith("  ") else f"\n{harmless_markdown(note)}\n"


def _fenced(block: Block) -> str:
    """Lines in a fence of more backticks than they have in a row."""
    text = harmless_lines(block.text)
    fence = "`" * max(3, *(len(found) + 1 for found in re.findall("`+", text)), 0)
    return f"{harmless_markdown(block.title)}:\n\n{fence}{block.format}\n{text}\n{fence}"


def _section(section: Section, table: Table) -> str:
    titles = [section.title or table.columns[0].title, *(column.title for column in table.columns[1:])]
    rows = [
        [harmless_markdown(show_cell(cell, column)) for cell, column in zip(row, table.columns, strict=True)]
        for row in section.rows
    ]
    if section.remainder:
        rows.append([section.remainder, *[""] * (len(table.columns) - 1)])
    return tabulate(
        rows,
        headers=titles,
        tablefmt="pipe",
        disable_numparse=True,
        colalign=_alignment(table.columns) if rows else None,
    )


def _alignment(columns: tuple[Column, ...]) -> list[str]:
    return ["right" if column.kind != "text" else "left" for column in columns]


def _code(command: str) -> str:
    """A code span, fenced by more backticks than the command has in a row."""
    shown = harmless(command)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    space = " " if longest else ""
    return f"{'`' * (longest + 1)}{space}{shown}{space}{'`' * (longest + 1)}"
