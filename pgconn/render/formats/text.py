"""A page for a terminal, by Rich: a bar, colours, and tables cut to the screen."""

import shutil
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from pgconn.render.formats.grid import cells
from pgconn.render.formats.screen import fit, table_lines
from pgconn.render.page import Bar, Block, Mood, Page, Table
from pgconn.text.harmless import harmless, harmless_lines

_STYLES: Final[dict[Mood, str]] = {
    "": "",
    "good": "green",
    "warning": "yellow",
    "critical": "bold red",
    "quiet": "dim",
}
_SEVERITIES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_LOW: Final = 32  # lines of a screen; below this the reasons of commands make room for the numbers
_BETWEEN_TABLES: Final = 3  # lines: the empty one, the title of the table, and those of its columns
_FEWEST: Final = 10  # lines of each of several tables, however low the screen
_AROUND_A_TABLE: Final = 3  # lines: the empty one above, the titles, and the prompt that follows


def write_text(page: Page, *, width: int, height: int | None, color: bool) -> str:
    """The page for a screen of this width; tables are cut to the height where one is given."""
    console = Console(
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    above: list[RenderableType] = [_line(page.headline, "bold")]
    if page.facts:
        above.append(_facts(page, width))
    above += [_line(f"{f.severity}: {f.message}", _SEVERITIES[f.severity]) for f in page.findings]
    below: list[RenderableType] = [_note(note) for note in page.notes]
    if page.steps:
        below += [Text(""), _steps(page, width, brief=height is not None and height < _LOW)]
    if page.tables:
        taken = len(console.render_lines(Group(*above, *below))) + _AROUND_A_TABLE
        above += _tables(page.tables, width, None if height is None else height - taken)
    with console.capture() as captured:
        console.print(Group(*above))
        for block in page.blocks:
            _paste(console, block)
        if page.blocks and page.notes:
            console.print()
        console.print(Group(*below))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _paste(console: Console, block: Block) -> None:
    """Lines as they stand, however long: neither wrapped nor cut, and without colour."""
    console.print()
    console.print(_line(f"--- {block.title}", "bold"))
    console.print()
    console.print(harmless_lines(block.text), soft_wrap=True)


def screen() -> tuple[int, int]:
    """The columns and lines of the terminal, as COLUMNS and LINES or the terminal itself say."""
    size = shutil.get_terminal_size((80, 24))
    return size.columns, size.lines


def _note(note: str) -> RenderableType:
    """A note; one that is indented stays so where it is folded."""
    text = note.lstrip(" ")
    return Padding(_line(text, "dim"), (0, 0, 0, len(note) - len(text))) if text != note else _line(note, "dim")


def _line(text: str, style: str = "") -> Text:
    return Text(harmless(text), style=style, overflow="fold")


def _tables(tables: Sequence[Table], width: int, room: int | None) -> list[Text]:
    """The tables one below the other, sharing the lines that there are."""
    rooms: list[int | None]
    if room is None or len(tables) == 1:
        rooms = [room] * len(tables)
    else:
        natural = [len(table_lines(table, width, None)) - 1 for table in tables]
        given = fit(natural, room - (len(tables) - 1) * _BETWEEN_TABLES)
        rooms = [max(_FEWEST, lines) for lines in given]
    lines = []
    for table, most in zip(tables, rooms, strict=True):
        lines += [Text(""), *([_line(table.title, "bold")] if table.title else []), *table_lines(table, width, most)]
    return lines


def _bar(bar: Bar, room: int) -> Text:
    share = bar.used / bar.whole if bar.whole > 0 else 1.0
    filled = room if share >= 1 else min(room - 1, round(share * room))
    return Text.assemble(("█" * filled, _STYLES[bar.mood]), ("░" * (room - filled), "dim"))


def _facts(page: Page, width: int) -> Grid:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for fact in page.facts:
        text = _line(fact.text, _STYLES[fact.mood])
        if fact.bar:
            room = max(10, min(50, width - cells(fact.text) - 14))
            text = Text.assemble(_bar(fact.bar, room), "  ", text)
        grid.add_row(Text(fact.label), text)
    return grid


def _steps(page: Page, width: int, *, brief: bool) -> Grid:
    """The commands with their reasons beside them, or below where the screen is narrow, or without when `brief`."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    shown = [(harmless(step.command), harmless(step.why)) for step in page.steps]
    longest = max(cells(command) for command, _ in shown)
    beside = 8 + longest + max(cells(why) for _, why in shown) <= width
    for number, (command, why) in enumerate(shown):
        step: RenderableType = Text(command, "bold", overflow="fold")
        if beside:
            step = Text.assemble((command, "bold"), (" " * (longest - cells(command) + 2) + why, "dim"))
        elif not brief:
            step = Group(step, Padding(Text(why, "dim"), (0, 0, 0, 2)))
        grid.add_row(Text("next" if number == 0 else ""), step)
    return grid
