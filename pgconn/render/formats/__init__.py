"""One module a format, each with `write`; it is imported when its format is asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from pgconn.model import Value
from pgconn.render.views import ViewOptions, blocks_of, rows_of


class Screen(Value, frozen=True, kw_only=True):
    """Where the text goes: the cells of a line, the lines where there is a limit, and whether colours are shown."""

    width: int = 80
    height: int | None = None
    color: bool = False
    encoding: str = "utf-8"

    def encodes(self, text: str) -> bool:
        """Whether the encoding has these characters."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


Format = Callable[[Value, ViewOptions, Screen], str]


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")


def _of_blocks(name: str) -> Format:
    return lambda document, options, _: _module(name).write(blocks_of(document, options))


def _for_screen(name: str) -> Format:
    return lambda document, options, screen: _module(name).write(blocks_of(document, options), screen)


def _of_rows(name: str) -> Format:
    return lambda document, *_: _module(name).write(rows_of(document))


def _of_document(name: str) -> Format:
    return lambda document, _, screen: _module(name).write(document, screen)


FORMATS: Final[Mapping[str, Format]] = {
    "table": _for_screen("text"),
    "plain": _of_blocks("plain"),
    "json": _of_document("json"),
    "csv": _of_rows("csv"),
    "markdown": _of_blocks("markdown"),
}
