"""Blocks for a terminal, by Rich: a bar, colours, and tables cut to the screen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from pgconn.render import blocks
from pgconn.render.formats import Screen
from pgconn.render.formats.grid import cells, show_items
from pgconn.render.formats.screen import fit, table_lines
from pgconn.text.harmless import harmless, harmless_lines

_STYLES: Final[dict[blocks.Mood, str]] = {
    "": "",
    "good": "green",
    "warning": "yellow",
    "critical": "bold red",
    "quiet": "dim",
}
_SEVERITIES: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_DRAWN: Final = str.maketrans("█░…", "#-~")
"""What we draw with ourselves, and what stands for it where the encoding lacks it."""
_LOW: Final = 32  # lines of a screen; below this the reasons of commands make room for the numbers
_BETWEEN_TABLES: Final = 3  # lines: the empty one, the title of the table, and those of its columns
_FEWEST: Final = 10  # lines of each of several tables, however low the screen
_AROUND_A_TABLE: Final = 3  # lines: the empty one above, the titles, and the prompt that follows


def write(page: blocks.Page, screen: Screen) -> str:
    """The blocks for a screen; tables are cut to its height where it has one."""
    console = Console(
        width=screen.width,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    drawn = [_drawn(block, screen) for block in page]
    room = None
    if screen.height is not None:
        taken = console.render_lines(Group(*(line for lines in drawn for line in lines)))
        room = screen.height - len(taken) - _AROUND_A_TABLE
    tables = _tables([block for block in page if isinstance(block, blocks.Table)], screen.width, room)
    with console.capture() as captured:
        for before, block, lines in zip((None, *page), page, drawn, strict=False):
            if isinstance(block, blocks.Snippet):
                _paste(console, block)
            elif isinstance(block, blocks.Table):
                console.print(Group(*next(tables)))
            else:
                apart = isinstance(block, blocks.Notes) and isinstance(before, blocks.Snippet)
                console.print(Group(*[Text("")] * apart, *lines))
    text = "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"
    return text if screen.encodes("".join(map(chr, _DRAWN))) else text.translate(_DRAWN)


def _drawn(block: blocks.Block, screen: Screen) -> list[RenderableType]:
    """The lines of a block, but those of tables, which are cut to the screen, and of snippets, which are pasted."""
    match block:
        case blocks.Heading(text=text):
            return [_line(text, "bold")]
        case blocks.Facts():
            return [_facts(block, screen.width)]
        case blocks.Findings(findings=findings):
            return [_line(f"{one.severity}: {one.message}", _SEVERITIES[one.severity]) for one in findings]
        case blocks.Notes(notes=notes):
            return [
                line
                for note in notes
                for line in (_line(note.text, "dim"), *_indented(f"  {one}" for one in note.lines))
            ]
        case blocks.Listing(title=title):
            return [Text(""), _line(title, "dim"), *_indented(show_items(block))]
        case blocks.Steps(steps=steps):
            brief = screen.height is not None and screen.height < _LOW
            return [Text(""), _steps(steps, screen.width, brief=brief)]
    return []


def _paste(console: Console, snippet: blocks.Snippet) -> None:
    """Lines as they stand, however long: neither wrapped nor cut, and without colour."""
    console.print()
    console.print(_line(f"--- {snippet.title}", "bold"))
    console.print()
    console.print(harmless_lines(snippet.text), soft_wrap=True)


def _indented(lines: Iterable[str]) -> Iterator[RenderableType]:
    """Lines that stay indented where they are folded."""
    for line in lines:
        text = line.lstrip(" ")
        yield Padding(_line(text, "dim"), (0, 0, 0, len(line) - len(text)))


def _line(text: str, style: str = "") -> Text:
    return Text(harmless(text), style=style, overflow="fold")


def _tables(tables: Sequence[blocks.Table], width: int, room: int | None) -> Iterator[list[Text]]:
    """The lines of each table; they share the lines that there are."""
    rooms: list[int | None]
    if room is None or len(tables) == 1:
        rooms = [room] * len(tables)
    else:
        natural = [len(table_lines(table, width, None)) - 1 for table in tables]
        given = fit(natural, room - (len(tables) - 1) * _BETWEEN_TABLES)
        rooms = [max(_FEWEST, lines) for lines in given]
    for table, most in zip(tables, rooms, strict=True):
        title = [_line(table.title, "bold")] if table.title else []
        yield [Text(""), *title, *table_lines(table, width, most)]


def _bar(bar: blocks.Bar, room: int) -> Text:
    share = bar.used / bar.whole if bar.whole > 0 else 1.0
    filled = room if share >= 1 else min(room - 1, round(share * room))
    return Text.assemble(("█" * filled, _STYLES[bar.mood]), ("░" * (room - filled), "dim"))


def _facts(facts: blocks.Facts, width: int) -> Grid:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for fact in facts.facts:
        text = _line(fact.text, _STYLES[fact.mood])
        if fact.bar:
            room = max(10, min(50, width - cells(fact.text) - 14))
            text = Text.assemble(_bar(fact.bar, room), "  ", text)
        grid.add_row(Text(fact.label), text)
    return grid


def _steps(steps: Sequence[blocks.Step], width: int, *, brief: bool) -> Grid:
    """The commands with their reasons beside them, or below where the screen is narrow, or without when `brief`."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    shown = [(harmless(step.command), harmless(step.why)) for step in steps]
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
