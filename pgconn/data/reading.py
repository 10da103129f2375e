"""One data file read as one typed value; what does not fit names the file and the key.

A file is read when its content is asked for: msgspec imports tomllib at the first call.
"""

from pathlib import Path
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

FOLDER: Final = Path(__file__).parent
_FENCE: Final = "+++\n"


def text(path: str) -> str:
    """The content of a file, whose path begins below pgconn/data."""
    return (FOLDER / path).read_text(encoding="utf-8")


def toml(path: str, kind: type[T]) -> T:
    """A TOML file as a value of that type; raises ValueError with the file and the key that is wrong."""
    return _decoded(path, text(path), kind)


def page(path: str, head: type[T]) -> tuple[T, str]:
    """A Markdown file as its TOML head, which stands between two lines of `+++`, and the text below it."""
    before, *rest = text(path).split(_FENCE, 2)
    if before or len(rest) < 2:
        raise ValueError(f"{path}: a page begins with a head between two lines of +++")
    return _decoded(path, rest[0], head), rest[1].strip()


def _decoded(path: str, content: str, kind: type[T]) -> T:
    try:
        return msgspec.toml.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from error
