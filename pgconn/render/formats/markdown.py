"""Blocks for a ticket or a post-mortem: GitHub's Markdown, in which nothing from a server takes effect."""

import re
from collections.abc import Iterable, Iterator

from tabulate import tabulate

from pgconn.render import blocks
from pgconn.render.formats.grid import show_cell, show_items
from pgconn.text.harmless import harmless, harmless_lines, harmless_markdown


def write(page: blocks.Page) -> str:
    """The blocks as Markdown."""
    return "\n\n".join(part for block in page for part in _parts(block)) + "\n"


def _parts(block: blocks.Block) -> Iterator[str]:
    """The paragraphs, lists and tables of a block."""
    match block:
        case blocks.Heading(text=text):
            yield f"**{harmless_markdown(text)}**"
        case blocks.Facts(facts=facts):
            yield "\n".join(f"- {fact.label}: {harmless_markdown(fact.text)}" for fact in facts)
        case blocks.Findings(findings=findings):
            yield "\n".join(f"- **{one.severity}**: {harmless_markdown(one.message)}" for one in findings)
        case blocks.Table(title=title):
            if title:
                yield f"**{title}**"
            yield from (_section(section, block) for section in block.sections)
        case blocks.Snippet():
            yield _fenced(block)
        case blocks.Notes(notes=notes):
            lines = (line for note in notes for line in (f"\n{harmless_markdown(note.text)}\n", *_codes(note.lines)))
            yield "\n".join(lines)
        case blocks.Listing(title=title):
            yield harmless_markdown(title)
            yield "\n".join(_codes(show_items(block)))
        case blocks.Steps(steps=steps):
            yield "\n".join(f"- {_code(step.command)}: {harmless_markdown(step.why)}" for step in steps)


def _codes(lines: Iterable[str]) -> Iterator[str]:
    """Lines to be copied, as the items of a list."""
    return (f"- {_code(line.strip())}" for line in lines)


def _fenced(snippet: blocks.Snippet) -> str:
    """Lines in a fence of more backticks than they have in a row."""
    text = harmless_lines(snippet.text)
    fence = "`" * max(3, *(len(found) + 1 for found in re.findall("`+", text)), 0)
    return f"{harmless_markdown(snippet.title)}:\n\n{fence}{snippet.format}\n{text}\n{fence}"


def _section(section: blocks.Section, table: blocks.Table) -> str:
    titles = [section.title or table.columns[0].title, *(column.title for column in table.columns[1:])]
    rows = [
        [harmless_markdown(show_cell(cell, column)) for cell, column in zip(row, table.columns, strict=True)]
        for row in section.rows
    ]
    if section.remainder:
        rows.append([section.remainder, *[""] * (len(table.columns) - 1)])
    sides = ["right" if column.kind != "text" else "left" for column in table.columns]
    return tabulate(rows, headers=titles, tablefmt="pipe", disable_numparse=True, colalign=sides if rows else None)


def _code(command: str) -> str:
    """A code span, fenced by more backticks than the command has in a row."""
    shown = harmless(command)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    space = " " if longest else ""
    return f"{'`' * (longest + 1)}{space}{shown}{space}{'`' * (longest + 1)}"
